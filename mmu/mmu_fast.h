/*
 * mmu_fast.h - the common access, inlined into the CPU.
 *
 * Hardware  an L1 TLB hit and an L1 cache hit, looked up side by side.
 * Model     a slot remembers that one page, in one access mode, is held by
 *           one L1 TLB entry that allows one kind of access.  The slot is
 *           good while that entry lives (each fill gives it a new id), so
 *           nothing has to find slots when an entry goes.  mmu_fast() does to
 *           counters and replacement state exactly what mmu_access() does.
 * Use       if (mmu_fast(hot, va, bytes, kind, mode, &hpa)) the data is at
 *           hpa and ready hot->hit_cycles[kind == ACCESS_FETCH] cycles after
 *           the address; hpa is DRAM.  Else nothing happened: mmu_access().
 * INVARIANTS
 *   1. A slot for writes never maps a frame with decoded code, so callers
 *      need not ask memory_is_code() after a fast write.
 *   2. A slot for writes only points at an entry whose dirty flag is set.
 *   3. Fast path on or off: same results, counts, replacement state.
 */
#ifndef MMU_MMU_FAST_H
#define MMU_MMU_FAST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/cache.h"
#include "mmu/xlate.h"
#include "sim/core/addr.h"
#include "sim/record/counters.h"

struct hierarchy;
struct mmu;

enum { MMU_SLOTS = 512, MMU_SLOT_TAG_SHIFT = 52 };

/* One host cache line. */
struct mmu_slot {
    uint64_t key;         /* page number, and mode and regime above bit 52 */
    uint64_t id;          /* of the TLB entry when the slot was filled */
    const uint64_t *live; /* the entry's id now; 0 or another: gone */
    uint64_t frame;       /* hpa of the 4K page */
    uint64_t *clock;      /* LRU: its clock; NULL: mask the word instead */
    uint64_t *word;       /* replacement state of the entry */
    uint64_t keep, set;   /* *word = (*word & keep) | set */
};

/* The part of an MMU that the inlined path reads. */
struct mmu_hot {
    uint64_t mode_tag[ACCESS_MODES]; /* by mode; follows the regime; that of
                                        watched modes is no slot's */
    uint64_t line_mask;              /* line_bytes - 1 */
    uint32_t line_shift;
    uint32_t hit_cycles[2]; /* L1D, L1I: load-to-use */
    struct cache *l1[2];    /* L1D, L1I; not owned */
    struct hierarchy *caches;
    const uint64_t *recent_line[3]; /* by enum access_kind and set of L1: the
                                       line whose touch changes nothing */
    uint64_t set_mask[2];
    struct counters *counters;
    struct mmu_slot slots[3][MMU_SLOTS]; /* by enum access_kind */
};

/* Valid as long as the MMU. */
struct mmu_hot *mmu_hot(struct mmu *m);

/*
 * No access starts before one that came earlier: then a store need not look at
 * a line that was touched last in its set, whether it has arrived or not.
 */
void mmu_in_order(struct mmu *m);

static inline unsigned mmu_slot_index(uint64_t page)
{
    return (unsigned)(page ^ (page >> 9)) & (MMU_SLOTS - 1);
}

static inline void mmu_slot_touch(struct mmu_slot *s)
{
    if (s->clock)
        *s->word = ++*s->clock;
    else
        *s->word = (*s->word & s->keep) | s->set;
}

/* The slot that knows the page of an access; NULL: none does. */
__attribute__((always_inline)) static inline struct mmu_slot *
mmu_fast_slot(struct mmu_hot *h, gva_t va, enum access_kind kind,
              enum access_mode mode)
{
    uint64_t page = va.v >> PAGE_SHIFT;
    struct mmu_slot *s = &h->slots[kind][mmu_slot_index(page)];

    return s->key == (page | h->mode_tag[mode]) && s->id == *s->live ? s : NULL;
}

