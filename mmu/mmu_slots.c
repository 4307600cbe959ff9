/*
 * mmu_slots.c - fills and forgets the slots of the inlined path.
 *
 * Model     A slot's key holds a small number, the context, for everything
 *           that a TLB lookup depends on beside the address: tags, control
 *           bits, access mode.  The tables' root is not among them, as TLBs
 *           do not know it either.  A context that comes back keeps its slots.
 */
#include <stddef.h>

#include "mmu/mmu.h"
#include "mmu/mmu_state.h"

static const uint64_t no_key = UINT64_MAX;

struct mmu_hot *mmu_hot(struct mmu *m)
{
    return &m->hot;
}

static void clear_slots(struct mmu *m)
{
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < MMU_SLOTS; i++)
            m->hot.slots[kind][i].key = no_key;
}

static bool power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

void mmu_slots_init(struct mmu *m)
{
    struct cache *l1[2] = {m->caches.l1d, m->caches.l1i};

    clear_slots(m);
    for (unsigned mode = ACCESS_WATCHED; mode < ACCESS_MODES; mode++)
        m->hot.mode_tag[mode] = (uint64_t)(CONTEXT_ID_MAX + 1)
                                << (2 + MMU_SLOT_TAG_SHIFT); /* no context's */
    m->hot.line_mask = m->config.line_bytes - 1;
    m->hot.line_shift = m->caches.line_shift;
    m->fast = m->config.fast_path && m->config.tlb_enabled;
    for (int side = 0; side < 2; side++) {
        m->hot.l1[side] = l1[side];
        m->hot.hit_cycles[side] =
            l1[side] ? cache_hit_cycles(l1[side]) : m->config.dram_cycles;
        if (!l1[side] || !power_of_two(cache_sets(l1[side]))) {
            m->fast = false;
            continue;
        }
        m->hot.recent_line[side ? ACCESS_FETCH : ACCESS_READ] =
            cache_recent_lines(l1[side]);
        m->hot.set_mask[side] = cache_sets(l1[side]) - 1;
    }
    m->hot.recent_line[ACCESS_WRITE] = m->hot.recent_line[ACCESS_READ];
    m->hot.caches = &m->caches;
}

void mmu_in_order(struct mmu *m)
{
    if (m->caches.l1d && !m->caches.two_threads)
        m->hot.recent_line[ACCESS_WRITE] = cache_touched_lines(m->caches.l1d);
}

static bool same_context(const struct regime *a, const struct regime *b)
{
    return a->guest == b->guest && a->stage2 == b->stage2 &&
           a->stage2_root.v == b->stage2_root.v && a->pcid == b->pcid &&
           a->vpid == b->vpid && a->wp == b->wp && a->nxe == b->nxe &&
           a->smep == b->smep && a->smap == b->smap && a->pge == b->pge &&
           a->pke == b->pke && a->pkru == b->pkru &&
           a->stage2_ad == b->stage2_ad;
}

/* A number that no slot has; when they run out, all slots go. */
static uint16_t new_context(struct mmu *m)
{
    struct mmu_context *c;

    if (m->context_last_id == CONTEXT_ID_MAX) {
        clear_slots(m);
        m->context_count = m->context_next = m->context_last_id = 0;
    }
    c = &m->contexts[m->context_next];
    m->context_next = (m->context_next + 1) % CONTEXTS_KEPT;
    if (m->context_count < CONTEXTS_KEPT)
        m->context_count++;
    c->regime = m->regime;
    c->id = ++m->context_last_id;
    return c->id;
}

static uint16_t find_context(const struct mmu *m)
{
    for (unsigned i = 0; i < m->context_count; i++)
        if (same_context(&m->contexts[i].regime, &m->regime))
            return m->contexts[i].id;
    return 0;
}

void mmu_slots_enter(struct mmu *m)
{
    m->context_id = 0;
    if (m->fast) {
        m->context_id = find_context(m);
        if (m->context_id == 0)
            m->context_id = new_context(m);
    }
    for (unsigned mode = 0; mode < ACCESS_WATCHED; mode++)
        m->hot.mode_tag[mode] = ((uint64_t)m->context_id << 2 | mode)
                                << MMU_SLOT_TAG_SHIFT;
}

