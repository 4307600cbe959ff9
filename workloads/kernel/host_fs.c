/*
 * host_fs.c - the driver of the host-files device.
 *
 * Hardware  sim/devices/host_files.h: a request and its reply, through a port.
 */
#include "workloads/kernel/host_fs.h"

#include <asm/errno.h>

#include "sim/devices/host_files.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/ports.h"

enum { AHEAD_PAGES = 16, LIST_BYTES = 16384 };

_Static_assert(AHEAD_PAGES *PAGE_BYTES <= HOST_FILES_DATA_BYTES,
               "one reply holds what is fetched at once");

void host_fs_init(void)
{
    uint32_t id = 0;

    kernel.fs.host_found =
        port_probe(PORT_HOST_FILES_CONTROL, &id) && id == HOST_FILES_ID;
    kernel.fs.host_booting = kernel.fs.host_found;
}

void host_fs_boot_done(void)
{
    kernel.fs.host_booting = false;
}

/* The path of name ("": of the directory itself) below directory; its bytes
   with NUL, or 0: too long. */
static size_t join(char *to, const char *directory, const char *name)
{
    size_t bytes = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
    size_t name_bytes = strlen(name) + 1;

    if (bytes + 1 + name_bytes > HOST_FILES_PATH_BYTES)
        return 0;
    memcpy(to, directory, bytes);
    if (*name || bytes == 0)
        to[bytes++] = '/';
    memcpy(to + bytes, name, name_bytes);
    return bytes + name_bytes;
}

struct question {
    enum host_files_op op;
    const char *directory, *name;
    uint64_t offset;
    uint32_t bytes;
};

/* Sends a request; status of its reply, whose data are next in the queue. */
static int32_t ask(const struct question *q, uint32_t *data_bytes)
{
    struct host_files_request *r = (void *)kernel.fs.host_request;
    struct host_files_reply reply;
    size_t path_bytes = join((char *)(r + 1), q->directory, q->name);

    *data_bytes = 0;
    if (path_bytes == 0)
        return -ENAMETOOLONG;
    *r = (struct host_files_request){.op = q->op,
                                     .path_bytes = (uint32_t)path_bytes,
                                     .offset = q->offset,
                                     .bytes = q->bytes};
    port_write_words(PORT_HOST_FILES_QUEUE, r,
                     (sizeof *r + path_bytes + 3) / 4);
    port_write(PORT_HOST_FILES_CONTROL, 1);
    port_read_words(PORT_HOST_FILES_QUEUE, &reply, sizeof reply / 4);
    *data_bytes = reply.bytes;
    return reply.status;
}

static char *copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = heap_alloc(bytes);

    return copy ? memcpy(copy, text, bytes) : NULL;
}

/* An inode for what the host describes; NULL: no memory. */
static struct inode *inode_of(const struct host_files_node *node,
                              const char *directory, const char *name)
{
    char *path = (char *)kernel.fs.host_request;
    struct inode *n;

    if (join(path, directory, name) == 0)
        return NULL;
    n = inode_new(node->mode);
    if (!n)
        return NULL;
    n->host_path = copy_text(path);
    n->bytes = node->bytes;
    n->modified_s = node->modified_s;
    n->modified_ns = node->modified_ns;
    if (S_ISREG(n->mode))
        n->backing_bytes = n->bytes;
    if (S_ISDIR(n->mode))
        n->host = HOST_SAME;
    if (n->host_path)
        return n;
    inode_drop(n);
    return NULL;
}

/* Is there a directory of that path on the host as well? */
static void settle_one(struct inode *d)
{
    struct host_files_node node;
    struct question q = {.op = HOST_FILES_STAT, .name = ""};
    char *path = heap_alloc(PATH_BYTES);
    uint32_t bytes;

    if (d->host != HOST_ASK)
        return;
    d->host = HOST_NONE;
    if (path && path_of_directory(d, path, PATH_BYTES) > 0) {
        q.directory = path;
        if (ask(&q, &bytes) == 0) {
            port_read_words(PORT_HOST_FILES_QUEUE, &node, sizeof node / 4);
            d->host_path = S_ISDIR(node.mode) ? copy_text(path) : NULL;
        }
    }
    if (d->host_path)
        d->host = HOST_SAME;
    heap_free(path, PATH_BYTES);
}

void host_fs_settle(struct inode *d)
{
    settle_one(d);
    for (struct entry *e = d->entries; e; e = e->next)
        if (e->inode && S_ISDIR(e->inode->mode) && e->inode->host == HOST_ASK)
            host_fs_settle(e->inode);
}

/* The text behind a node, of which the kernel has no use beyond its length. */
static char *take_text(const struct host_files_node *node)
{
    char *text;

    if (node->text_bytes == 0 || node->text_bytes > PATH_BYTES)
        return NULL;
    text = heap_alloc((node->text_bytes + 3u) & ~3u);
    if (text)
        port_read_words(PORT_HOST_FILES_QUEUE, text,
                        (node->text_bytes + 3) / 4);
    return text;
}

/* A link's target becomes n's: allocated as bytes + 1, as inode_drop() frees
   it. */
static void take_target(struct inode *n, const struct host_files_node *node)
{
    char *text = take_text(node);

    if (!text)
        return;
    n->bytes = strlen(text);
    n->target = copy_text(text);
    heap_free(text, (node->text_bytes + 3u) & ~3u);
}

