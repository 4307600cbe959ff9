/*
 * frame.c - the buddy allocator.
 *
 * At boot the free lists receive a few huge blocks, whatever the amount of
 * RAM: nothing is done frame by frame, and records of frames never used are
 * never touched.
 */
#include "workloads/kernel/frame.h"

#include "workloads/kernel/boot_info.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

struct frame *frame_of(pfn_t pfn)
{
    return &kernel.frames.all[pfn];
}

static void list_push(pfn_t pfn, unsigned order)
{
    struct frames *fs = &kernel.frames;
    struct frame *f = frame_of(pfn);

    f->next = fs->free_lists[order];
    f->prev = 0;
    f->order = (uint8_t)order;
    f->flags |= FRAME_FREE;
    if (f->next)
        fs->all[f->next - 1].prev = (uint32_t)pfn + 1;
    fs->free_lists[order] = (uint32_t)pfn + 1;
}

static void list_remove(pfn_t pfn)
{
    struct frames *fs = &kernel.frames;
    struct frame *f = frame_of(pfn);

    if (f->prev)
        fs->all[f->prev - 1].next = f->next;
    else
        fs->free_lists[f->order] = f->next;
    if (f->next)
        fs->all[f->next - 1].prev = f->prev;
    f->flags &= (uint8_t)~FRAME_FREE;
}

/*
 * Puts a block back, joined with its buddies.  Clean and dirty blocks do not
 * join: one used frame would cost the knowledge that a whole block is zero.
 */
static void block_free(pfn_t pfn, unsigned order, bool dirty)
{
    struct frames *fs = &kernel.frames;

    fs->free += (uint64_t)1 << order;
    for (; order < ORDER_COUNT - 1; order++) {
        pfn_t buddy = pfn ^ ((pfn_t)1 << order);
        struct frame *b = frame_of(buddy);

        if (buddy + ((pfn_t)1 << order) > fs->end_pfn ||
            !(b->flags & FRAME_FREE) || b->order != order ||
            ((b->flags & FRAME_DIRTY) != 0) != dirty)
            break;
        list_remove(buddy);
        pfn &= ~((pfn_t)1 << order);
    }
    frame_of(pfn)->flags = dirty ? FRAME_DIRTY : 0;
    list_push(pfn, order);
}

/* Adds frames first .. end-1 in the largest aligned blocks. */
static void add_range(pfn_t first, pfn_t end)
{
    kernel.frames.total += end - first;
    while (first < end) {
        unsigned order = 0;

        while (order + 1 < ORDER_COUNT && !(first & ((pfn_t)1 << order)) &&
               first + ((pfn_t)2 << order) <= end)
            order++;
        block_free(first, order, kernel.options.scrub);
        first += (pfn_t)1 << order;
    }
}

/* The first taken range that touches first .. end-1; NULL: none. */
static const struct pfn_range *taken_within(const struct boot_info *b,
                                            pfn_t first, pfn_t end)
{
    const struct pfn_range *found = NULL;

    for (unsigned i = 0; i < b->taken_count; i++) {
        const struct pfn_range *t = &b->taken[i];

        if (t->first < end && first < t->end &&
            (!found || t->first < found->first))
            found = t;
    }
    return found;
}

void frames_take_array(struct boot_info *b)
{
    uint64_t bytes = page_ceil(b->end_pfn * sizeof(struct frame));

    kernel.frames.all = pfn_to_va(boot_take_frames(b, bytes >> PAGE_BITS));
    kernel.frames.end_pfn = b->end_pfn;
    if (kernel.options.scrub)
        memset(kernel.frames.all, 0, bytes);
}

void frames_init(const struct boot_info *b)
{
    for (unsigned i = 0; i < b->ram_count; i++) {
        pfn_t first = b->ram[i].first, end = b->ram[i].end;

        if (first == PFN_NONE) /* frame 0 is RAM, but its number says none */
            first++;
        while (first < end) {
            const struct pfn_range *t = taken_within(b, first, end);

            if (t && t->first > first)
                add_range(first, t->first);
            else if (!t)
                add_range(first, end);
            first = t ? t->end : end;
        }
    }
    kernel.frames.zero_pfn = frame_alloc_zeroed(ORDER_4K);
    if (kernel.frames.zero_pfn == PFN_NONE)
        panic("no memory");
}

pfn_t frame_alloc(unsigned order)
{
    struct frames *fs = &kernel.frames;
    unsigned have = order;
    pfn_t pfn;
    uint8_t dirty;

    while (have < ORDER_COUNT && !fs->free_lists[have])
        have++;
    if (have == ORDER_COUNT)
        return PFN_NONE;
    pfn = fs->free_lists[have] - 1;
    dirty = frame_of(pfn)->flags & FRAME_DIRTY;
    list_remove(pfn);
    while (have > order) {
        have--;
        frame_of(pfn + ((pfn_t)1 << have))->flags = dirty;
        list_push(pfn + ((pfn_t)1 << have), have);
    }
    fs->free -= (uint64_t)1 << order;
    *frame_of(pfn) =
        (struct frame){.refs = 1, .order = (uint8_t)order, .flags = dirty};
    return pfn;
}

pfn_t frame_alloc_zeroed(unsigned order)
{
    pfn_t pfn = frame_alloc(order);

    if (pfn != PFN_NONE && frame_of(pfn)->flags & FRAME_DIRTY)
        memset(pfn_to_va(pfn), 0, (size_t)PAGE_BYTES << order);
    return pfn;
}

void frame_hold(pfn_t pfn)
{
    if (!(frame_of(pfn)->flags & FRAME_FIXED))
        frame_of(pfn)->refs++;
}

void frame_drop(pfn_t pfn)
{
    struct frame *f = frame_of(pfn);

    if (f->flags & FRAME_FIXED)
        return;
    if (f->refs == 0)
        panic("frame %lx dropped once too often", pfn);
    if (--f->refs == 0)
        block_free(pfn, f->order, true);
}

void frame_split(pfn_t pfn, unsigned order)
{
    unsigned from = frame_of(pfn)->order;
    pfn_t step = (pfn_t)1 << order;

    for (pfn_t p = pfn; p < pfn + ((pfn_t)1 << from); p += step)
        *frame_of(p) = (struct frame){
            .refs = 1, .order = (uint8_t)order, .flags = FRAME_DIRTY};
}
