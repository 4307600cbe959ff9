/*
 * paging_rig.h - puts the entries of an oracle into simulated memory, asks the
 * MMU, and compares answer and entries.
 *
 * Layout   Natively the tables lie above 2 GB and the page in the gigabyte at
 *          1 GB.  Under a second stage each table, and the page, has a
 *          guest-physical gigabyte of its own (number: its level; 0 the
 *          page), so that each has entries of its own in the second stage;
 *          the offset in the gigabyte is kept, and the host has them all in
 *          its gigabyte at 1 GB.
 */
#ifndef TESTS_PAGING_RIG_H
#define TESTS_PAGING_RIG_H
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/rng.h"
#include "tests/mmu_fixture.h"
#include "tests/paging_matrix.h"

#define RIG_GB ((uint64_t)1 << 30)

enum { RIG_EPT_ROOT = 0x1000, RIG_EPT_PDPT = 0x2000, RIG_EPT_TABLES = 0x10000 };

struct rig {
    struct fixture f;
    uint64_t cases, good, violations, misconfigs;
};

/* An oracle with tables and page in place; no flag is set but PS. */
static inline struct oracle rig_layout(struct rig_shape s, bool nested,
                                       uint64_t va)
{
    struct oracle o = {.paging = s.paging, .va = va, .nested = nested};
    uint64_t page = nested ? 0 : RIG_GB;

    for (unsigned level = 1; level <= 5; level++) {
        uint64_t offset = 0x345000 + level * (uint64_t)0x10000;

        o.page[level].gpa =
            nested ? level * RIG_GB + offset : 2 * RIG_GB + offset;
    }
    if (s.leaf == 1)
        page += 0x00c23000;
    else if (s.leaf == 2)
        page += 0x00c00000;
    o.page[0].gpa = page;
    if (s.paging == PAGING_OFF)
        return o;
    o.entry[s.leaf] = page | (s.leaf > 1 ? 1u << 7 : 0);
    for (unsigned level = s.leaf + 1; level <= o_levels(s.paging); level++)
        o.entry[level] = o.page[level - 1].gpa;
    return o;
}

/* Second-stage entries of page[i], mapped at level leaf, without rights. */
static inline void rig_layout_ept(struct oracle *o, unsigned i, uint64_t gpa,
                                  unsigned leaf)
{
    struct oracle_page *p = &o->page[i];
    uint64_t tables = RIG_EPT_TABLES + i * (uint64_t)0x2000;
    unsigned low = 12 + 9 * (leaf - 1);

    p->gpa = gpa & ~(uint64_t)0xfff;
    p->ept[3] = tables;
    p->ept[2] = tables + 0x1000;
    p->ept[leaf] = (RIG_GB + o_field(gpa, 29, low)) | 6u << 3;
    if (leaf > 1)
        p->ept[leaf] |= 1u << 7;
    o->ept_top = RIG_EPT_PDPT;
}

static inline hpa_t rig_entry_at(const struct oracle *o, unsigned level)
{
    uint64_t gpa = o->page[level].gpa + o_entry_offset(o, level);

    return hpa(o->nested ? RIG_GB + gpa % RIG_GB : gpa);
}

static inline hpa_t rig_ept_at(const struct oracle *o, unsigned i,
                               unsigned level)
{
    static const uint64_t base[5] = {0, 0x1000, 0, 0, 0};
    uint64_t gpa = o->page[i].gpa;
    uint64_t tables = RIG_EPT_TABLES + i * (uint64_t)0x2000 + base[level];
    uint64_t index = o_field(gpa >> (12 + 9 * (level - 1)), 8, 0);

    if (level == 3)
        tables = RIG_EPT_PDPT;
    return hpa(tables + 8 * index);
}

/* Level of the second stage's page for page[i]. */
static inline unsigned rig_ept_leaf(const struct oracle *o, unsigned i)
{
    for (unsigned level = 3; level > 1; level--)
        if (o_bit(o->page[i].ept[level], 7))
            return level;
    return 1;
}

/* Entries of guest and host, into memory or compared with it. */
static inline bool rig_entry(struct rig *r, const struct oracle *o,
                             unsigned level, bool compare)
{
    hpa_t at = rig_entry_at(o, level);
    uint32_t narrow = (uint32_t)o->entry[level];

    if (compare)
        return o_32(o) ? memory_read32(&r->f.dram, at) == narrow
                       : memory_read64(&r->f.dram, at) == o->entry[level];
    if (o_32(o))
        memory_write32(&r->f.dram, at, narrow);
    else
        memory_write64(&r->f.dram, at, o->entry[level]);
    return true;
}

static inline bool rig_ept_entry(struct rig *r, hpa_t at, uint64_t entry,
                                 bool compare)
{
    if (compare)
        return memory_read64(&r->f.dram, at) == entry;
    memory_write64(&r->f.dram, at, entry);
    return true;
}

