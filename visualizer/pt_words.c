#include "visualizer/pt_words.h"

#include <stdio.h>

#include "mmu/xlate.h"

const char *pt_level_name(const struct pt_geom *g, unsigned level)
{
    static const char *const x86[] = {"page", "PT",   "PD",
                                      "PDPT", "PML4", "PML5"};
    static const char *const ept[] = {"page", "EPT1", "EPT2",
                                      "EPT3", "EPT4", "EPT5"};

    return g->format == PT_FORMAT_EPT ? ept[level] : x86[level];
}

/* A bit, its letter, and whether only an entry of a page has it. */
struct bit_word {
    uint64_t bit;
    const char *word;
    bool leaf;
};

static const struct bit_word x86_bits[] = {
    {PTE_P, "P", false}, {PTE_W, "W", false},   {PTE_U, "U", false},
    {PTE_A, "A", false}, {PTE_D, "D", true},    {PTE_PS, "PS", true},
    {PTE_G, "G", true},  {PTE_NX, "NX", false}, {0, NULL, false},
};

static const struct bit_word ept_bits[] = {
    {EPT_R, "R", false}, {EPT_W, "W", false}, {EPT_X, "X", false},
    {EPT_A, "A", false}, {EPT_D, "D", true},  {EPT_PS, "PS", true},
    {0, NULL, false},
};

char *pt_bits_text(const struct pt_geom *g, unsigned level, uint64_t entry,
                   char text[static PT_BITS_BYTES])
{
    const struct bit_word *b = g->format == PT_FORMAT_EPT ? ept_bits : x86_bits;
    bool leaf = pt_is_leaf(g, level, entry);
    size_t used = 0;

    for (; b->bit; b++) {
        bool applies = leaf || !b->leaf;

        /* Bit 7 of a 4K page's entry is PAT. */
        if (b->bit == PTE_PS && level == 1)
            applies = false;
        used += (size_t)snprintf(text + used, PT_BITS_BYTES - used, "%s%s",
                                 used ? " " : "",
                                 applies && (entry & b->bit) ? b->word : ".");
    }
    return text;
}

const char *pt_access_name(unsigned kind)
{
    static const char *const names[] = {[ACCESS_READ] = "read",
                                        [ACCESS_WRITE] = "write",
                                        [ACCESS_FETCH] = "fetch"};

    return names[kind];
}