bool host_fs_look(struct inode *d, const char *name)
{
    struct question q = {.op = HOST_FILES_STAT, .name = name};
    struct host_files_node node;
    struct inode *n = NULL;
    uint32_t bytes;
    int32_t status;
    bool entered;

    settle_one(d);
    if (d->host != HOST_SAME)
        return false;
    q.directory = d->host_path;
    status = ask(&q, &bytes);
    if (status == 0) {
        port_read_words(PORT_HOST_FILES_QUEUE, &node, sizeof node / 4);
        n = inode_of(&node, d->host_path, name);
        if (!n)
            return false;
        if (S_ISLNK(n->mode))
            take_target(n, &node);
    }
    entered = directory_enter(d, name, n) == 0;
    if (n)
        inode_drop(n);
    return entered;
}

const char *host_fs_link(struct inode *n)
{
    struct question q = {
        .op = HOST_FILES_STAT, .directory = n->host_path, .name = ""};
    struct host_files_node node;
    uint32_t bytes;

    if (n->host_path && ask(&q, &bytes) == 0) {
        port_read_words(PORT_HOST_FILES_QUEUE, &node, sizeof node / 4);
        take_target(n, &node);
    }
    return n->target;
}

/* Enters the entries of one reply; how many bytes were understood. */
static void enter_entries(struct inode *d, const uint8_t *data, size_t bytes)
{
    const struct host_files_node *node = (const void *)data;
    size_t at = 0;

    while (bytes - at >= sizeof *node) {
        const char *name = (const char *)data + at + sizeof *node;
        struct inode *n;

        node = (const void *)(data + at);
        if (node->text_bytes == 0 ||
            node->text_bytes > bytes - at - sizeof *node)
            return;
        at += (sizeof *node + node->text_bytes + 7) & ~(size_t)7;
        if (directory_known(d, name))
            continue;
        n = inode_of(node, d->host_path, name);
        if (n && directory_enter(d, name, n) == 0)
            inode_drop(n);
    }
}

void host_fs_list(struct inode *d)
{
    struct question q = {
        .op = HOST_FILES_LIST, .name = "", .bytes = LIST_BYTES};
    uint8_t *data;
    int32_t count = 1;

    settle_one(d);
    data = d->host == HOST_SAME ? heap_alloc(LIST_BYTES) : NULL;
    if (!data)
        return;
    q.directory = d->host_path;
    while (count > 0) {
        uint32_t bytes;

        count = ask(&q, &bytes);
        if (count <= 0 || bytes > LIST_BYTES)
            break;
        port_read_words(PORT_HOST_FILES_QUEUE, data, (bytes + 3) / 4);
        enter_entries(d, data, bytes);
        q.offset += (uint32_t)count;
    }
    d->host = HOST_KNOWN;
    heap_free(data, LIST_BYTES);
}

/* Pages from page on that one request can fill: none of them is there. */
static uint64_t run_of_pages(const struct inode *n, uint64_t page)
{
    uint64_t end = page_ceil(n->backing_bytes) >> PAGE_BITS, run = 0;

    while (run < AHEAD_PAGES && page + run < end &&
           (page + run >= n->page_slots || !n->pages[page + run]))
        run++;
    return run;
}

bool host_fs_fetch(struct inode *n, uint64_t page)
{
    uint64_t run = run_of_pages(n, page);
    struct question q = {.op = HOST_FILES_READ,
                         .directory = n->host_path,
                         .name = "",
                         .offset = page << PAGE_BITS};
    uint32_t bytes;

    if (run == 0 || !inode_reserve(n, page + run - 1))
        return false;
    q.bytes = (uint32_t)u64_min(run * PAGE_BYTES,
                                n->backing_bytes - (page << PAGE_BITS));
    if (ask(&q, &bytes) < 0)
        return false;
    for (uint64_t i = 0; i < run; i++) {
        uint32_t now = (uint32_t)u64_min(bytes, PAGE_BYTES);
        pfn_t pfn = now == PAGE_BYTES ? frame_alloc(ORDER_4K)
                                      : frame_alloc_zeroed(ORDER_4K);

        if (pfn == PFN_NONE)
            return i > 0;
        port_read_words(PORT_HOST_FILES_QUEUE, pfn_to_va(pfn), (now + 3) / 4);
        n->pages[page + i] = (uint32_t)pfn;
        bytes -= now;
    }
    return true;
}

/* One file, for the queue of those that are kept. */
static void save_file(uint32_t index, const char *path)
{
    struct host_files_saved saved = {.index = index};
    struct inode *n = NULL;

    saved.status = fs_lookup(path, &n);
    if (saved.status == 0 && !S_ISREG(n->mode))
        saved.status = S_ISDIR(n->mode) ? -EISDIR : -EINVAL;
    if (saved.status == 0)
        saved.bytes = n->bytes;
    port_write_bytes(PORT_HOST_FILES_SAVE, &saved, sizeof saved);
    for (uint64_t at = 0; at < saved.bytes;) {
        const void *from = pfn_to_va(kernel.frames.zero_pfn);
        size_t now = u64_min(saved.bytes - at, PAGE_BYTES), here;
        const void *data = inode_peek(n, at, &here);

        if (data) {
            from = data;
            now = u64_min(now, here);
        }
        port_write_bytes(PORT_HOST_FILES_SAVE, from, now);
        at += now;
    }
    if (n)
        inode_drop(n);
}

void host_fs_save(void)
{
    struct inode *order = NULL;
    char *paths;
    uint32_t index = 0;

    if (!kernel.fs.host_found || fs_lookup("/.ringside/out", &order) < 0)
        return;
    paths = heap_alloc(order->bytes + 1);
    if (paths) {
        inode_read(order, 0, paths, order->bytes);
        for (uint64_t at = 0; at < order->bytes; at += strlen(paths + at) + 1)
            save_file(index++, paths + at);
        heap_free(paths, order->bytes + 1);
    }
    inode_drop(order);
}
