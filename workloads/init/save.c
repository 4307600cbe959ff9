/*
 * save.c - hands the files of /.ringside/out to the host, once the program has
 * ended.
 *
 * Source  sim/devices/host_files.h: for each file a header, then its bytes.
 */
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "sim/devices/host_files.h"
#include "workloads/init/call.h"
#include "workloads/init/init.h"

enum { BUFFER_BYTES = 1 << 16 };

static char buffer[BUFFER_BYTES];

/* Its size, or a negative errno of a file that cannot be read. */
static long size_of(long fd)
{
    long bytes = fd < 0 ? fd : read_bytes(fd, buffer, 1);

    if (bytes >= 0)
        bytes = call3(__NR_lseek, fd, 0, SEEK_END);
    if (bytes >= 0)
        call3(__NR_lseek, fd, 0, SEEK_SET);
    return bytes;
}

static void memory_clear(char *at, size_t bytes)
{
    while (bytes-- > 0)
        *at++ = 0;
}

/* As many as were announced, whatever becomes of the file meanwhile. */
static void save_bytes(long fd, size_t bytes)
{
    while (bytes > 0) {
        size_t now = bytes < sizeof buffer ? bytes : sizeof buffer;
        long got = read_bytes(fd, buffer, now);

        if (got > 0)
            now = (size_t)got;
        else
            memory_clear(buffer, now);
        port_out_bytes(PORT_HOST_FILES_SAVE, buffer, now);
        bytes -= now;
    }
}

static void save_file(uint32_t index, const char *path)
{
    struct host_files_saved saved = {.index = index};
    long fd = open_file(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    long bytes = size_of(fd);

    if (bytes < 0)
        saved.status = (int32_t)bytes;
    else
        saved.bytes = (uint64_t)bytes;
    port_out_bytes(PORT_HOST_FILES_SAVE, &saved, sizeof saved);
    save_bytes(fd, (size_t)saved.bytes);
    if (fd >= 0)
        close_file(fd);
}

void files_save(void)
{
    static struct words paths;

    if (!words_read(&paths, "/.ringside/out"))
        return;
    call3(__NR_ioperm, PORT_HOST_FILES_SAVE, 1, 1);
    for (uint32_t i = 0; paths.list[i]; i++)
        save_file(i, paths.list[i]);
}
