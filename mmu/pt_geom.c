/*
 * pt_geom.c - the rows.
 *
 * Hardware  Intel SDM vol. 3, figures "Formats of CR3 and Paging-Structure
 *           Entries with 32-Bit Paging", "... with PAE Paging" and "... with
 *           4-Level Paging and 5-Level Paging", and the tables "Format of an
 *           EPT ... Entry".
 * Model     the CPU has PAT, so that bit 12 of a large page is not reserved,
 *           and PSE-36 with 40 address bits, so that of a 4M page only bit 21
 *           is.
 * NOT MODELLED  EPT without 1G pages (nobody makes such entries there).
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
#define BIT_4M    ((uint64_t)1 << 21)    /* x86 page of 4M */
/* PAE: nothing above the address is ignored, bit 63 aside. */
#define BEYOND_PAE (PTE_NX - ((uint64_t)1 << PT_MAXPHYADDR))
#define PDPTE_ZERO (PTE_NX | (uint64_t)0x1e6) /* 63, 8:5 and 2:1 */

const struct pt_geom pt_geom_x86_2level = {
    .name = "x86-2level, no 4M pages",
    .format = PT_FORMAT_X86,
    .levels = 2,
    .entry_bytes = 4,
    .index_bits = 10,
    .largest_leaf = 1,
    .root_mask = 0xfffff000,
};

const struct pt_geom pt_geom_x86_2level_pse = {
    .name = "x86-2level",
    .format = PT_FORMAT_X86,
    .levels = 2,
    .entry_bytes = 4,
    .index_bits = 10,
    .largest_leaf = 2,
    .root_mask = 0xfffff000,
    .reserved_leaf = {0, 0, BIT_4M, 0, 0, 0},
};

const struct pt_geom pt_geom_x86_pae = {
    .name = "x86-pae",
    .format = PT_FORMAT_X86,
    .levels = 3,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 2,
    .register_level = 3,
    .has_nx = true,
    .root_mask = 0xffffffe0,
    .reserved = {0, BEYOND_PAE, BEYOND_PAE, BEYOND_PAE | PDPTE_ZERO, 0, 0},
    .reserved_leaf = {0, BEYOND_PAE, BEYOND_PAE | BITS_2M, 0, 0, 0},
};

const struct pt_geom pt_geom_x86_4level = {
    .name = "x86-4level",
    .format = PT_FORMAT_X86,
    .levels = 4,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .has_nx = true,
    .has_keys = true,
    .root_mask = PTE_ADDRESS,
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
    .has_nx = true,
    .has_keys = true,
    .root_mask = PTE_ADDRESS,
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
    .has_nx = true,
    .has_keys = true,
    .root_mask = PTE_ADDRESS,
    .reserved = {0, BEYOND, BEYOND, BEYOND, BEYOND | PTE_PS, BEYOND | PTE_PS},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_2M, BEYOND | BITS_1G, 0, 0},
};

const struct pt_geom pt_geom_x86_5level_no_1g = {
    .name = "x86-5level, no 1G pages",
    .format = PT_FORMAT_X86,
    .levels = 5,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 2,
    .has_nx = true,
    .has_keys = true,
    .root_mask = PTE_ADDRESS,
    .reserved = {0, BEYOND, BEYOND, BEYOND | PTE_PS, BEYOND | PTE_PS,
                 BEYOND | PTE_PS},
    .reserved_leaf = {0, BEYOND, BEYOND | BITS_2M, 0, 0, 0},
};

const struct pt_geom pt_geom_ept_4level = {
    .name = "ept-4level",
    .format = PT_FORMAT_EPT,
    .levels = 4,
    .entry_bytes = 8,
    .index_bits = 9,
    .largest_leaf = 3,
    .root_mask = PTE_ADDRESS,
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
    .root_mask = PTE_ADDRESS,
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

    if (g->has_nx && !nxe)
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

bool pt_pdpte_legal(uint64_t pdpte)
{
    return !(pdpte & PTE_P) ||
           !pt_reserved_set(&pt_geom_x86_pae, 3, pdpte, true);
}
