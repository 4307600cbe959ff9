/*
 * bundle_host.c - takes files, directories and links of the host along.
 *
 * A link travels as a link, and what it points at travels to where it points,
 * so that the guest can follow it.  Links to directories inside a directory
 * are kept but not followed: they may point up.  A folder of a path that is a
 * link (/bin on most systems) travels as that link, unless it has become a
 * directory of the archive: what else is in it stays in sight.  Of a tree
 * (bundle_add_tree) no link is followed: nothing beside the tree comes along.
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

/* What is copied, and where the copying is: how deep, behind how many links. */
struct node {
    const char *guest, *host; /* paths */
    unsigned depth, links;
    bool tree;            /* alone: no link is followed */
    unsigned *unreadable; /* of a tree: files left out so far */
};

static enum status add_node(struct bundle *b, const struct node *n,
                            struct error *e);

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

static enum status add_file(struct bundle *b, const struct node *n,
                            uint32_t mode, struct error *e)
{
    struct host_file f;
    enum status s;

    if (n->tree && access(n->host, R_OK) != 0) {
        (*n->unreadable)++;
        return STATUS_OK;
    }
    s = host_file_read(&f, n->host, BUNDLE_LIMIT_BYTES, e);
    if (s != STATUS_OK)
        return s;
    s = bundle_add(b, &(struct bundle_item){n->guest, mode, f.data, f.bytes},
                   e);
    host_file_free(&f);
    return s;
}

/* The path that target means in the folder of link. */
static bool resolve(const char *link, const char *target, char *out)
{
    char folder[HOST_PATH_BYTES];
    const char *name = strrchr(link, '/') + 1;

    snprintf(folder, sizeof folder, "%.*s", (int)(name - link), link);
    return bundle_normalize(folder, target, out, HOST_PATH_BYTES);
}

/* If the folder path[0 .. *at) is a link, it travels, path goes on where it
   leads, and *at is its beginning again. */
static enum status follow_folder(struct bundle *b, char *path, size_t *at,
                                 struct error *e)
{
    char folder[HOST_PATH_BYTES], target[HOST_PATH_BYTES];
    char whole[HOST_PATH_BYTES];
    size_t rest_bytes = strlen(path + *at) + 1;
    ssize_t bytes;

    snprintf(folder, sizeof folder, "%.*s", (int)*at, path);
    bytes = readlink(folder, target, sizeof target - 1);
    if (bytes < 0 || (bundle_has(b, folder) && !bundle_is_link(b, folder)))
        return STATUS_OK;
    target[bytes] = '\0';
    if (!resolve(folder, target, whole) ||
        strlen(whole) + rest_bytes > sizeof whole)
        return STATUS_OK;
    memcpy(whole + strlen(whole), path + *at, rest_bytes);
    strcpy(path, whole);
    *at = 0;
    return bundle_add(
        b, &(struct bundle_item){folder, S_IFLNK | 0777, target, (size_t)bytes},
        e);
}

/* Takes the folders of path that are links along; path is then without them. */
static enum status follow_folders(struct bundle *b, char *path, struct error *e)
{
    enum status s = STATUS_OK;
    unsigned links = 0;

    for (size_t at = strcspn(path + 1, "/") + 1; path[at] && s == STATUS_OK;
         at += strcspn(path + at + 1, "/") + 1) {
        s = follow_folder(b, path, &at, e);
        if (at == 0 && ++links == MAX_LINKS)
            break;
    }
    return s;
}

/* A path that is the same in the guest is also reached the same way. */
static enum status add_followed(struct bundle *b, const struct node *n,
                                struct error *e)
{
    char path[HOST_PATH_BYTES];
    struct node there = *n;
    enum status s;

    if (strcmp(n->guest, n->host) != 0 || strlen(n->host) >= sizeof path)
        return add_node(b, n, e);
    strcpy(path, n->host);
    s = follow_folders(b, path, e);
    there.guest = there.host = path;
    return s == STATUS_OK ? add_node(b, &there, e) : s;
}

