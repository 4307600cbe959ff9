#include "visualizer/table_tree.h"

#include "mmu/pt_edit.h"

/* Rights and flags that make neighbours alike; what a walk sets does not. */
static uint64_t rights(const struct table_walk *w, uint64_t entry)
{
    const struct pt_geom *g = w->root->g;
    uint64_t set_by_walks =
        g->format == PT_FORMAT_EPT ? EPT_A | EPT_D : PTE_A | PTE_D;

    return entry & ~PTE_ADDRESS & ~(w->by_flags ? 0 : set_by_walks);
}

static unsigned entries(const struct pt_geom *g, unsigned level)
{
    return level == g->register_level ? PT_PDPTES : 1u << g->index_bits;
}

static uint64_t entry_at(const struct table_walk *w, unsigned level,
                         uint64_t index)
{
    const struct pt_geom *g = w->root->g;

    if (level == g->register_level)
        return w->root->pdpte[index];
    return pt_edit_load(&w->root->memory, g,
                        hpa(w->table[level] + index * g->entry_bytes));
}

void table_walk_begin(struct table_walk *w, const struct table_root *root)
{
    *w = (struct table_walk){.root = root};
    if (!root->g)
        return;
    w->level = root->g->levels;
    w->table[w->level] = root->table & PTE_ADDRESS;
}

/* Sign extension of addresses that have it. */
static uint64_t canonical(const struct pt_geom *g, uint64_t address)
{
    unsigned bits = pt_shift(g, g->levels) + g->index_bits;

    if (g->format == PT_FORMAT_EPT || g->levels < 4 ||
        !(address >> (bits - 1) & 1))
        return address;
    return address | ~(((uint64_t)1 << bits) - 1);
}

/* As far as neighbours continue the row. */
static void extend(const struct table_walk *w, struct table_row *row)
{
    const struct pt_geom *g = w->root->g;
    uint64_t span = pt_span_bytes(g, row->level);

    for (unsigned i = row->first + 1; i < entries(g, row->level); i++) {
        uint64_t entry = entry_at(w, row->level, i);

        if (!pt_present(g, entry) || !pt_is_leaf(g, row->level, entry) ||
            rights(w, entry) != rights(w, row->entry) ||
            pt_address(g, row->level, entry, true) !=
                row->target + (i - row->first) * span)
            return;
        row->last = i;
    }
}

bool table_walk_next(struct table_walk *w, struct table_row *row)
{
    const struct pt_geom *g = w->root->g;

    while (g && w->level <= g->levels && w->level > 0) {
        unsigned level = w->level;
        uint64_t index = w->index[level], entry;

        if (index == entries(g, level)) {
            w->level++;
            continue;
        }
        w->index[level]++;
        entry = entry_at(w, level, index);
        if (!pt_present(g, entry))
            continue;
        *row = (struct table_row){
            .level = level,
            .first = (unsigned)index,
            .last = (unsigned)index,
            .address =
                canonical(g, w->base[level] + index * pt_span_bytes(g, level)),
            .entry = entry,
            .leaf = pt_is_leaf(g, level, entry)};
        row->target = pt_address(g, level, entry, row->leaf);
        if (row->leaf) {
            extend(w, row);
            w->index[level] = row->last + 1;
            return true;
        }
        w->level = level - 1;
        w->table[level - 1] = row->target;
        w->index[level - 1] = 0;
        w->base[level - 1] = w->base[level] + index * pt_span_bytes(g, level);
        return true;
    }
    return false;
}
