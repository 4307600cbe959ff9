/*
 * host_tree.c - from a guest's path to a file of the host, within the roots.
 *
 * The directory part of a path is resolved by realpath(3), and must then lie
 * within a root of the same kind; the last name is never followed.  A guest
 * cannot change the host, so nothing moves between the check and the use.
 */
#include "sim/devices/host_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The rest of path below root: "" or "/...".  NULL: not below it. */
static const char *below(const char *path, const char *root)
{
    size_t bytes = strcmp(root, "/") == 0 ? 0 : strlen(root);

    if (strncmp(path, root, bytes) != 0 ||
        (path[bytes] != '/' && path[bytes] != '\0'))
        return NULL;
    return path[bytes] == '/' && path[bytes + 1] == '\0' ? "" : path + bytes;
}

/* The root with the longest guest path that path is at or below. */
static const struct host_root *find_root(const struct host_tree *t,
                                         const char *path, const char **rest)
{
    const struct host_root *best = NULL;

    for (unsigned i = 0; i < t->root_count; i++) {
        const struct host_root *r = &t->roots[i];
        const char *tail = below(path, r->guest);

        if (!tail || (best && strlen(best->guest) >= strlen(r->guest)))
            continue;
        best = r;
        *rest = tail;
    }
    return best;
}

/* True if a resolved path of the host may be reached by way of root r. */
static bool is_within(const struct host_tree *t, const struct host_root *r,
                      const char *host)
{
    if (below(host, r->host))
        return true;
    for (unsigned i = 0; i < t->root_count && !r->given; i++)
        if (!t->roots[i].given && below(host, t->roots[i].host))
            return true;
    return false;
}

static bool is_shown(const struct host_root *r, const struct stat *st)
{
    mode_t mode = st->st_mode;

    if (S_ISLNK(mode))
        return true;
    if (S_ISREG(mode))
        return r->given || (mode & S_IROTH);
    return S_ISDIR(mode) &&
           (r->given || (mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH));
}

/* Every directory between the root and the file must be shown as well. */
static bool way_is_shown(const struct host_root *r, char *path)
{
    size_t root_bytes = strlen(r->host);
    struct stat st;

    if (r->given || strncmp(path, r->host, root_bytes) != 0)
        return true;
    for (char *s = strchr(path + root_bytes, '/'); s; s = strchr(s + 1, '/')) {
        bool shown;

        if (s == path)
            continue;
        *s = '\0';
        shown = lstat(path, &st) == 0 && is_shown(r, &st);
        *s = '/';
        if (!shown)
            return false;
    }
    return true;
}

/*
 * The host's path for a guest's, PATH_MAX bytes; *st as lstat() has it.  0, or
 * -ENOENT: it is not shown.
 */
static int resolve(const struct host_tree *t, const char *path, char *host,
                   struct stat *st)
{
    const char *rest = "", *slash;
    const struct host_root *r = find_root(t, path, &rest);
    char joined[PATH_MAX], folder[PATH_MAX];

    if (!r || strstr(path, "/../") || strstr(path, "/./"))
        return -ENOENT;
    if (snprintf(joined, sizeof joined, "%s%s", r->host, rest) >= PATH_MAX)
        return -ENAMETOOLONG;
    slash = strrchr(joined, '/');
    if (strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0)
        return -ENOENT;
    snprintf(host, PATH_MAX, "%s", joined);
    if (*rest != '\0') {
        joined[slash - joined] = '\0';
        if (!realpath(*joined ? joined : "/", folder) ||
            !is_within(t, r, folder) ||
            snprintf(host, PATH_MAX, "%s/%s",
                     strcmp(folder, "/") == 0 ? "" : folder,
                     slash + 1) >= PATH_MAX)
            return -ENOENT;
    }
    return lstat(host, st) == 0 && is_shown(r, st) && way_is_shown(r, host)
               ? 0
               : -ENOENT;
}

/* True if some root lies below path: it is a directory, if only for that. */
static bool leads_to_root(const struct host_tree *t, const char *path)
{
    for (unsigned i = 0; i < t->root_count; i++)
        if (below(t->roots[i].guest, path))
            return true;
    return false;
}

int host_tree_stat(const struct host_tree *t, const char *path,
                   struct host_node *node)
{
    char host[PATH_MAX];
    struct stat st;
    int status = resolve(t, path, host, &st);

