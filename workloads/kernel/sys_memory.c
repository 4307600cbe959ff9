/*
 * sys_memory.c - system calls that change what is mapped.
 *
 * Only areas change here; pages follow when they are touched, unless
 * MAP_POPULATE asks for them at once.
 */
#include <asm/errno.h>
#include <asm/mman.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

enum { HUGE_1G_BITS = 30, HUGE_2M_BITS = 21 };

static uint8_t rights_of(uint64_t prot)
{
    return (uint8_t)((prot & PROT_READ ? AREA_READ : 0) |
                     (prot & PROT_WRITE ? AREA_WRITE : 0) |
                     (prot & PROT_EXEC ? AREA_EXEC : 0));
}

/* Page order that MAP_HUGETLB asks for; -EINVAL: no such size. */
static int huge_order(uint64_t flags)
{
    uint64_t bits = flags >> MAP_HUGE_SHIFT & MAP_HUGE_MASK;

    if (!(flags & MAP_HUGETLB))
        return ORDER_4K;
    if (!kernel.cpu.large_2m)
        return -ENOMEM;
    if (bits == 0 || bits == HUGE_2M_BITS)
        return ORDER_2M;
    return bits == HUGE_1G_BITS && kernel.cpu.large_1g ? ORDER_1G : -EINVAL;
}

/* The file to map, or for shared memory a new nameless one.  Holds it. */
static int area_inode(const uint64_t *a, struct area *area)
{
    struct file *f;

    if (a[3] & MAP_ANONYMOUS) {
        if (!(area->rights & AREA_SHARED))
            return 0;
        area->inode = inode_new(S_IFREG | 0600);
        if (area->inode)
            area->inode->bytes = a[1];
        return area->inode ? 0 : -ENOMEM;
    }
    f = file_get((int)a[4]);
    if (!f || (f->flags & O_PATH))
        return -EBADF;
    if (f->inode->device == DEVICE_ZERO)
        return 0;
    if (!S_ISREG(f->inode->mode))
        return -ENODEV;
    if ((f->flags & O_ACCMODE) == O_WRONLY ||
        ((area->rights & AREA_SHARED) && (area->rights & AREA_WRITE) &&
         (f->flags & O_ACCMODE) == O_RDONLY))
        return -EACCES;
    area->inode = f->inode;
    area->offset = a[5];
    inode_hold(area->inode);
    return 0;
}

