/*
 * orders.c - what to run, as the host wrote it into the initramfs.
 */
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "workloads/init/call.h"
#include "workloads/init/init.h"

void *memory_take(size_t bytes)
{
    long at = call5(CALL_MMAP, 0, (long)bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1);

    return at < 0 && at > -4096 ? NULL : (void *)(uintptr_t)at;
}

/* The whole file with a NUL behind it; NULL if there is none. */
static char *read_file(const char *path, size_t *bytes)
{
    enum { STEP = 1 << 16, LIMIT = 8 << 20 };
    long fd = open_file(path, O_RDONLY | O_CLOEXEC);
    char *text;
    long got = 1;

    *bytes = 0;
    if (fd < 0)
        return NULL;
    text = memory_take(LIMIT + STEP + 1);
    while (text && got > 0 && *bytes < LIMIT) {
        got = read_bytes(fd, text + *bytes, STEP);
        *bytes += got > 0 ? (size_t)got : 0;
    }
    close_file(fd);
    return text;
}

bool words_read(struct words *w, const char *path)
{
    size_t bytes, count = 0;

    w->text = read_file(path, &bytes);
    if (!w->text)
        return false;
    for (size_t i = 0; i < bytes && count < MAX_WORDS; i++)
        if (i == 0 || w->text[i - 1] == '\0')
            w->list[count++] = w->text + i;
    w->list[count] = NULL;
    return true;
}

bool orders_read(struct orders *o)
{
    size_t bytes;

    o->program = read_file("/.ringside/program", &bytes);
    o->cwd = read_file("/.ringside/cwd", &bytes);
    return words_read(&o->envp, "/.ringside/envp") && o->cwd && o->program &&
           words_read(&o->argv, "/.ringside/argv");
}

bool orders_are_whole(void)
{
    long fd = open_file("/.ringside/end", O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        close_file(fd);
    return fd >= 0;
}
