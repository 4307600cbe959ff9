/*
 * host_tree.h - the directories of the host that a guest may look at.
 *
 * Model       a list of roots: at guest path so, what the host has at path so.
 *             A root is shown with all below it that is a directory, a regular
 *             file or a link, and that everybody on the host may read; a root
 *             that the user gave (--dir) with all that the user may read.
 * Links       are shown as links.  The guest follows them by asking for what
 *             they point to, which is then subject to the same rules: a link
 *             that leaves the roots leads nowhere.
 * INVARIANTS
 *   1. Nothing outside the roots is opened or described, whatever is asked,
 *      and nothing on the host is changed.
 *   2. The same tree and the same files give the same answers, in the same
 *      order, whoever asks: no inode numbers, no owners, no access times.
 */
#ifndef SIM_DEVICES_HOST_TREE_H
#define SIM_DEVICES_HOST_TREE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_TREE_ROOTS = 64 };

struct host_root {
    char *guest; /* owned; absolute, normalized */
    char *host;  /* owned; absolute, without links */
    bool given;  /* by the user: also what only the user may read */
};

struct host_tree {
    struct host_root roots[HOST_TREE_ROOTS];
    unsigned root_count;
};

void host_tree_free(struct host_tree *t);

enum host_root_kind { HOST_ROOT_SYSTEM, HOST_ROOT_GIVEN };

/* Adds a root.  What is not on the host is left out.  False: too many roots,
   or no memory. */
bool host_tree_add(struct host_tree *t, const char *guest, const char *host,
                   enum host_root_kind kind);

struct host_node {
    uint32_t mode;
    uint64_t bytes;
    int64_t modified_s;
    uint32_t modified_ns;
};

/* Each: 0 or a count, or a negative errno. */
int host_tree_stat(const struct host_tree *t, const char *path,
                   struct host_node *node);
int64_t host_tree_read(const struct host_tree *t, const char *path,
                       uint64_t offset, void *to, size_t bytes);
/* Target of a link with its NUL. */
int64_t host_tree_link(const struct host_tree *t, const char *path, char *to,
                       size_t bytes);

/* Names in a directory, sorted; owned by the caller: free(). */
struct host_names {
    char **names;
    size_t count;
};
int host_tree_list(const struct host_tree *t, const char *path,
                   struct host_names *names);
void host_names_free(struct host_names *names);

#endif
