/*
 * fs.h - the file system: a tree of inodes, all in memory, filled at boot from
 * the initramfs.
 *
 * A file's bytes are wherever they are cheapest: in place in the initramfs as
 * long as nobody writes (backing), else in page frames (the page cache).  A
 * page that the initramfs happens to hold page-aligned is used in place even
 * when mapped into a program.
 */
#ifndef KERNEL_FS_H
#define KERNEL_FS_H
#include <linux/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/kernel/host_fs.h"
#include "workloads/kernel/layout.h"

struct boot_info;
struct pipe;

enum device {
    DEVICE_NONE,
    DEVICE_NULL,
    DEVICE_ZERO,
    DEVICE_FULL,
    DEVICE_RANDOM,
    DEVICE_OUT, /* what the machine takes as the program's stdout */
    DEVICE_ERR,
    DEVICE_FD0, /* opening it gives the opener's descriptor 0 once more */
    DEVICE_FD1,
    DEVICE_FD2,
};

/* A symbolic link whose target depends on who asks. */
enum magic_link { MAGIC_NONE, MAGIC_EXE };

struct entry { /* a name in a directory; inode NULL: known not to be there */
    char *name;
    size_t name_bytes; /* with NUL */
    uint32_t hash;
    uint64_t cookie; /* grows along the list: position for getdents() */
    struct inode *inode;
    struct entry *next;
};

struct inode {
    uint32_t mode;  /* S_IFMT and permissions */
    uint32_t links; /* names */
    uint32_t refs;  /* names, open files, areas, working directories */
    uint32_t number;
    uint64_t bytes;
    int64_t modified_s;
    uint32_t modified_ns;
    uint32_t uid, gid;
    /* regular file */
    const uint8_t *backing; /* bytes in the initramfs; NULL: on the host */
    uint64_t backing_bytes; /* that are there, and not changed as a whole */
    uint32_t *pages; /* frame of each page, 0: look into backing, or zeros */
    uint64_t page_slots;
    /* directory */
    struct entry *entries, *last_entry;
    struct inode *parent; /* not counted in refs */
    enum host_state host; /* of a directory: host_fs.h */
    /* symbolic link: allocated, bytes + 1; NULL: ask the host */
    char *target;
    enum magic_link magic;
    unsigned made; /* row of proc.def + 1: text made when it is opened */
    enum device device;
    struct pipe *pipe; /* a FIFO in use */
    char *host_path;   /* where the host has it; allocated; NULL: nowhere */
};

struct fs {
    struct inode *root;
    struct inode *proc, *proc_self, *proc_fds; /* proc.h */
    uint32_t last_number;
    char path[4096]; /* workspace of path_walk() */
    char link[4096];
    bool host_found;            /* the host-files device is there */
    bool host_booting;          /* new directories may be the host's as well */
    uint64_t host_request[516]; /* workspace of host_fs.c: header and path */
};

enum { NAME_BYTES = 256, PATH_BYTES = 4096 };

/* --- inodes (inode.c) ------------------------------------------------- */
struct inode *inode_new(uint32_t mode);
void inode_hold(struct inode *n);
void inode_drop(struct inode *n);
/* Into kernel memory; how many bytes there were. */
size_t inode_read(struct inode *n, uint64_t at, void *to, size_t bytes);
/* Where in memory the file has byte at; *bytes: how many in a row.  NULL: the
   host cannot read it, or there is no memory. */
const uint8_t *inode_peek(struct inode *n, uint64_t at, size_t *bytes);
/* The same to write to, and the file grows; NULL: no memory. */
uint8_t *inode_poke(struct inode *n, uint64_t at, size_t *bytes);
/* The page-cache page, made if need be; PFN_NONE: no memory. */
pfn_t inode_page(struct inode *n, uint64_t page);
/* Room in the array of pages for page; false: no memory. */
bool inode_reserve(struct inode *n, uint64_t page);
void inode_truncate(struct inode *n, uint64_t bytes);
void inode_touch(struct inode *n);

/* --- directories (directory.c) ---------------------------------------- */
struct entry *directory_find(struct inode *d, const char *name);
/* Without asking the host: also an entry that says that nothing is there. */
struct entry *directory_known(const struct inode *d, const char *name);
/* Frees what is left of the list when d goes. */
void directory_forget(struct inode *d);
bool directory_is_empty(struct inode *d);
/* The first entry from position on that is there. */
struct entry *directory_from(struct inode *d, uint64_t position);
/* The entry alone, with no time changed.  0 or -errno. */
int directory_enter(struct inode *d, const char *name, struct inode *n);
/* 0 or -errno.  Takes a reference of its own. */
int directory_add(struct inode *d, const char *name, struct inode *n);
void directory_remove(struct inode *d, const char *name);
/* The name of child in d; NULL: not there. */
const char *directory_name_of(const struct inode *d, const struct inode *child);

/* --- paths (path.c) --------------------------------------------------- */
enum {
    WALK_NOFOLLOW = 1, /* a link at the end is not followed */
    WALK_PARENT = 2,   /* the last name need not exist */
};

struct walk {
    struct inode *dir;     /* where the last name is, or would be */
    struct inode *inode;   /* what it names; NULL: nothing (WALK_PARENT) */
    char name[NAME_BYTES]; /* the last name; "" for the root */
    bool directory_wanted; /* the path ended with a slash */
};

/* base: where a relative path begins.  0 or -errno.  No references taken. */
int path_walk(struct inode *base, const char *path, int flags, struct walk *w);
/* The inode, with a reference. */
int fs_lookup(const char *path, struct inode **n);
/* The same if it may be executed. */
int fs_lookup_exec(const char *path, struct inode **n);
/* Absolute path of a directory: bytes with NUL, or -errno. */
int64_t path_of_directory(struct inode *d, char *to, size_t capacity);
/* The path, without any link, of a file that path names; 0 or -errno. */
int path_of_file(const char *path, char *to, size_t capacity);
/* Target of a symbolic link, magic ones included; NULL: it has none. */
const char *link_target(struct inode *n);

/* --- the start (cpio.c, devices.c) ------------------------------------ */
void fs_init(const struct boot_info *b);
void devices_init(void);
/* mkdir -p; NULL: no memory, or a file is in the way. */
struct inode *fs_make_directories(const char *path, uint32_t mode);

#endif
