/*
 * cache.h - data caches: tags only; the data is in simulated memory.
 *
 * Hardware  Intel SDM vol. 3, "Memory Cache Control"; set-associative,
 *           write-back, write-allocate, physically tagged.
 * Model     L1I, L1D and L2 per pCPU; L3 may be shared between pCPUs.
 *           Non-inclusive: each level keeps what passed through it.
 * NOT MODELLED  write-back traffic, coherence, prefetchers.
 * INVARIANTS
 *   1. A line is in at most one way of its set.
 *   2. recent_line of a set is UINT64_MAX, or a line that the set holds, that
 *      has arrived, and that was touched last in this set.
 */
#ifndef MMU_CACHE_H
#define MMU_CACHE_H
#include <stdbool.h>
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

/* What a lookup found.  fill tells of a line that is still on its way. */
struct cache_hit {
    bool hit;
    uint32_t slot;           /* of the line */
    enum cache_level origin; /* of a line on its way */
    uint64_t arrival_cycle;  /* 0: it is there */
};

/*
 * Looks line (address / line_bytes) up and touches it.  A line whose arrival
 * is not after now_cycle counts as arrived from then on.
 */
struct cache_hit cache_lookup(struct cache *c, uint64_t line,
                              uint64_t now_cycle);

/* Puts a line that is not there into the place of the victim. */
void cache_fill(struct cache *c, uint64_t line);

/* The same; the line is on its way from origin until arrival_cycle. */
void cache_fill_later(struct cache *c, uint64_t line, enum cache_level origin,
                      uint64_t arrival_cycle);

/*
 * Touches a line that is there and has arrived; else changes nothing and
 * returns false.
 */
bool cache_touch_settled(struct cache *c, uint64_t line);

/* True if the line is there; no effect. */
bool cache_peek(const struct cache *c, uint64_t line);

uint32_t cache_hit_cycles(const struct cache *c);

/* Sets are indexed by line % sets; recent line of each, see INVARIANTS. */
uint32_t cache_sets(const struct cache *c);
const uint64_t *cache_recent_lines(const struct cache *c);
/* The line of each set that was touched last, whether it has arrived or not. */
const uint64_t *cache_touched_lines(const struct cache *c);

uint32_t cache_ways(const struct cache *c);

/* False: no line is there. */
bool cache_line_at(const struct cache *c, uint32_t set, uint32_t way,
                   uint64_t *line);
struct repl;
const struct repl *cache_repl(const struct cache *c);

/* Its events are kept there from now on (place_log.h); not owned; NULL: no
 * more. */
struct place_log;
void cache_set_log(struct cache *c, struct place_log *log);
const struct place_log *cache_log(const struct cache *c);

/* Hash of all tags and replacement state: for differential tests. */
uint64_t cache_digest(const struct cache *c);

#endif
