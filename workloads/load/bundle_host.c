/*
 * bundle_host.c - takes files, directories and links of the host along.
 *
 * A link travels as a link, and what it points at travels to where it points,
 * so that the guest can follow it.  Links to directories inside a directory
 * are kept but not followed: they may point up.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workloads/load/bundle.h"
#include "workloads/load/host_file.h"

enum { MAX_DEPTH = 64, MAX_LINKS = 16 };

/* Where the copying is: how deep in directories, behind how many links. */
struct place {
    unsigned depth;
    unsigned links;
};

static enum status add_node(struct bundle *b, const char *guest,
                            const char *host, struct place at, struct error *e);

static bool push_part(char *out, size_t *used, size_t out_bytes,
                      const char *part, size_t part_bytes)
{
    if (*used + part_bytes + 2 > out_bytes)
        return false;
    out[(*used)++] = '/';
    memcpy(out + *used, part, part_bytes);
    *used += part_bytes;
    return true;
}

/* Appends the parts of path to out[0 .. *used). */
static bool push_path(char *out, size_t *used, size_t out_bytes,
                      const char *path)
{
    while (*path) {
        size_t part = strcspn(path, "/");

        if (part == 2 && path[0] == '.' && path[1] == '.') {
            while (*used > 0 && out[--*used] != '/')
                ;
        } else if (part != 0 && !(part == 1 && path[0] == '.') &&
                   !push_part(out, used, out_bytes, path, part)) {
            return false;
        }
        path += part;
        path += *path == '/';
    }
    return true;
}

bool bundle_normalize(const char *base, const char *path, char *out,
                      size_t out_bytes)
{
    size_t used = 0;

    if (path[0] != '/' && !push_path(out, &used, out_bytes, base))
        return false;
    if (!push_path(out, &used, out_bytes, path))
        return false;
    if (used == 0)
        out[used++] = '/';
    out[used] = '\0';
    return true;
}

static enum status add_file(struct bundle *b, const char *guest,
                            const char *host, uint32_t mode, struct error *e)
{
    struct host_file f;
    enum status s = host_file_read(&f, host, BUNDLE_LIMIT_BYTES, e);

    if (s != STATUS_OK)
        return s;
    s = bundle_add(b, guest, mode, f.data, f.bytes, e);
    host_file_free(&f);
    return s;
}

static enum status add_link(struct bundle *b, const char *guest,
                            const char *host, struct place at, struct error *e)
{
    char target[HOST_PATH_BYTES], parent[HOST_PATH_BYTES];
    char guest_target[HOST_PATH_BYTES], host_target[HOST_PATH_BYTES];
    ssize_t bytes = readlink(host, target, sizeof target - 1);
    struct stat st;
    enum status s;

    if (bytes < 0)
        return error_set(e, STATUS_FILE, "%s: %s", host, strerror(errno));
    target[bytes] = '\0';
    s = bundle_add(b, guest, S_IFLNK | 0777, target, (size_t)bytes, e);
    if (s != STATUS_OK || stat(host, &st) != 0 || at.links == MAX_LINKS ||
        (S_ISDIR(st.st_mode) && at.depth > 0))
        return s;
    snprintf(parent, sizeof parent, "%s/..", guest);
    if (!bundle_normalize(parent, target, guest_target, sizeof guest_target))
        return STATUS_OK;
    snprintf(parent, sizeof parent, "%s/..", host);
    if (!bundle_normalize(parent, target, host_target, sizeof host_target) ||
        access(host_target, R_OK) != 0)
        return STATUS_OK;
    at.links++;
    return add_node(b, guest_target, host_target, at, e);
}

/* alphasort() follows the locale; archives must not. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *d)
{
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static enum status add_entry(struct bundle *b, const char *guest,
                             const char *host, const char *name,
                             struct place at, struct error *e)
{
    char guest_path[HOST_PATH_BYTES], host_path[HOST_PATH_BYTES];

    if (!bundle_normalize(guest, name, guest_path, sizeof guest_path) ||
        !bundle_normalize(host, name, host_path, sizeof host_path))
        return error_set(e, STATUS_FILE, "%.64s...: the path is too long",
                         host);
    return add_node(b, guest_path, host_path, at, e);
}

static enum status add_directory(struct bundle *b, const char *guest,
                                 const char *host, uint32_t mode,
                                 struct place at, struct error *e)
{
    struct dirent **entries = NULL;
    enum status s = bundle_add(b, guest, mode, NULL, 0, e);
    int count;

    if (s != STATUS_OK)
        return s;
    if (at.depth == MAX_DEPTH)
        return error_set(e, STATUS_FILE, "%s: directories nest too deeply",
                         host);
    count = scandir(host, &entries, not_dots, by_name);
    if (count < 0)
        return error_set(e, STATUS_FILE, "%s: %s", host, strerror(errno));
    at.depth++;
    for (int i = 0; i < count; i++) {
        if (s == STATUS_OK)
            s = add_entry(b, guest, host, entries[i]->d_name, at, e);
        free(entries[i]);
    }
    free(entries);
    return s;
}

static enum status add_node(struct bundle *b, const char *guest,
                            const char *host, struct place at, struct error *e)
{
    struct stat st;

    if (lstat(host, &st) != 0)
        return error_set(e, STATUS_FILE, "%s: %s", host, strerror(errno));
    if (S_ISLNK(st.st_mode))
        return add_link(b, guest, host, at, e);
    if (S_ISDIR(st.st_mode))
        return add_directory(b, guest, host, st.st_mode, at, e);
    if (S_ISREG(st.st_mode) && !bundle_has(b, guest))
        return add_file(b, guest, host, st.st_mode, e);
    return STATUS_OK;
}

enum status bundle_add_host(struct bundle *b, const char *guest_path,
                            const char *host_path, struct error *e)
{
    struct place at = {0};

    return add_node(b, guest_path, host_path, at, e);
}
