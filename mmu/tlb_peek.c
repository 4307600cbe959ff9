/*
 * tlb_peek.c - the places of a TLB, one array behind the other.
 */
#include <stddef.h>

#include "mmu/tlb.h"

uint32_t tlb_place(const struct tlb *t, const struct tlb_entry *entry)
{
    const struct tlb_array *own = t->of_size[entry->size];
    uint32_t before = 0;

    for (const struct tlb_array *a = t->arrays; a != own; a++)
        before += a->sets * a->ways;
    return before + (uint32_t)(entry - own->entries);
}

uint32_t tlb_places(const struct tlb *t)
{
    uint32_t places = 0;

    for (int size = 0; size < PAGE_SIZES; size++)
        places += t->arrays[size].sets * t->arrays[size].ways;
    return places;
}

const struct tlb_entry *tlb_at(const struct tlb *t, uint32_t place)
{
    for (int size = 0; size < PAGE_SIZES; size++) {
        const struct tlb_array *a = &t->arrays[size];
        uint32_t count = a->sets * a->ways;

        if (place < count)
            return a->entries[place].id ? &a->entries[place] : NULL;
        place -= count;
    }
    return NULL;
}