static enum status add_link(struct bundle *b, const struct node *n,
                            struct error *e)
{
    char target[HOST_PATH_BYTES];
    char guest_target[HOST_PATH_BYTES], host_target[HOST_PATH_BYTES];
    ssize_t bytes = readlink(n->host, target, sizeof target - 1);
    struct node next = {.guest = guest_target,
                        .host = host_target,
                        .depth = n->depth,
                        .links = n->links + 1};
    struct stat st;
    enum status s;

    if (bytes < 0)
        return error_set(e, STATUS_FILE, "%s: %s", n->host, strerror(errno));
    target[bytes] = '\0';
    s = bundle_add(
        b,
        &(struct bundle_item){n->guest, S_IFLNK | 0777, target, (size_t)bytes},
        e);
    if (s != STATUS_OK || n->tree || stat(n->host, &st) != 0 ||
        n->links == MAX_LINKS || (S_ISDIR(st.st_mode) && n->depth > 0))
        return s;
    if (!resolve(n->guest, target, guest_target) ||
        !resolve(n->host, target, host_target) ||
        access(host_target, R_OK) != 0)
        return STATUS_OK;
    return add_followed(b, &next, e);
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

static enum status add_entry(struct bundle *b, const struct node *folder,
                             const char *name, struct error *e)
{
    char guest[HOST_PATH_BYTES], host[HOST_PATH_BYTES];
    struct node n = *folder;

    if (!bundle_normalize(folder->guest, name, guest, sizeof guest) ||
        !bundle_normalize(folder->host, name, host, sizeof host))
        return error_set(e, STATUS_FILE, "%.64s...: the path is too long",
                         folder->host);
    n.guest = guest;
    n.host = host;
    n.depth++;
    return add_node(b, &n, e);
}

static enum status add_directory(struct bundle *b, const struct node *n,
                                 uint32_t mode, struct error *e)
{
    struct dirent **entries = NULL;
    enum status s =
        bundle_add(b, &(struct bundle_item){n->guest, mode, NULL, 0}, e);
    int count;

    if (s != STATUS_OK)
        return s;
    if (n->depth == MAX_DEPTH)
        return error_set(e, STATUS_FILE, "%s: directories nest too deeply",
                         n->host);
    count = scandir(n->host, &entries, not_dots, by_name);
    if (count < 0 && n->tree && n->depth > 0 && errno == EACCES) {
        (*n->unreadable)++;
        return STATUS_OK;
    }
    if (count < 0)
        return error_set(e, STATUS_FILE, "%s: %s", n->host, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (s == STATUS_OK)
            s = add_entry(b, n, entries[i]->d_name, e);
        free(entries[i]);
    }
    free(entries);
    return s;
}

static enum status add_node(struct bundle *b, const struct node *n,
                            struct error *e)
{
    struct stat st;

    if (lstat(n->host, &st) != 0)
        return error_set(e, STATUS_FILE, "%s: %s", n->host, strerror(errno));
    if (S_ISLNK(st.st_mode))
        return add_link(b, n, e);
    if (S_ISDIR(st.st_mode))
        return add_directory(b, n, st.st_mode, e);
    if (S_ISREG(st.st_mode) && !bundle_has(b, n->guest))
        return add_file(b, n, st.st_mode, e);
    return STATUS_OK;
}

enum status bundle_add_host(struct bundle *b, const char *guest_path,
                            const char *host_path, struct error *e)
{
    struct node n = {.guest = guest_path, .host = host_path};

    return add_followed(b, &n, e);
}

enum status bundle_add_tree(struct bundle *b, const char *guest_path,
                            const char *host_path, unsigned *unreadable,
                            struct error *e)
{
    const struct node n = {.guest = guest_path,
                           .host = host_path,
                           .tree = true,
                           .unreadable = unreadable};
    struct stat st;

    *unreadable = 0;
    if (stat(host_path, &st) != 0)
        return error_set(e, STATUS_FILE, "%s: %s", host_path, strerror(errno));
    return add_directory(b, &n, st.st_mode, e);
}
