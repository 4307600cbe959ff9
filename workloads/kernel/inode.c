/*
 * inode.c - files as bytes in memory.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/pipe.h"

struct inode *inode_new(uint32_t mode)
{
    struct inode *n = heap_alloc(sizeof *n);

    if (!n)
        return NULL;
    n->mode = mode;
    n->refs = 1;
    if (S_ISDIR(mode) && kernel.fs.host_booting)
        n->host = HOST_ASK;
    n->number = ++kernel.fs.last_number;
    inode_touch(n);
    return n;
}

void inode_touch(struct inode *n)
{
    uint64_t ns = kernel.pv->clock_ns();

    n->modified_s = (int64_t)(kernel.pv->boot_epoch_s() + ns / 1000000000);
    n->modified_ns = (uint32_t)(ns % 1000000000);
}

void inode_hold(struct inode *n)
{
    n->refs++;
}

/* Drops page frames from page on. */
static void drop_pages(struct inode *n, uint64_t page)
{
    for (; page < n->page_slots; page++) {
        if (n->pages[page])
            frame_drop(n->pages[page]);
        n->pages[page] = 0;
    }
}

void inode_drop(struct inode *n)
{
    if (--n->refs > 0)
        return;
    drop_pages(n, 0);
    heap_free(n->pages, n->page_slots * sizeof *n->pages);
    if (n->target)
        heap_free(n->target, n->bytes + 1);
    if (n->host_path)
        heap_free(n->host_path, strlen(n->host_path) + 1);
    directory_forget(n);
    heap_free(n, sizeof *n);
}

bool inode_reserve(struct inode *n, uint64_t page)
{
    uint64_t slots = n->page_slots ? n->page_slots : 8;
    uint32_t *pages;

    if (page < n->page_slots)
        return true;
    while (slots <= page)
        slots *= 2;
    pages = heap_grow(n->pages, n->page_slots * sizeof *pages,
                      slots * sizeof *pages);
    if (!pages)
        return false;
    n->pages = pages;
    n->page_slots = slots;
    return true;
}

/* Bytes of page that the initramfs holds. */
static size_t backed_bytes(const struct inode *n, uint64_t page)
{
    uint64_t at = page << PAGE_BITS;

    if (at >= n->backing_bytes)
        return 0;
    return u64_min(n->backing_bytes - at, PAGE_BYTES);
}

pfn_t inode_page(struct inode *n, uint64_t page)
{
    size_t backed = backed_bytes(n, page);
    const uint8_t *from = n->backing + (page << PAGE_BITS);
    pfn_t pfn;

    if (!inode_reserve(n, page))
        return PFN_NONE;
    if (n->pages[page])
        return n->pages[page];
    if (backed && !n->backing)
        return host_fs_fetch(n, page) ? n->pages[page] : PFN_NONE;
    if (backed == PAGE_BYTES && (uint64_t)from % PAGE_BYTES == 0) {
        pfn = va_to_pfn(from);
        frame_of(pfn)->flags |= FRAME_FIXED;
    } else {
        pfn = backed == PAGE_BYTES ? frame_alloc(ORDER_4K)
                                   : frame_alloc_zeroed(ORDER_4K);
        if (pfn != PFN_NONE)
            memcpy(pfn_to_va(pfn), from, backed);
    }
    n->pages[page] = (uint32_t)pfn;
    return pfn;
}

const uint8_t *inode_peek(struct inode *n, uint64_t at, size_t *bytes)
{
    uint64_t page = at >> PAGE_BITS, offset = at % PAGE_BYTES;
    const uint8_t *from = pfn_to_va(kernel.frames.zero_pfn);

    *bytes = at < n->bytes ? u64_min(n->bytes - at, PAGE_BYTES - offset) : 0;
    if (at < n->backing_bytes && !n->backing && inode_page(n, page) == PFN_NONE)
        return NULL;
    if (page < n->page_slots && n->pages[page])
        return (const uint8_t *)pfn_to_va(n->pages[page]) + offset;
    if (at < n->backing_bytes && n->backing) {
        *bytes = u64_min(*bytes, n->backing_bytes - at);
        return n->backing + at;
    }
    return from + offset;
}

uint8_t *inode_poke(struct inode *n, uint64_t at, size_t *bytes)
{
    uint64_t page = at >> PAGE_BITS, offset = at % PAGE_BYTES;
    pfn_t pfn = inode_page(n, page);

    if (pfn == PFN_NONE)
        return NULL;
    *bytes = u64_min(*bytes, PAGE_BYTES - offset);
    n->bytes = u64_max(n->bytes, at + *bytes);
    return (uint8_t *)pfn_to_va(pfn) + offset;
}

size_t inode_read(struct inode *n, uint64_t at, void *to, size_t bytes)
{
    size_t done = 0;

    while (done < bytes && at + done < n->bytes) {
        size_t now;
        const uint8_t *from = inode_peek(n, at + done, &now);

        if (!from)
            break;
        now = u64_min(now, bytes - done);
        memcpy((char *)to + done, from, now);
        done += now;
    }
    return done;
}

void inode_truncate(struct inode *n, uint64_t bytes)
{
    uint64_t page = bytes >> PAGE_BITS, offset = bytes % PAGE_BYTES;

    if (bytes < n->bytes) {
        drop_pages(n, offset ? page + 1 : page);
        if (offset && page < n->page_slots && n->pages[page])
            memset((uint8_t *)pfn_to_va(n->pages[page]) + offset, 0,
                   PAGE_BYTES - offset);
        n->backing_bytes = u64_min(n->backing_bytes, bytes);
    }
    n->bytes = bytes;
    inode_touch(n);
}
