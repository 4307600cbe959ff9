/*
 * hierarchy.h - the data caches that one pCPU sees as one thing that answers
 * when a line is there.
 *
 * Hardware  Intel Optimization Reference Manual, "Cache and Memory
 *           Subsystem": L1 misses wait in a line fill buffer each.
 * Model     a miss asks L2, then L3, then memory, and fills every level on
 *           the way back.  Latencies are load-to-use totals of the level that
 *           served.  An L1D miss holds one of the miss buffers until its line
 *           arrives; a further access to a line on its way waits for it.
 *           Two threads of a core have L1 and L2 together, and miss buffers
 *           each.  Their clocks are not quite the same: a line that the one
 * that is ahead waits for is there for the other no later than if it had missed
 * itself. NOT MODELLED  bandwidth of L2, L3 and memory; buffers for fetches;
 * threads of a core that compete for miss buffers; more than two distances
 *           between NUMA nodes.
 */
#ifndef MMU_HIERARCHY_H
#define MMU_HIERARCHY_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/cache.h"
#include "mmu/memory.h"
#include "mmu/mmu_config.h"
#include "sim/core/addr.h"
#include "sim/core/status.h"
#include "sim/record/counters.h"

enum { MISS_BUFFERS_MAX = 64 };

struct hierarchy {
    bool enabled;
    bool two_threads;             /* of the core */
    bool second;                  /* ... of which this is the second */
    struct cache *l1d, *l1i, *l2; /* NULL: not there; the first one's */
    struct cache *l3;             /* may be shared; not owned */
    const struct memory *memory;  /* NULL: it has one node */
    unsigned node;
    uint32_t line_shift;
    uint32_t dram_cycles, dram_remote_cycles;
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

/* For the second thread of the core of first, which must live as long. */
void hierarchy_init_beside(struct hierarchy *h, const struct hierarchy *first,
                           struct counters *counters);

/* Which memory is near, if it has nodes. */
void hierarchy_set_node(struct hierarchy *h, const struct memory *memory,
                        unsigned node);
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
