/*
 * hierarchy.h - the data caches of one pCPU as one thing that answers when a
 * line is there.
 *
 * Hardware  Intel Optimization Reference Manual, "Cache and Memory
 *           Subsystem": L1 misses wait in a line fill buffer each.
 * Model     a miss asks L2, then L3, then memory, and fills every level on
 *           the way back.  Latencies are load-to-use totals of the level that
 *           served.  An L1D miss holds one of the miss buffers until its line
 *           arrives; a further access to a line on its way waits for it.
 * NOT MODELLED  bandwidth of L2, L3 and memory; buffers for fetches.
 */
#ifndef MMU_HIERARCHY_H
#define MMU_HIERARCHY_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/cache.h"
#include "mmu/mmu_config.h"
#include "sim/core/addr.h"
#include "sim/core/status.h"
#include "sim/record/counters.h"

enum { MISS_BUFFERS_MAX = 64 };

struct hierarchy {
    bool enabled;
    struct cache *l1d, *l1i, *l2; /* NULL: not there; owned */
    struct cache *l3;             /* may be shared; not owned */
    uint32_t line_shift;
    uint32_t dram_cycles;
    uint32_t miss_buffers;
    uint64_t buffer_free_cycle[MISS_BUFFERS_MAX];
    uint32_t buffer_first; /* free first; the others follow in order */
    struct counters *counters;
};

struct line_access {
    uint64_t ready_cycle;
    enum cache_level level; /* that the time is owed to */
};

enum status hierarchy_init(struct hierarchy *h, const struct mmu_config *config,
                           struct cache *l3, struct counters *counters,
                           struct error *e);
void hierarchy_free(struct hierarchy *h);

/* One access to the line of a, by L1I if fetch, starting at start_cycle. */
struct line_access hierarchy_access(struct hierarchy *h, hpa_t a, bool fetch,
                                    uint64_t start_cycle);

/* The same for data. */
struct line_access hierarchy_data(struct hierarchy *h, hpa_t a,
                                  uint64_t start_cycle);

/* The same outside of time: nothing is in flight, no buffer is held. */
uint32_t hierarchy_touch(struct hierarchy *h, hpa_t a);

#endif
