/*
 * cpio.c - the initramfs becomes the file system.
 *
 * Source  Linux documentation, "initramfs buffer format" (newc): a header of
 *         ASCII, the name, the data; both padded to a multiple of 4.
 *
 * Data is not copied: inodes point to it.
 */
#include <asm/errno.h>

#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

struct cpio_header { /* each field eight hexadecimal digits */
    char magic[6];
    char inode[8], mode[8], uid[8], gid[8], links[8], modified[8], bytes[8];
    char device[16], rdevice[16];
    char name_bytes[8], check[8];
};

_Static_assert(sizeof(struct cpio_header) == 110, "as in the archive");

struct cpio {
    const uint8_t *data;
    uint64_t bytes, at;
};

static uint64_t hex(const char *digits)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++) {
        char c = digits[i];

        v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : (c & 7) + 9);
    }
    return v;
}

/* Cuts path at its last slash: the directory, made if need be, and the name. */
static struct inode *split_path(char *path, const char **name)
{
    char *slash = NULL;

    for (char *s = path; *s; s++)
        if (*s == '/')
            slash = s;
    *name = slash ? slash + 1 : path;
    if (!slash)
        return kernel.fs.root;
    *slash = '\0';
    return fs_make_directories(path, S_IFDIR | 0755);
}

struct inode *fs_make_directories(const char *path, uint32_t mode)
{
    struct inode *d = kernel.fs.root;
    char name[NAME_BYTES];

    while (d && *path) {
        size_t bytes = 0;
        struct entry *e;

        while (*path == '/')
            path++;
        while (path[bytes] && path[bytes] != '/')
            bytes++;
        if (bytes == 0 || bytes >= sizeof name)
            break;
        memcpy(name, path, bytes);
        name[bytes] = '\0';
        path += bytes;
        e = directory_known(d, name); /* the host's are not made, but found */
        if (!e || !e->inode) {
            struct inode *n = inode_new(mode);

            if (!n || directory_add(d, name, n) < 0)
                return NULL;
            inode_drop(n);
            d = n;
        } else {
            d = S_ISDIR(e->inode->mode) ? e->inode : NULL;
        }
    }
    return d;
}

static struct inode *new_inode(const struct cpio_header *h, const uint8_t *data)
{
    struct inode *n = inode_new((uint32_t)hex(h->mode));

    if (!n)
        return NULL;
    n->bytes = hex(h->bytes);
    n->modified_s = (int64_t)hex(h->modified);
    n->modified_ns = 0;
    n->uid = (uint32_t)hex(h->uid);
    n->gid = (uint32_t)hex(h->gid);
    if (S_ISLNK(n->mode)) {
        n->target = heap_alloc(n->bytes + 1);
        if (n->target)
            memcpy(n->target, data, n->bytes);
    } else {
        n->backing = data;
        n->backing_bytes = n->bytes;
    }
    return n;
}

static void add(const struct cpio_header *h, const char *name,
                const uint8_t *data)
{
    char path[PATH_BYTES / 4];
    uint32_t mode = (uint32_t)hex(h->mode);
    struct inode *dir, *n;
    const char *last;

    while (*name == '/' || text_starts(name, "./"))
        name += *name == '/' ? 1 : 2;
    if (*name == '\0' || strcmp(name, ".") == 0 ||
        !text_copy(path, name, sizeof path))
        return;
    if (S_ISDIR(mode)) {
        n = fs_make_directories(path, mode);
        if (n)
            n->modified_s = (int64_t)hex(h->modified);
        return;
    }
    if (!S_ISREG(mode) && !S_ISLNK(mode))
        return;
    dir = split_path(path, &last);
    if (!dir || directory_known(dir, last))
        return;
    n = new_inode(h, data);
    if (!n || directory_add(dir, last, n) < 0)
        panic("no memory for the initramfs's file %s", name);
    dir->modified_s = n->modified_s;
    inode_drop(n);
}

/* One record; false at the end or where the archive is damaged. */
static bool next(struct cpio *c)
{
    const struct cpio_header *h = (const void *)(c->data + c->at);
    const char *name = (const char *)(h + 1);
    uint64_t name_bytes, bytes, data_at;

    if (c->bytes - c->at < sizeof *h || memcmp(h->magic, "07070", 5) != 0)
        return false;
    name_bytes = hex(h->name_bytes);
    bytes = hex(h->bytes);
    data_at = (c->at + sizeof *h + name_bytes + 3) & ~(uint64_t)3;
    if (name_bytes == 0 || data_at > c->bytes || bytes > c->bytes - data_at ||
        name[name_bytes - 1] != '\0' || strcmp(name, "TRAILER!!!") == 0)
        return false;
    add(h, name, c->data + data_at);
    c->at = (data_at + bytes + 3) & ~(uint64_t)3;
    return c->at <= c->bytes;
}

void fs_init(const struct boot_info *b)
{
    struct cpio c = {.bytes = b->initrd_bytes};

    host_fs_init();
    kernel.fs.root = inode_new(S_IFDIR | 0755);
    if (!kernel.fs.root)
        panic("no memory for the file system");
    kernel.fs.root->parent = kernel.fs.root;
    kernel.fs.root->links = 2;
    if (b->initrd_bytes == 0)
        panic("no initramfs: nothing to run");
    c.data = (const uint8_t *)pfn_to_va(0) + b->initrd_pa;
    while (next(&c))
        ;
    host_fs_boot_done();
    devices_init();
}
