/*
 * space.c - address spaces: made, copied, freed.
 */
#include "workloads/kernel/space.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/tlb.h"

enum { FIRST_KERNEL_SLOT = 256, TABLE_ENTRIES = 512, LARGE_BITS = 21 };

struct space *space_new(void)
{
    struct space *s = heap_alloc(sizeof *s);
    pfn_t root = frame_alloc_zeroed(ORDER_4K);
    uint64_t *slots = pfn_to_va(root);
    const uint64_t *kernel_slots = pfn_to_va(kernel.kernel_root.pfn);

    if (!s || root == PFN_NONE)
        goto no_memory;
    frame_of(root)->flags |= FRAME_TABLE;
    for (unsigned i = FIRST_KERNEL_SLOT; i < TABLE_ENTRIES; i++)
        slots[i] = kernel_slots[i];
    s->root.pfn = root;
    s->users = 1;
    if (kernel.pv->space_new(&s->root))
        return s;
no_memory:
    heap_free(s, sizeof *s);
    if (root != PFN_NONE)
        frame_drop(root);
    return NULL;
}

void space_load(struct space *s)
{
    kernel.here->space = s;
    kernel.pv->load_space(s ? &s->root : &kernel.kernel_root);
}

struct fork_context {
    struct space *to;
    const struct area *area;
    struct pt_slot last; /* where the last 4 KiB page went */
    uint64_t last_va;
};

/* The child's entry for va: usually in the same table as the one before. */
static bool reach_copy(struct fork_context *f, uint64_t va, unsigned level,
                       struct pt_slot *copy)
{
    if (level == 1 && f->last.table &&
        va >> LARGE_BITS == f->last_va >> LARGE_BITS) {
        *copy = f->last;
        copy->index = (va >> PAGE_BITS) & (TABLE_ENTRIES - 1);
        return true;
    }
    if (!pt_reach(&f->to->root, va, level, copy))
        return false;
    if (level == 1) {
        f->last = *copy;
        f->last_va = va;
    }
    return true;
}

/* One page of the parent: both keep it, neither may write a private one. */
static bool fork_page(const struct pt_slot *slot, uint64_t va, void *context)
{
    struct fork_context *f = context;
    uint64_t pte = pte_read(slot);
    struct pt_slot copy;

    if (!reach_copy(f, va, slot->level, &copy))
        return false;
    if (!(f->area->rights & AREA_SHARED) && (pte & PTE_WRITE)) {
        pte &= ~(uint64_t)PTE_WRITE;
        pte_write(slot, pte);
    }
    frame_hold(pte_pfn(pte));
    pte_write(&copy, pte & ~(uint64_t)PTE_ACCESSED);
    return true;
}

static bool fork_area(struct space *to, struct space *from,
                      const struct area *a)
{
    struct fork_context f = {.to = to, .area = a};
    struct pt_range range = {a->start, a->end};

    return space_add(to, a) && pt_visit(&from->root, range, fork_page, &f);
}

struct space *space_fork(struct space *from)
{
    struct space *to = space_new();
    bool done = to != NULL;

    if (!to)
        return NULL;
    to->brk_start = from->brk_start;
    to->brk = from->brk;
    kernel.pv->lazy_begin();
    for (struct area *a = from->areas; a && done; a = a->next)
        done = fork_area(to, from, a);
    tlb_flush_all(from);
    kernel.pv->lazy_end();
    if (done)
        return to;
    space_drop(to);
    return NULL;
}

void space_drop(struct space *s)
{
    if (!s || --s->users > 0)
        return;
    kernel.pv->space_dying(&s->root);
    space_remove(s, 0, USER_END);
    kernel.pv->space_free(&s->root);
    frame_of(s->root.pfn)->flags &= (uint8_t)~FRAME_TABLE;
    frame_drop(s->root.pfn);
    heap_free(s, sizeof *s);
}

struct move_context {
    uint64_t distance; /* may wrap: to - from */
    struct tlb_batch batch;
};

static bool move_page(const struct pt_slot *slot, uint64_t va, void *context)
{
    struct move_context *m = context;
    uint64_t pte = pte_read(slot);
    struct pt_slot to;

    if (!pt_reach(slot->root, va + m->distance, slot->level, &to))
        return false;
    pte_write(&to, pte);
    pte_write(slot, 0);
    tlb_batch_add(&m->batch, va);
    return true;
}

bool space_move_pages(struct space *s, uva_t from, uint64_t bytes, uva_t to)
{
    struct move_context m = {to - from, {.space = s}};
    struct pt_range range = {from, from + bytes};
    bool done = pt_split_at(&s->root, from) &&
                pt_split_at(&s->root, from + bytes) &&
                pt_visit(&s->root, range, move_page, &m);

    tlb_batch_flush(&m.batch);
    return done;
}
