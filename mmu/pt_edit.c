#include "mmu/pt_edit.h"

uint64_t pt_edit_load(const struct memory *m, const struct pt_geom *g,
                      hpa_t entry_at)
{
    return g->entry_bytes == 8 ? memory_read64(m, entry_at)
                               : memory_read32(m, entry_at);
}

static void store(struct memory *m, const struct pt_geom *g, hpa_t entry_at,
                  uint64_t entry)
{
    if (g->entry_bytes == 8)
        memory_write64(m, entry_at, entry);
    else
        memory_write32(m, entry_at, (uint32_t)entry);
}

uint64_t pt_edit_read(const struct memory *m, const struct pt_geom *g,
                      hpa_t table, uint64_t index)
{
    return pt_edit_load(m, g, pt_edit_at(g, table, index));
}

void pt_edit_write(struct memory *m, const struct pt_geom *g, hpa_t table,
                   uint64_t index, uint64_t entry)
{
    store(m, g, pt_edit_at(g, table, index), entry);
}

bool pt_edit_set_bits(struct memory *m, const struct pt_geom *g, hpa_t entry_at,
                      uint64_t bits)
{
    uint64_t entry = pt_edit_load(m, g, entry_at);

    if ((entry & bits) == bits)
        return false;
    store(m, g, entry_at, entry | bits);
    return true;
}

struct pt_place pt_edit_find(const struct memory *m, const struct pt_geom *g,
                             hpa_t root, uint64_t address)
{
    struct pt_place at = {.table = root, .level = g->levels};

    for (;;) {
        at.index = pt_index(g, at.level, address);
        at.entry = pt_edit_read(m, g, at.table, at.index);
        if (!pt_present(g, at.entry))
            return at;
        at.leaf = pt_is_leaf(g, at.level, at.entry);
        if (at.leaf)
            return at;
        at.table = hpa(pt_address(g, at.level, at.entry, false));
        at.level--;
    }
}