/* The page of an access within one line, touched and counted, or nothing. */
__attribute__((always_inline)) static inline bool
mmu_fast_page(struct mmu_hot *h, const struct access *a, hpa_t *out)
{
    struct mmu_slot *s = mmu_fast_slot(h, a->va, a->kind, a->mode);

    if (!s || (a->va.v & h->line_mask) + a->bytes > h->line_mask + 1)
        return false;
    *out = hpa(s->frame | page_offset(a->va.v));
    mmu_slot_touch(s);
    counter_add(
        h->counters,
        a->kind == ACCESS_FETCH ? COUNTER_ITLB_ACCESS : COUNTER_DTLB_ACCESS, 1);
    return true;
}

/* Its line, if touching that changes nothing: counted, or nothing. */
__attribute__((always_inline)) static inline bool
mmu_fast_line(struct mmu_hot *h, hpa_t at, enum access_kind kind)
{
    unsigned fetch = kind == ACCESS_FETCH;
    uint64_t line = at.v >> h->line_shift;

    if (h->recent_line[kind][line & h->set_mask[fetch]] != line)
        return false;
    counter_add(h->counters, fetch ? COUNTER_L1I_ACCESS : COUNTER_L1D_ACCESS,
                1);
    return true;
}

/* True: done, *out is the address.  False: nothing was done or counted. */
__attribute__((always_inline)) static inline bool
mmu_fast(struct mmu_hot *h, gva_t va, unsigned bytes, enum access_kind kind,
         enum access_mode mode, hpa_t *out)
{
    struct mmu_slot *s = mmu_fast_slot(h, va, kind, mode);
    unsigned fetch = kind == ACCESS_FETCH;

    if (!s || (va.v & h->line_mask) + bytes > h->line_mask + 1)
        return false;
    uint64_t address = s->frame | page_offset(va.v);
    uint64_t line = address >> h->line_shift;
    if (h->recent_line[kind][line & h->set_mask[fetch]] != line)
        return false;
    mmu_slot_touch(s);
    counter_add(h->counters, fetch ? COUNTER_ITLB_ACCESS : COUNTER_DTLB_ACCESS,
                1);
    counter_add(h->counters, fetch ? COUNTER_L1I_ACCESS : COUNTER_L1D_ACCESS,
                1);
    out->v = address;
    return true;
}

/* Fetches of lines that the L1 TLB and the L1 cache had. */
static inline void mmu_fast_fetched(struct mmu_hot *h, uint64_t lines)
{
    counter_add(h->counters, COUNTER_ITLB_ACCESS, lines);
    counter_add(h->counters, COUNTER_L1I_ACCESS, lines);
}

/*
 * Each of these lines is the most recent one of its set in the L1I: touching
 * them changes nothing.
 */
static inline bool mmu_fast_lines_recent(const struct mmu_hot *h,
                                         uint64_t first, uint32_t count)
{
    for (uint64_t line = first; line < first + count; line++)
        if (h->recent_line[ACCESS_FETCH][line & h->set_mask[1]] != line)
            return false;
    return true;
}

/*
 * Instruction fetch of the lines from `from`, the start of one, up to end in
 * the same page.  Returns where the first line that was not done starts.
 */
static inline uint64_t mmu_fast_fetch_lines(struct mmu_hot *h, gva_t from,
                                            uint64_t end, enum access_mode mode)
{
    struct mmu_slot *s = mmu_fast_slot(h, from, ACCESS_FETCH, mode);
    uint64_t va = from.v, lines = 0;

    if (!s)
        return va;
    for (; va < end; va += h->line_mask + 1, lines++) {
        uint64_t line = (s->frame | page_offset(va)) >> h->line_shift;

        if (h->recent_line[ACCESS_FETCH][line & h->set_mask[1]] != line &&
            !cache_touch_settled(h->l1[1], line))
            break;
        mmu_slot_touch(s);
    }
    mmu_fast_fetched(h, lines);
    return va;
}

#endif