/* Finds or clears the place for bytes; 0 or -errno. */
static int place(struct space *s, const uint64_t *a, uint64_t bytes,
                 struct area *area)
{
    uint64_t align = (uint64_t)PAGE_BYTES << area->page_order;
    bool fixed = (a[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;

    area->start = fixed ? a[0] : page_floor(a[0]);
    if (fixed && (a[0] % align || a[0] < PAGE_BYTES || bytes > USER_END ||
                  a[0] > USER_END - bytes))
        return -EINVAL;
    area->end = area->start + bytes;
    if (!fixed && (area->start < PAGE_BYTES || area->start % align ||
                   area->end > USER_END || area->end < area->start ||
                   !space_is_free(s, area->start, area->end))) {
        area->start = space_hole(s, bytes, align);
        if (!area->start)
            return -ENOMEM;
    }
    area->end = area->start + bytes;
    if ((a[3] & MAP_FIXED_NOREPLACE) &&
        !space_is_free(s, area->start, area->end))
        return -EEXIST;
    return !fixed || space_remove(s, area->start, area->end) ? 0 : -ENOMEM;
}

/*
 * More than all memory is never given to one private area, unless it says that
 * it will not be used: a program's malloc() can then fail as it does on Linux.
 */
static bool is_too_much(const struct area *area, uint64_t bytes, uint64_t flags)
{
    return (area->rights & AREA_WRITE) && !(area->rights & AREA_SHARED) &&
           !(flags & MAP_NORESERVE) && bytes / PAGE_BYTES > kernel.frames.total;
}

int64_t sys_mmap(const uint64_t *a)
{
    struct space *s = kernel.current->space;
    struct area area = {.rights = rights_of(a[2])};
    int order = huge_order(a[3]), status;
    uint64_t bytes;

    if (order < 0)
        return order;
    area.page_order = (uint8_t)order;
    bytes = (a[1] + ((uint64_t)PAGE_BYTES << order) - 1) &
            ~(((uint64_t)PAGE_BYTES << order) - 1);
    if (a[1] == 0 || a[5] % PAGE_BYTES)
        return -EINVAL;
    if (bytes < a[1] || bytes > USER_END)
        return -ENOMEM;
    if ((a[3] & MAP_TYPE) != MAP_PRIVATE)
        area.rights |= AREA_SHARED;
    if (is_too_much(&area, bytes, a[3]))
        return -ENOMEM;
    status = area_inode(a, &area);
    if (status == 0)
        status = place(s, a, bytes, &area);
    if (status == 0 && !space_add(s, &area))
        status = -ENOMEM;
    if (area.inode)
        inode_drop(area.inode);
    if (status < 0)
        return status;
    if (a[3] & MAP_POPULATE)
        fault_populate(s, area.start, area.end);
    return (int64_t)area.start;
}

/* Checks an address range of a system call and rounds its end up. */
static int64_t range_end(uint64_t start, uint64_t bytes)
{
    uint64_t rounded = page_ceil(bytes);

    if (start % PAGE_BYTES || rounded < bytes || rounded > USER_END ||
        start > USER_END - rounded)
        return -EINVAL;
    return (int64_t)(start + rounded);
}

int64_t sys_munmap(const uint64_t *a)
{
    int64_t end = range_end(a[0], a[1]);

    if (end < 0 || a[1] == 0)
        return -EINVAL;
    return space_remove(kernel.current->space, a[0], (uint64_t)end) ? 0
                                                                    : -ENOMEM;
}

int64_t sys_mprotect(const uint64_t *a)
{
    int64_t end = range_end(a[0], a[1]);

    if (end < 0)
        return -EINVAL;
    return space_protect(kernel.current->space, a[0], (uint64_t)end,
                         rights_of(a[2]))
               ? 0
               : -ENOMEM;
}

/* Shared pages are the file's own: there is nothing to write back. */
int64_t sys_msync(const uint64_t *a)
{
    int64_t end = range_end(a[0], a[1]);

    if (end < 0 || (a[2] & ~(uint64_t)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)))
        return -EINVAL;
    return space_covers(kernel.current->space, a[0], (uint64_t)end) ? 0
                                                                    : -ENOMEM;
}

/* Nothing is ever swapped out: what is mapped counts as being there. */
int64_t sys_mincore(const uint64_t *a)
{
    const uint8_t here = 1;
    int64_t end = range_end(a[0], a[1]);

    if (end < 0)
        return end;
    if (!space_covers(kernel.current->space, a[0], (uint64_t)end))
        return -ENOMEM;
    for (uint64_t i = 0; i < ((uint64_t)end - a[0]) >> PAGE_BITS; i++)
        if (!copy_to_user(a[2] + i, &here, 1))
            return -EFAULT;
    return 0;
}

/* The end of the heap; on failure the old one, as brk(2) always did. */
int64_t sys_brk(const uint64_t *a)
{
    struct space *s = kernel.current->space;
    uva_t old_end = page_ceil(s->brk), new_end = page_ceil(a[0]);
    struct area heap = {
        .start = old_end, .end = new_end, .rights = AREA_READ | AREA_WRITE};

    if (a[0] < s->brk_start || a[0] > USER_END ||
        (new_end > old_end && is_too_much(&heap, new_end - old_end, 0)))
        return (int64_t)s->brk;
    if (new_end > old_end &&
        (!space_is_free(s, old_end, new_end) || !space_add(s, &heap)))
        return (int64_t)s->brk;
    if (new_end < old_end && !space_remove(s, new_end, old_end))
        return (int64_t)s->brk;
    s->brk = a[0];
    return (int64_t)s->brk;
}

/* Large pages from now on where they fit (or never again). */
static int64_t advise_huge(struct space *s, uva_t start, uva_t end,
                           uint8_t order)
{
    if (!space_cut(s, start) || !space_cut(s, end))
        return -ENOMEM;
    for (struct area *a = s->areas; a; a = a->next)
        if (a->start >= start && a->end <= end && !a->inode &&
            kernel.cpu.large_2m)
            a->page_order = order;
    return 0;
}

int64_t sys_madvise(const uint64_t *a)
{
    struct space *s = kernel.current->space;
    int64_t end = range_end(a[0], a[1]);

    if (end < 0)
        return end;
    switch (a[2]) {
    case MADV_HUGEPAGE:
        return advise_huge(s, a[0], (uint64_t)end, ORDER_2M);
    case MADV_NOHUGEPAGE:
        return advise_huge(s, a[0], (uint64_t)end, ORDER_4K);
    case MADV_DONTNEED:
        space_discard(s, a[0], (uint64_t)end);
        return 0;
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_FREE:
        return 0;
    default:
        return -EINVAL;
    }
}

/* Moves the area at a[0], a[1] bytes of it (none: both places have it), to a
   place that is free; it is a[2] bytes there. */
static int64_t move_mapping(struct space *s, const uint64_t *a, uva_t to)
{
    uint64_t old_bytes = page_ceil(a[1]), new_bytes = page_ceil(a[2]);
    struct area moved = *space_find(s, a[0]);

    moved.start = to;
    moved.end = to + new_bytes;
    if (!space_move_pages(s, a[0], u64_min(old_bytes, new_bytes), to) ||
        !space_add(s, &moved))
        return -ENOMEM;
    space_remove(s, a[0], a[0] + old_bytes);
    return (int64_t)to;
}

/* May what a[0], a[1] say lie at a[4], as large as a[2] says? */
static bool is_good_place(const uint64_t *a, uint64_t align)
{
    uint64_t bytes = page_ceil(a[2]);

    return a[4] % align == 0 && a[4] >= PAGE_BYTES &&
           a[4] <= USER_END - bytes &&
           (a[4] >= a[0] + page_ceil(a[1]) || a[4] + bytes <= a[0]);
}

/* To the place a[4], as mremap(2) with MREMAP_FIXED has it. */
static int64_t move_to_fixed(struct space *s, const uint64_t *a)
{
    uint64_t bytes = page_ceil(a[2]);

    if (!space_remove(s, a[4], a[4] + bytes))
        return -ENOMEM;
    return move_mapping(s, a, a[4]);
}

/* Where it is, or where there is room. */
static int64_t grow_mapping(struct space *s, const uint64_t *a,
                            uint64_t old_bytes, uint64_t new_bytes)
{
    const struct area *area = space_find(s, a[0]);
    struct area grown = *area;
    uva_t to;

    grown.start = a[0] + old_bytes;
    grown.end = a[0] + new_bytes;
    grown.offset += old_bytes;
    if (is_too_much(&grown, new_bytes - old_bytes, 0))
        return -ENOMEM;
    if (grown.end <= USER_END && space_is_free(s, grown.start, grown.end))
        return space_add(s, &grown) ? (int64_t)a[0] : -ENOMEM;
    if (!(a[3] & MREMAP_MAYMOVE))
        return -ENOMEM;
    to = space_hole(s, new_bytes, (uint64_t)PAGE_BYTES << area->page_order);
    return to ? move_mapping(s, a, to) : -ENOMEM;
}

/* NOT MODELLED: MREMAP_DONTUNMAP, which is an error. */
int64_t sys_mremap(const uint64_t *a)
{
    struct space *s = kernel.current->space;
    uint64_t old_bytes = page_ceil(a[1]), new_bytes = page_ceil(a[2]);
    uva_t end = a[0] + old_bytes;
    bool fixed = (a[3] & MREMAP_FIXED) != 0;
    struct area *area;

    if (a[0] % PAGE_BYTES || new_bytes == 0 || new_bytes > USER_END ||
        old_bytes > USER_END ||
        (a[3] & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) ||
        (fixed && !(a[3] & MREMAP_MAYMOVE)))
        return -EINVAL;
    area = space_find(s, a[0]);
    if (!area)
        return -EFAULT;
    if ((fixed &&
         !is_good_place(a, (uint64_t)PAGE_BYTES << area->page_order)) ||
        (old_bytes == 0 && !(area->rights & AREA_SHARED)))
        return -EINVAL;
    if (!fixed && new_bytes <= old_bytes) {
        if (new_bytes < old_bytes && !space_remove(s, a[0] + new_bytes, end))
            return -ENOMEM;
        return (int64_t)a[0];
    }
    space_join(area);
    if (area->end < end)
        return -EFAULT;
    if (!space_cut(s, a[0]) || !space_cut(s, end))
        return -ENOMEM;
    return fixed ? move_to_fixed(s, a)
                 : grow_mapping(s, a, old_bytes, new_bytes);
}
