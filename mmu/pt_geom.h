/*
 * pt_geom.h - page-table formats as rows of facts.
 *
 * Hardware  Intel SDM vol. 3, "32-Bit Paging", "PAE Paging", "4-Level Paging
 *           and 5-Level Paging" and "EPT Translation Mechanism"; AMD APM
 *           vol. 2, "Page Translation and Protection".
 * Model     one row per paging mode.  The walker, the editors and the screens
 *           read rows; none of them knows a mode.
 * Levels count from the leaf: level 1 maps 4K, 2 maps 2M (4M with entries of
 * 4 bytes), 3 maps 1G, 4 is the root of 4-level paging.
 *
 * PAE paging has three levels, but its root level is four registers: MOV to
 * CR3 and its like read them from memory, and the walk starts below them.
 */
#ifndef MMU_PT_GEOM_H
#define MMU_PT_GEOM_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/addr.h"

enum { PT_MAX_LEVELS = 5 };

enum pt_format { PT_FORMAT_X86, PT_FORMAT_EPT };

struct pt_geom {
    const char *name;       /* "x86-4level" */
    enum pt_format format;  /* meaning of the permission bits */
    uint8_t levels;         /* root level */
    uint8_t entry_bytes;    /* 4 or 8 */
    uint8_t index_bits;     /* bits of index per level (9; 10 for 2-level) */
    uint8_t largest_leaf;   /* highest level whose entry may be a page */
    uint8_t register_level; /* its entries are registers (PAE: 3); 0: none */
    bool has_nx;            /* bit 63 is XD, or reserved without EFER.NXE */
    bool has_keys;          /* a page's entry names a protection key */
    uint64_t root_mask;     /* of CR3: where the root table is */
    uint64_t reserved[PT_MAX_LEVELS + 1];      /* must-be-zero, table entry */
    uint64_t reserved_leaf[PT_MAX_LEVELS + 1]; /* must-be-zero, page entry */
};

extern const struct pt_geom pt_geom_x86_2level; /* CR4.PSE clear */
extern const struct pt_geom pt_geom_x86_2level_pse;
extern const struct pt_geom pt_geom_x86_pae;
extern const struct pt_geom pt_geom_x86_4level;
extern const struct pt_geom pt_geom_x86_4level_no_1g; /* CPUID.Page1GB clear */
extern const struct pt_geom pt_geom_x86_5level;
extern const struct pt_geom pt_geom_x86_5level_no_1g;
extern const struct pt_geom pt_geom_ept_4level;
extern const struct pt_geom pt_geom_ept_5level;

/* Physical-address bits of every simulated CPU (CPUID 0x80000008). */
enum { PT_MAXPHYADDR = 46 };

enum { PTE_KEY_SHIFT = 59, PT_PDPTES = 4 };

/* Bits of an x86 entry (SDM vol. 3, "Paging-Structure Entries"). */
#define PTE_P       ((uint64_t)1 << 0)
#define PTE_W       ((uint64_t)1 << 1)
#define PTE_U       ((uint64_t)1 << 2)
#define PTE_PWT     ((uint64_t)1 << 3)
#define PTE_PCD     ((uint64_t)1 << 4)
#define PTE_A       ((uint64_t)1 << 5)
#define PTE_D       ((uint64_t)1 << 6)
#define PTE_PS      ((uint64_t)1 << 7)
#define PTE_G       ((uint64_t)1 << 8)
#define PTE_KEY     ((uint64_t)15 << PTE_KEY_SHIFT)
#define PTE_NX      ((uint64_t)1 << 63)
#define PTE_ADDRESS (((uint64_t)1 << 52) - PAGE_BYTES)

/* Bits of an EPT entry (SDM vol. 3, "Format of EPT Entries"). */
#define EPT_R              ((uint64_t)1 << 0)
#define EPT_W              ((uint64_t)1 << 1)
#define EPT_X              ((uint64_t)1 << 2)
#define EPT_MEMORY_TYPE_WB ((uint64_t)6 << 3)
#define EPT_PS             ((uint64_t)1 << 7)
#define EPT_A              ((uint64_t)1 << 8)
#define EPT_D              ((uint64_t)1 << 9)

/* Lowest address bit that indexes level (12 for level 1, 21 for level 2). */
static inline unsigned pt_shift(const struct pt_geom *g, unsigned level)
{
    return PAGE_SHIFT + (level - 1) * g->index_bits;
}

static inline uint64_t pt_index(const struct pt_geom *g, unsigned level,
                                uint64_t address)
{
    return (address >> pt_shift(g, level)) &
           (((uint64_t)1 << g->index_bits) - 1);
}

/* Byte offset of the entry for address within its table. */
static inline uint64_t pt_entry_offset(const struct pt_geom *g, unsigned level,
                                       uint64_t address)
{
    return pt_index(g, level, address) * g->entry_bytes;
}

/* Bytes that an entry of this level maps. */
static inline uint64_t pt_span_bytes(const struct pt_geom *g, unsigned level)
{
    return (uint64_t)1 << pt_shift(g, level);
}

bool pt_present(const struct pt_geom *g, uint64_t entry);

/* True if a present entry of this level maps a page. */
bool pt_is_leaf(const struct pt_geom *g, unsigned level, uint64_t entry);

/* True if a present entry has a must-be-zero bit set; nxe is EFER.NXE. */
bool pt_reserved_set(const struct pt_geom *g, unsigned level, uint64_t entry,
                     bool nxe);

/*
 * True if a present EPT entry is misconfigured (SDM vol. 3, "EPT
 * Misconfigurations"): reserved bits, writable but not readable, or a reserved
 * memory type in a page entry.  Execute-only entries are legal.
 */
bool pt_misconfigured(const struct pt_geom *g, unsigned level, uint64_t entry);

/* True if MOV to CR3 may load this PAE PDPTE; else it raises #GP. */
bool pt_pdpte_legal(uint64_t pdpte);

/* Protection key of a page's entry; 0 where there are none. */
static inline unsigned pt_key(const struct pt_geom *g, uint64_t entry)
{
    return g->has_keys ? (unsigned)(entry >> PTE_KEY_SHIFT) & 15 : 0;
}

/* PSE-36: bits 20:13 of a 4M page's entry are its address bits 39:32. */
static inline uint64_t pt_pse36_address(uint64_t entry)
{
    return (entry >> 13 & 0xff) << 32;
}

/* Physical address in an entry: of the next table, or of the mapped page. */
static inline uint64_t pt_address(const struct pt_geom *g, unsigned level,
                                  uint64_t entry, bool leaf)
{
    uint64_t offset_bits = leaf ? pt_span_bytes(g, level) - 1 : PAGE_BYTES - 1;
    uint64_t address = entry & PTE_ADDRESS & ~offset_bits;

    return leaf && level > 1 && g->entry_bytes == 4
               ? address | pt_pse36_address(entry)
               : address;
}

#endif