/*
 * A global entry has come: in other contexts it may now be found before the
 * entry that a slot points at.
 */
void mmu_slots_forget_others(struct mmu *m)
{
    if (m->context_id == 0 || m->context_count <= 1)
        return;
    m->contexts[0].regime = m->regime;
    m->contexts[0].id = m->context_id;
    m->context_count = m->context_next = 1;
}

/* The slot that knows the access, which counts as a hit of the L1 TLB. */
static inline struct mmu_slot *slot_hit(struct mmu *m, const struct access *a)
{
    uint64_t page = a->va.v >> PAGE_SHIFT;
    struct mmu_slot *s = &m->hot.slots[a->kind][mmu_slot_index(page)];

    if (s->key != (page | m->hot.mode_tag[a->mode]) || s->id != *s->live)
        return NULL;
    mmu_slot_touch(s);
    counter_add(
        m->hot.counters,
        a->kind == ACCESS_FETCH ? COUNTER_ITLB_ACCESS : COUNTER_DTLB_ACCESS, 1);
    return s;
}

bool mmu_slots_translate(struct mmu *m, const struct access *a,
                         uint64_t start_cycle, struct xlate *x)
{
    const struct mmu_slot *s = slot_hit(m, a);
    const struct tlb_entry *entry;

    if (!s)
        return false;
    entry = (const struct tlb_entry *)(const void *)s->live;
    *x = (struct xlate){
        .status = XLATE_OK,
        .hpa = hpa(s->frame | page_offset(a->va.v)),
        .page_shift = (uint8_t)page_size_shift((enum page_size)entry->size),
        .ready_cycle = start_cycle,
    };
    return true;
}

/* How to touch the entry; the identity has nothing that could be touched. */
static bool quick_of(struct mmu *m, enum access_kind kind,
                     const struct tlb_entry *entry, struct repl_quick *quick)
{
    if (entry != &m->identity)
        return tlb_quick(m->l1[kind == ACCESS_FETCH], entry, quick);
    *quick = (struct repl_quick){.word = &m->identity_word};
    return true;
}

void mmu_slots_fill(struct mmu *m, const struct access *a,
                    const struct tlb_entry *entry)
{
    uint64_t page = a->va.v >> PAGE_SHIFT;
    struct mmu_slot *slot = &m->hot.slots[a->kind][mmu_slot_index(page)];
    uint64_t page_mask =
        ((uint64_t)1 << page_size_shift((enum page_size)entry->size)) - 1;
    uint64_t frame = entry->frame | (a->va.v & page_mask & ~(PAGE_BYTES - 1));
    struct repl_quick quick;

    if (slot->key == (page | m->hot.mode_tag[a->mode]) &&
        slot->id == *slot->live)
        return;
    if (m->context_id == 0 || !memory_has(m->memory, hpa(frame), PAGE_BYTES))
        return;
    if (a->kind == ACCESS_WRITE && memory_is_code(m->memory, hfn(frame >> 12)))
        return;
    if (!quick_of(m, a->kind, entry, &quick))
        return;
    *slot = (struct mmu_slot){
        .key = page | m->hot.mode_tag[a->mode],
        .id = entry->id,
        .live = &entry->id,
        .frame = frame,
        .clock = quick.clock,
        .word = quick.word,
        .keep = quick.keep,
        .set = quick.set,
    };
}

void mmu_code_marked(struct mmu *m, hfn_t frame)
{
    for (int i = 0; i < MMU_SLOTS; i++) {
        struct mmu_slot *slot = &m->hot.slots[ACCESS_WRITE][i];

        if (slot->frame >> PAGE_SHIFT == frame.v)
            slot->key = no_key;
    }
}

void mmu_code_marked_elsewhere(struct mmu *m)
{
    for (int i = 0; i < MMU_SLOTS; i++)
        m->hot.slots[ACCESS_WRITE][i].key = no_key;
}
