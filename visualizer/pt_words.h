/*
 * pt_words.h - page-table entries in words.
 *
 * Source    Intel SDM vol. 3, "Paging-Structure Entries" and "Format of EPT
 *           Entries": names of tables and bits.
 */
#ifndef VISUALIZER_PT_WORDS_H
#define VISUALIZER_PT_WORDS_H
#include "mmu/pt_geom.h"

/* "PML4", "PDPT", "PD", "PT"; of second-stage tables "EPT4" ... "EPT1". */
const char *pt_level_name(const struct pt_geom *g, unsigned level);

enum { PT_BITS_BYTES = 40 };

/* "P W U A D PS G NX", a dot for each that is clear; returns text. */
char *pt_bits_text(const struct pt_geom *g, unsigned level, uint64_t entry,
                   char text[static PT_BITS_BYTES]);

/* What an access is called: "read", "write", "fetch". */
const char *pt_access_name(unsigned kind);

#endif