    *node = (struct host_node){.mode = S_IFDIR | 0755};
    if (status < 0)
        return leads_to_root(t, path) ? 0 : status;
    *node = (struct host_node){
        .mode = st.st_mode,
        .bytes = S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size,
        .modified_s = st.st_mtim.tv_sec,
        .modified_ns = (uint32_t)st.st_mtim.tv_nsec,
    };
    return 0;
}

int64_t host_tree_read(const struct host_tree *t, const char *path,
                       uint64_t offset, void *to, size_t bytes)
{
    char host[PATH_MAX];
    struct stat st;
    int status = resolve(t, path, host, &st), fd;
    size_t done = 0;
    ssize_t got = 1;

    if (status < 0)
        return status;
    if (!S_ISREG(st.st_mode) || offset > INT64_MAX - bytes)
        return -EINVAL;
    fd = open(host, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -EACCES;
    while (done < bytes && got > 0) {
        got =
            pread(fd, (char *)to + done, bytes - done, (off_t)(offset + done));
        done += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return got < 0 ? -EIO : (int64_t)done;
}

int64_t host_tree_link(const struct host_tree *t, const char *path, char *to,
                       size_t bytes)
{
    char host[PATH_MAX];
    struct stat st;
    int status = resolve(t, path, host, &st);
    ssize_t got;

    if (status < 0)
        return status;
    if (!S_ISLNK(st.st_mode) || bytes == 0)
        return -EINVAL;
    got = readlink(host, to, bytes - 1);
    if (got < 0)
        return -EIO;
    to[got] = '\0';
    return got + 1;
}

void host_names_free(struct host_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->names[i]);
    free(n->names);
    *n = (struct host_names){0};
}

/* Adds a copy of name[0 .. bytes). */
static bool add_name(struct host_names *n, const char *name, size_t bytes)
{
    char **names = n->names;

    if ((n->count & (n->count - 1)) == 0) { /* full at powers of two */
        names = realloc(names, (n->count ? 2 * n->count : 1) * sizeof *names);
        if (!names)
            return false;
        n->names = names;
    }
    names[n->count] = strndup(name, bytes);
    return names[n->count] && ++n->count;
}

/* The first part below path of each root there. */
static bool add_roots(const struct host_tree *t, const char *path,
                      struct host_names *n)
{
    for (unsigned i = 0; i < t->root_count; i++) {
        const char *rest = below(t->roots[i].guest, path);

        if (rest && *rest == '/' &&
            !add_name(n, rest + 1, strcspn(rest + 1, "/")))
            return false;
    }
    return true;
}

static bool add_directory(const char *host, struct host_names *n)
{
    DIR *d = opendir(host);
    struct dirent *e;
    bool done = true;

    while (d && done && (e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            done = add_name(n, e->d_name, strlen(e->d_name));
    if (d)
        closedir(d);
    return done;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_twins(struct host_names *n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n->count; i++) {
        if (kept && strcmp(n->names[kept - 1], n->names[i]) == 0)
            free(n->names[i]);
        else
            n->names[kept++] = n->names[i];
    }
    n->count = kept;
}

int host_tree_list(const struct host_tree *t, const char *path,
                   struct host_names *names)
{
    char host[PATH_MAX];
    struct stat st;
    int status = resolve(t, path, host, &st);

    *names = (struct host_names){0};
    if (status == 0 && !S_ISDIR(st.st_mode))
        return -ENOTDIR;
    if (status < 0 && !leads_to_root(t, path))
        return status;
    if ((status == 0 && !add_directory(host, names)) ||
        !add_roots(t, path, names)) {
        host_names_free(names);
        return -ENOMEM;
    }
    if (names->count)
        qsort(names->names, names->count, sizeof *names->names, by_name);
    drop_twins(names);
    return 0;
}

bool host_tree_add(struct host_tree *t, const char *guest, const char *host,
                   enum host_root_kind kind)
{
    struct host_root r = {.given = kind == HOST_ROOT_GIVEN};
    struct stat st;

    if (lstat(host, &st) != 0)
        return true;
    if (t->root_count == HOST_TREE_ROOTS)
        return false;
    r.guest = strdup(guest);
    /* /lib may be a link to usr/lib: then that is what is shown. */
    r.host = r.given ? realpath(host, NULL) : strdup(host);
    t->roots[t->root_count] = r;
    if (r.guest && r.host) {
        t->root_count++;
        return true;
    }
    free(r.guest);
    free(r.host);
    return false;
}

void host_tree_free(struct host_tree *t)
{
    for (unsigned i = 0; i < t->root_count; i++) {
        free(t->roots[i].guest);
        free(t->roots[i].host);
    }
    *t = (struct host_tree){0};
}