static inline bool rig_entries(struct rig *r, const struct oracle *o,
                               bool compare)
{
    bool same = true;
    hpa_t top = hpa(RIG_EPT_ROOT);

    for (unsigned level = o_top(o); level >= 1; level--)
        if (o->entry[level] || !compare)
            same = rig_entry(r, o, level, compare) && same;
    if (!o->nested)
        return same;
    same = rig_ept_entry(r, top, o->ept_top, compare) && same;
    for (unsigned i = 0; i <= o_top(o); i++)
        for (unsigned level = 3; level >= rig_ept_leaf(o, i); level--)
            same = rig_ept_entry(r, rig_ept_at(o, i, level),
                                 o->page[i].ept[level], compare) &&
                   same;
    return same;
}

static inline void rig_put(struct rig *r, const struct oracle *o)
{
    rig_entries(r, o, false);
}

static inline void rig_set_regime(struct rig *r, const struct oracle *o,
                                  uint16_t pcid)
{
    struct regime *g = &r->f.regime;
    unsigned root = o_levels(o->paging);

    *g = (struct regime){
        .guest = rig_geom(o->paging),
        .guest_root = gpa(o->page[root].gpa),
        .pcid = pcid,
        .vpid = o->nested,
        .wp = o->wp,
        .nxe = o->nxe,
        .smep = o->smep,
        .smap = o->smap,
        .pge = o->pge,
        .pke = o->pke && o_64(o),
        .pkru = o->pke && o_64(o) ? o->pkru : 0,
        .stage2 = o->nested ? &pt_geom_ept_4level : NULL,
        .stage2_root = hpa(RIG_EPT_ROOT),
        .stage2_ad = o->ept_ad,
    };
    if (o->paging == PAGING_PAE)
        g->pdpte[o->va >> 30 & 3] = o->entry[3];
    mmu_set_regime(r->f.mmu, g);
}

static inline bool rig_agrees(const struct oracle_answer *a,
                              const struct xlate *x)
{
    switch (a->outcome) {
    case ORACLE_GOOD:
        if (x->hpa.v != a->hpa)
            return false;
        return x->status == (a->hpa >> 20 < RAM_MB ? XLATE_OK : XLATE_OUTSIDE);
    case ORACLE_PAGE_FAULT:
        return x->status == XLATE_GUEST_FAULT && x->error_code == a->code;
    case ORACLE_VIOLATION:
        return x->status == XLATE_STAGE2_VIOLATION &&
               x->error_code == a->code && x->fault_gpa.v == a->gpa;
    case ORACLE_MISCONFIG:
        return x->status == XLATE_STAGE2_MISCONFIG && x->fault_gpa.v == a->gpa;
    }
    return false;
}

static inline void rig_complain(const struct oracle *o,
                                const struct oracle_answer *a,
                                const struct xlate *x)
{
    char text[600] = "";
    int n = 0;

    for (unsigned level = o_levels(o->paging); level >= 1; level--)
        n += snprintf(text + n, sizeof(text) - (size_t)n, " %#" PRIx64,
                      o->entry[level]);
    for (unsigned i = 0; o->nested && i <= o_top(o); i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n,
                      "; [%u] %#" PRIx64 " %#" PRIx64 " %#" PRIx64, i,
                      o->page[i].ept[3], o->page[i].ept[2], o->page[i].ept[1]);
    ck_abort_msg("%s, kind %d by %d, wp %d nxe %d smep %d smap %d pge %d pke "
                 "%d pkru %#x ad %d top %#" PRIx64 ", entries%s: the oracle "
                 "says %d code %#x hpa %#" PRIx64 " gpa %#" PRIx64
                 ", the walk %d code %#x hpa %#" PRIx64 " gpa %#" PRIx64
                 ", or the flags in memory differ",
                 rig_name(o->paging), o->kind, o->who, o->wp, o->nxe, o->smep,
                 o->smap, o->pge, o->pke, o->pkru, o->ept_ad, o->ept_top, text,
                 a->outcome, a->code, a->hpa, a->gpa, x->status, x->error_code,
                 x->hpa.v, x->fault_gpa.v);
}

/* One case: *o has the entries before, and afterwards those after. */
static inline struct oracle_answer rig_ask(struct rig *r, struct oracle *o)
{
    const struct oracle before = *o;
    struct access access = {gva(o->va), 1, (enum access_kind)o->kind,
                            (enum access_mode)o->who};
    struct xlate x = mmu_access(r->f.mmu, &access, 0);
    struct oracle_answer a = oracle_ask(o);

    r->cases++;
    r->good += a.outcome == ORACLE_GOOD;
    r->violations += a.outcome == ORACLE_VIOLATION;
    r->misconfigs += a.outcome == ORACLE_MISCONFIG;
    if (!rig_agrees(&a, &x) || !rig_entries(r, o, true))
        rig_complain(&before, &a, &x);
    return a;
}

static inline void rig_make(struct rig *r, bool cached)
{
    struct mmu_config config = fixture_config();

    config.cache_enabled = false;
    config.tlb_enabled = config.psc_enabled = cached;
    *r = (struct rig){0};
    fixture_make(&r->f, &config);
}

#endif
