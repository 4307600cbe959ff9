/*
 * cache_state.h - what a struct cache is made of, and what hierarchy.c inlines
 * of it; for mmu/ only.
 *
 * The state of line i of the array is in tags[i] (the line number plus one;
 * 0: none, so that fresh memory needs no writing) and arrival[i]: 0, or for a
 * line on its way the cycle and the level it comes from.  Without that, a
 * second load from a missing line would be served before the first.
 */
#ifndef MMU_CACHE_STATE_H
#define MMU_CACHE_STATE_H
#include <stddef.h>

#include "mmu/cache.h"
#include "mmu/place_log.h"
#include "mmu/repl/repl.h"

#define CACHE_NO_LINE UINT64_MAX /* in recent */

enum { HELD_MANY = UINT8_MAX };

/* Of the lines that share an index: */
struct hint {
    uint8_t way;  /* where the last one found may be */
    uint8_t held; /* how many there are; at HELD_MANY not known any more */
};

struct cache {
    uint32_t sets, ways;
    uint64_t set_mask; /* sets - 1; 0 if sets is not a power of two */
    uint32_t hit_cycles;
    uint64_t *tags;
    uint64_t *arrival; /* (cycle << 2 | origin), 0: arrived */
    uint64_t *recent;  /* by set, see INVARIANTS */
    uint64_t *touched; /* by set: the line touched last, arrived or not */
    uint8_t *used;     /* by set: ways filled so far; lines never leave */
    struct hint *hint; /* by line & hint_mask */
    uint64_t hint_mask;
    struct repl repl;
    struct place_log *log; /* NULL: nobody asked; its addresses are lines */
};

/* The line of the set was touched; it has arrived, or it is on its way. */
static inline void cache_note_touch(struct cache *c, uint32_t set,
                                    uint64_t line, bool arrived)
{
    c->touched[set] = line;
    c->recent[set] = arrived ? line : CACHE_NO_LINE;
}

static inline uint32_t cache_set_of(const struct cache *c, uint64_t line)
{
    if (c->set_mask || c->sets == 1)
        return (uint32_t)(line & c->set_mask);
    return (uint32_t)(line % c->sets);
}

/*
 * Way of the line in its set, or ways if it is not there.  The hint only saves
 * the host time: most lines that are not there have no other like them.
 */
static inline uint32_t cache_find_way(const struct cache *c, uint32_t set,
                                      uint64_t line)
{
    const uint64_t *tags = &c->tags[(size_t)set * c->ways];
    struct hint *hint = &c->hint[line & c->hint_mask];

    if (hint->held == 0)
        return c->ways;
    if (tags[hint->way] == line + 1)
        return hint->way;
    for (uint32_t way = 0; way < c->used[set]; way++)
        if (tags[way] == line + 1) {
            hint->way = (uint8_t)way;
            return way;
        }
    return c->ways;
}

static inline void cache_note_leaves(struct cache *c, uint64_t tag)
{
    uint8_t *held = &c->hint[(tag - 1) & c->hint_mask].held;

    if (tag != 0 && *held < HELD_MANY)
        --*held;
}

/* cache.c: for the log. */
void cache_log_fill(const struct cache *c, uint32_t slot, uint64_t line);
void cache_log_lookup(const struct cache *c, uint64_t line, uint32_t set,
                      uint32_t way);

/* The line takes the victim's place; arrival and recent are the caller's. */
static inline uint32_t cache_replace(struct cache *c, uint32_t set,
                                     uint64_t line)
{
    uint32_t way =
        c->used[set] < c->ways ? c->used[set]++ : repl_victim(&c->repl, set);
    uint32_t slot = set * c->ways + way;
    struct hint *hint = &c->hint[line & c->hint_mask];

    if (__builtin_expect(c->log != NULL, 0))
        cache_log_fill(c, slot, line);
    cache_note_leaves(c, c->tags[slot]);
    if (hint->held < HELD_MANY)
        hint->held++;
    hint->way = (uint8_t)way;
    c->tags[slot] = line + 1;
    repl_touch(&c->repl, set, way);
    return slot;
}

/*
 * Looks a line up that has arrived if it is there, and fills it if it is not;
 * true: it was there.  For levels beyond the first: their recent lines are not
 * kept.
 */
static inline bool cache_hold(struct cache *c, uint64_t line)
{
    uint32_t set = cache_set_of(c, line);
    uint32_t way = cache_find_way(c, set, line);

    if (__builtin_expect(c->log != NULL, 0))
        cache_log_lookup(c, line, set, way);
    if (way == c->ways) {
        cache_replace(c, set, line);
        return false;
    }
    repl_touch(&c->repl, set, way);
    return true;
}

#endif
