/*
 * package_applets.c - busybox's applets, as links to it in /bin: where one
 * applet executes another (timeout, find -exec), it looks for it in PATH.
 *
 * Busybox keeps their names in one table, sorted, each with its NUL, of which
 * "[" and "[[" come first.  It is read from the file; a program of the user's
 * is never run on the host.
 */
#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/machine/package.h"
#include "workloads/load/host_file.h"

enum { MAX_NAME_BYTES = 32, MIN_APPLETS = 16, MAX_APPLETS = 1000 };

static const char first_names[] = "[\0[[";

/* Bytes of the name at `at`, its NUL too; 0 if it is none. */
static size_t name_bytes(const char *at, const char *end)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_.+[";
    size_t room = (size_t)(end - at), bytes = 0;

    while (bytes < room && at[bytes] && strchr(alphabet, at[bytes]))
        bytes++;
    return bytes > 0 && bytes < MAX_NAME_BYTES && bytes < room && !at[bytes]
               ? bytes + 1
               : 0;
}

/* How many names, each greater than the one before, begin at `at`. */
static unsigned count_names(const char *at, const char *end)
{
    const char *before = "";
    unsigned count = 0;
    size_t bytes;

    while (count < MAX_APPLETS && (bytes = name_bytes(at, end)) != 0 &&
           strcmp(before, at) < 0) {
        before = at;
        at += bytes;
        count++;
    }
    return count;
}

/* The table, and how many names it has; NULL if there is none. */
static const char *find_table(const struct host_file *f, unsigned *count)
{
    const char *at = (const char *)f->data, *end = at + f->bytes;

    while ((at = memmem(at, (size_t)(end - at), first_names,
                        sizeof first_names)) != NULL) {
        *count = count_names(at, end);
        if (*count >= MIN_APPLETS)
            return at;
        at++;
    }
    return NULL;
}

static bool is_busybox(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strstr(slash ? slash : path, "busybox") != NULL;
}

enum status package_add_applets(struct bundle *b, const char *path,
                                const struct host_file *f, struct error *e)
{
    char link[sizeof "/bin/" + MAX_NAME_BYTES];
    struct bundle_item item = {link, S_IFLNK | 0777, path, strlen(path)};
    enum status s = STATUS_OK;
    const char *name;
    unsigned count;

    if (!is_busybox(path) || !f->data)
        return STATUS_OK;
    name = find_table(f, &count);
    if (!name)
        return STATUS_OK;
    s = bundle_add(b,
                   &(struct bundle_item){"/bin/busybox", S_IFLNK | 0777, path,
                                         strlen(path)},
                   e);
    for (unsigned i = 0; i < count && s == STATUS_OK; i++) {
        snprintf(link, sizeof link, "/bin/%s", name);
        s = bundle_add(b, &item, e);
        name += strlen(name) + 1;
    }
    return s;
}
