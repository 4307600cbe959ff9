/*
 * paging_matrix.h - what a permission matrix varies: paging modes, the bits
 * that decide, and how many of their combinations are asked for.
 */
#ifndef TESTS_PAGING_MATRIX_H
#define TESTS_PAGING_MATRIX_H
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmu/pt_geom.h"
#include "tests/paging_oracle.h"

enum { RIG_KEY = 5 }; /* the protection key of every page */

/* A mode, and the level of the entry that maps the page. */
struct rig_shape {
    enum paging paging;
    unsigned leaf;
};

static const struct rig_shape rig_shapes[] = {
    {PAGING_32, 1},  {PAGING_32_PSE, 1}, {PAGING_32_PSE, 2}, {PAGING_PAE, 1},
    {PAGING_PAE, 2}, {PAGING_4, 1},      {PAGING_4, 2},      {PAGING_4, 3},
    {PAGING_5, 1},   {PAGING_5, 2},      {PAGING_5, 3},
};

enum { RIG_SHAPES = sizeof(rig_shapes) / sizeof(rig_shapes[0]) };

static inline const struct pt_geom *rig_geom(enum paging p)
{
    static const struct pt_geom *const geom[PAGING_MODES] = {
        NULL,
        &pt_geom_x86_2level,
        &pt_geom_x86_2level_pse,
        &pt_geom_x86_pae,
        &pt_geom_x86_4level,
        &pt_geom_x86_5level,
    };

    return geom[p];
}

static inline const char *rig_name(enum paging p)
{
    return p == PAGING_OFF ? "no paging" : rig_geom(p)->name;
}

static inline uint64_t rig_take(uint64_t *bits, unsigned count)
{
    uint64_t taken = *bits & (((uint64_t)1 << count) - 1);

    *bits >>= count;
    return taken;
}

/* RINGSIDE_MATRIX=full asks for the whole product. */
static inline bool rig_full(void)
{
    const char *text = getenv("RINGSIDE_MATRIX");

    return text && strcmp(text, "full") == 0;
}

/* Says every tenth of a form that takes long. */
static inline void rig_progress(uint64_t done, uint64_t all)
{
    uint64_t tenth = all / 10;

    if (!rig_full() || tenth < 100000 || done == 0 || done % tenth != 0)
        return;
    printf("  %" PRIu64 " of %" PRIu64 "\n", done, all);
    fflush(stdout);
}

static inline bool rig_has_nx(const struct oracle *o)
{
    return !o_32(o);
}

/* Control registers and PKRU: 5 bits, and 2 with protection keys. */
static inline unsigned rig_set_controls(struct oracle *o, uint64_t *bits)
{
    uint64_t rights;

    o->wp = rig_take(bits, 1);
    o->nxe = rig_take(bits, 1);
    o->smep = rig_take(bits, 1);
    o->smap = rig_take(bits, 1);
    o->pke = rig_take(bits, 1);
    if (!o_64(o)) {
        o->pkru = UINT32_MAX;
        return 5;
    }
    rights = rig_take(bits, 2);
    o->pkru = (uint32_t)(rights << 2 * RIG_KEY | ~rights << 2 * (RIG_KEY + 1));
    return 7;
}

/* Essential bits of one level: P, R/W, U/S; and XD. */
static inline unsigned rig_level_bits(const struct oracle *o)
{
    return rig_has_nx(o) ? 4 : 3;
}

/* The bits of a case that decide; returns how many there are. */
static inline unsigned rig_set_essential(struct oracle *o, unsigned leaf,
                                         uint64_t bits)
{
    unsigned count = rig_set_controls(o, &bits);

    for (unsigned level = leaf; level <= o_top(o); level++) {
        o->entry[level] |= rig_take(&bits, 3); /* P, R/W, U/S */
        if (rig_has_nx(o))
            o->entry[level] |= rig_take(&bits, 1) << 63;
        count += rig_level_bits(o);
    }
    return count;
}

/*
 * Bits of `essential` that the walk cannot read, those of entries below an
 * absent one: a mask.
 */
static inline uint64_t rig_unread_bits(struct rig_shape s, uint64_t essential)
{
    struct oracle o = {.paging = s.paging};
    uint64_t controls = 0;
    unsigned width = rig_level_bits(&o),
             first = rig_set_controls(&o, &controls);

    for (unsigned level = o_top(&o); level > s.leaf; level--) {
        unsigned at = first + (level - s.leaf) * width;

        if (!o_bit(essential, at))
            return o_field(UINT64_MAX, at - 1, first);
    }
    return 0;
}

static inline uint64_t rig_spread(uint64_t index)
{
    return index * 0x9e3779b97f4a7c15u;
}

#endif
