/*
 * cache.h - data caches: tags only; the data is in simulated memory.
 *
 * Hardware  Intel SDM vol. 3, "Memory Cache Control"; set-associative,
 *           write-back, write-allocate, physically tagged.
 * Model     L1I, L1D and L2 per pCPU; L3 may be shared between pCPUs.
 *           Non-inclusive: each level keeps what passed through it.
 * NOT MODELLED  write-back traffic, coherence, prefetchers.
 */
#ifndef MMU_CACHE_H
#define MMU_CACHE_H
#include <stdint.h>

#include "mmu/mmu_config.h"
#include "sim/core/addr.h"
#include "sim/core/status.h"

enum cache_level {
    CACHE_L1,
    CACHE_L2,
    CACHE_L3,
    CACHE_DRAM,
    CACHE_NONE, /* caches are off: memory, at dram_cycles */
};

struct cache; /* one level: tags and replacement state */

/* NULL and e set if the geometry is illegal or the host has no memory. */
struct cache *cache_new(const struct cache_config *config, uint32_t line_bytes,
                        uint64_t seed, const char *name, struct error *e);
void cache_free(struct cache *c);

#endif
