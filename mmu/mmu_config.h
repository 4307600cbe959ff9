/*
 * mmu_config.h - geometry and latencies of the memory system.
 *
 * Filled from a profile and --set; every field is a row of params.def.
 */
#ifndef MMU_MMU_CONFIG_H
#define MMU_MMU_CONFIG_H
#include <stdbool.h>
#include <stdint.h>

enum repl_kind { REPL_LRU, REPL_PLRU, REPL_RANDOM };

/* entries 0: the structure is not there.  ways = entries: fully assoc. */
struct tlb_geometry {
    uint32_t entries; /* 0 .. 65536, multiple of ways; sets a power of two */
    uint32_t ways;    /* 1 .. 4096 */
};

/* One TLB: arrays per page size; shared: one array serves 4K and 2M. */
struct tlb_config {
    struct tlb_geometry page_4k;
    struct tlb_geometry page_2m; /* unused if shared */
    struct tlb_geometry page_1g;
    bool shared_4k_2m; /* 2M entries live in the 4K array */
    enum repl_kind repl;
    uint32_t hit_cycles; /* added to the access; 0 for an L1 TLB */
};

/* How the threads of a core have its first-level instruction TLB. */
enum itlb_sharing {
    ITLB_SHARED, /* whoever needs an entry takes it */
    ITLB_SPLIT,  /* half of the 4K array each, and arrays of large pages */
    ITLB_OWN     /* one each */
};

struct psc_config {
    uint32_t entries[6]; /* by level of the cached entry: [2] PDE ... [5] */
    enum repl_kind repl; /* fully associative */
};

struct cache_config {
    uint64_t bytes;      /* 0: not there */
    uint32_t ways;       /* 1 .. 64 */
    uint32_t hit_cycles; /* load-to-use */
    enum repl_kind repl;
};

struct mmu_config {
    bool tlb_enabled;
    bool psc_enabled;
    bool cache_enabled;
    bool fast_path; /* off: same results, slower; for the differential test */
    struct tlb_config l1d_tlb, l1i_tlb, l2_tlb;
    enum itlb_sharing itlb_sharing; /* if a core has two threads */
    struct tlb_geometry ntlb;       /* guest-physical (gpa to hpa) entries */
    struct psc_config psc_guest, psc_host;
    struct cache_config l1d, l1i, l2, l3;
    uint32_t line_bytes;         /* 64 */
    uint32_t dram_cycles;        /* load-to-use of a line from memory */
    uint32_t dram_remote_cycles; /* ... of another NUMA node */
    uint32_t walkers;            /* 1 .. 8 walks at a time */
    uint32_t miss_buffers;       /* L1D misses in flight: 1 .. 64 */
    uint64_t seed;               /* for random replacement */
};

#endif
