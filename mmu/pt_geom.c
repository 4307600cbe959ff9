/*
 * pt_geom.c - the rows.
 *
 * Hardware  Intel SDM vol. 3, figure "Formats of CR3 and Paging-Structure
 *           Entries with 4-Level Paging and 5-Level Paging" and the tables
 *           "Format of an EPT ... Entry".
 * NOT MODELLED  protection keys (bits 62:59 are ignored), EPT without 1G
 *           pages (nobody makes such entries there).
 */
#include "mmu/pt_geom.h"

/* Must-be-zero bits that the rows share; 51:MAXPHYADDR is in every entry. */
#define BEYOND    (((uint64_t)1 << 52) - ((uint64_t)1 << PT_MAXPHYADDR))
#define BITS_3_6  ((uint64_t)0x78)
#define BITS_3_7  ((uint64_t)0xf8)
#define BITS_2M   ((uint64_t)0x1fe000)   /* 20:13, x86 page of 2M */
#define BITS_1G   ((uint64_t)0x3fffe000) /* 29:13, x86 page of 1G */
#define BITS_E_2M ((uint64_t)0x1ff000)   /* 20:12, EPT page of 2M */
#define BITS_E_1G ((uint64_t)0x3ffff000) /* 29:12, EPT page of 1G */

const struct pt_geom pt_geom_x86_4level = {
    .name = "x86-4level",
    .format = PT_FORMAT_X86,
    .levels = 4,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .reserved = {0, BEYOND, BEYOND, BEYOND, BEYOND | PTE_PS, 0},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_2M, BEYOND | BITS_1G, 0, 0},
};

const struct pt_geom pt_geom_x86_4level_no_1g = {
    .name = "x86-4level, no 1G pages",
    .format = PT_FORMAT_X86,
    .levels = 4,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 2,
    .reserved = {0, BEYOND, BEYOND, BEYOND | PTE_PS, BEYOND | PTE_PS, 0},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_2M, 0, 0, 0},
};

const struct pt_geom pt_geom_x86_5level = {
    .name = "x86-5level",
    .format = PT_FORMAT_X86,
    .levels = 5,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .reserved = {0, BEYOND, BEYOND, BEYOND, BEYOND | PTE_PS, BEYOND | PTE_PS},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_2M, BEYOND | BITS_1G, 0, 0},
};

const struct pt_geom pt_geom_ept_4level = {
    .name = "ept-4level",
    .format = PT_FORMAT_EPT,
    .levels = 4,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .reserved = {0, BEYOND, BEYOND | BITS_3_6, BEYOND | BITS_3_6,
                 BEYOND | BITS_3_7, 0},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_E_2M, BEYOND | BITS_E_1G, 0, 0},
};

const struct pt_geom pt_geom_ept_5level = {
    .name = "ept-5level",
    .format = PT_FORMAT_EPT,
    .levels = 5,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .reserved = {0, BEYOND, BEYOND | BITS_3_6, BEYOND | BITS_3_6,
                 BEYOND | BITS_3_7, BEYOND | BITS_3_7},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_E_2M, BEYOND | BITS_E_1G, 0, 0},
};

bool pt_present(const struct pt_geom *g, uint64_t entry)
{
    if (g->format == PT_FORMAT_EPT)
        return (entry & (EPT_R | EPT_W | EPT_X)) != 0;
    return (entry & PTE_P) != 0;
}

bool pt_is_leaf(const struct pt_geom *g, unsigned level, uint64_t entry)
{
    return level == 1 || (level <= g->largest_leaf && (entry & PTE_PS) != 0);
}

bool pt_reserved_set(const struct pt_geom *g, unsigned level, uint64_t entry,
                     bool nxe)
{
    uint64_t reserved = pt_is_leaf(g, level, entry) ? g->reserved_leaf[level]
                                                    : g->reserved[level];

    if (g->format == PT_FORMAT_X86 && !nxe)
        reserved |= PTE_NX;
    return (entry & reserved) != 0;
}

bool pt_misconfigured(const struct pt_geom *g, unsigned level, uint64_t entry)
{
    uint64_t type = (entry >> 3) & 7;

    if ((entry & (EPT_R | EPT_W)) == EPT_W)
        return true;
    if (pt_reserved_set(g, level, entry, true))
        return true;
    return pt_is_leaf(g, level, entry) && (type == 2 || type == 3 || type == 7);
}
