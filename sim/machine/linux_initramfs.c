/*
 * linux_initramfs.c - the initramfs of a real kernel.
 *
 * Source  Linux documentation, "initramfs buffer format": several archives in
 *         a row are one.
 */
#include "sim/machine/linux_initramfs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/machine/blobs.h"
#include "sim/machine/package.h"
#include "workloads/load/host_file.h"

/* What no Linux of a distribution boots with less than. */
#define LINUX_OWN_BYTES ((uint64_t)64 << 20)

/* Of the shell; a terminal that every terminal understands. */
static const char shell_environment[] =
    "PATH=/bin:/usr/bin\0HOME=/\0LANG=C\0TERM=vt100\0PS1=\\w # ";

static enum status add_init(struct bundle *b, enum word_size words,
                            struct error *e)
{
    struct bundle_item init = {"/init", S_IFREG | 0755, blob_init_start,
                               (size_t)(blob_init_end - blob_init_start)};

    if (words == WORDS_32) {
        init.data = blob_init32_start;
        init.bytes = (size_t)(blob_init32_end - blob_init32_start);
    }
    return bundle_add(b, &init, e);
}

static enum status add_busybox(struct bundle *b, const char *path,
                               enum word_size words, struct error *e)
{
    struct bundle_item item = {"/bin/busybox", S_IFREG | 0755, NULL, 0};
    struct host_file busybox;
    enum status s = program_read(&busybox, path, words, e);

    if (s != STATUS_OK)
        return s;
    item.data = busybox.data;
    item.bytes = busybox.bytes;
    s = bundle_add(b, &item, e);
    if (s == STATUS_OK)
        s = package_add_applets(b, item.path, &busybox, e);
    host_file_free(&busybox);
    return s;
}

static enum status add_shell(struct bundle *b, enum word_size words,
                             struct error *e)
{
    struct bundle_item environment = {"/.ringside/envp", S_IFREG | 0644,
                                      shell_environment,
                                      sizeof shell_environment};
    struct bundle_item tmp = {"/tmp", S_IFDIR | 01777, NULL, 0};
    char path[HOST_PATH_BYTES];
    enum status s;

    if (program_find("busybox", path, sizeof path, e) != STATUS_OK)
        return error_set(e, STATUS_FILE,
                         "--console: the shell is the host's busybox, and "
                         "there is none in PATH (package busybox-static)");
    s = bundle_add(b, &environment, e);
    if (s == STATUS_OK)
        s = bundle_add(b, &tmp, e);
    return s == STATUS_OK ? add_busybox(b, path, words, e) : s;
}

/* Archives in a row are one. */
static enum status append(struct bundle *out, const struct bundle *package,
                          struct error *e)
{
    size_t bytes = out->bytes + package->bytes;
    uint8_t *data = realloc(out->data, bytes);

    if (!data)
        return error_set(e, STATUS_MEMORY, "out of memory");
    memcpy(data + out->bytes, package->data, package->bytes);
    out->data = data;
    out->bytes = out->capacity_bytes = bytes;
    return STATUS_OK;
}

/* What init looks for: a kernel that lacks memory stops unpacking, and runs. */
static enum status append_end(struct bundle *out, struct error *e)
{
    const struct bundle_item mark = {"/.ringside/end", S_IFREG | 0644, "", 0};
    struct bundle end;
    enum status s;

    bundle_init(&end);
    s = bundle_add(&end, &mark, e);
    if (s == STATUS_OK)
        s = bundle_finish(&end, e);
    if (s == STATUS_OK)
        s = append(out, &end, e);
    bundle_free(&end);
    return s;
}

enum status linux_initramfs(struct bundle *out, const struct bundle *package,
                            enum word_size words, struct error *e)
{
    enum status s;

    bundle_init(out);
    s = add_init(out, words, e);
    if (s == STATUS_OK && !package)
        s = add_shell(out, words, e);
    if (s == STATUS_OK)
        s = bundle_finish(out, e);
    if (s == STATUS_OK && package)
        s = append(out, package, e);
    if (s == STATUS_OK)
        s = append_end(out, e);
    if (s != STATUS_OK)
        bundle_free(out);
    return s;
}

enum status linux_check_memory(const struct bundle *initramfs,
                               uint64_t memory_bytes, struct error *e)
{
    uint64_t least = 2 * (uint64_t)initramfs->bytes + LINUX_OWN_BYTES;

    if (memory_bytes >= least)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE,
                     "the program's files take %zu MiB, of which Linux has "
                     "two copies while it unpacks them: give the guest at "
                     "least %" PRIu64 "M (--memory)",
                     initramfs->bytes >> 20, ((least >> 20) + 63) / 64 * 64);
}
