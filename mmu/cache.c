/*
 * cache.c - one level: an array of line numbers and what goes with each.
 *
 * The state of line i of the array is in tags[i] (the line number plus one;
 * 0: none, so that fresh memory needs no writing) and arrival[i]: 0, or for a
 * line on its way the cycle and the level it comes from.  Without that, a
 * second load from a missing line would be served before the first.
 */
#include "mmu/cache.h"

#include <stdlib.h>

#include "mmu/repl/repl.h"

static const uint64_t no_line = UINT64_MAX; /* in recent */

enum { HELD_MANY = UINT8_MAX, SMALL_LINES = 1 << 10 };

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
    uint8_t *used;     /* by set: ways filled so far; lines never leave */
    struct hint *hint; /* by line & hint_mask */
    uint64_t hint_mask;
    struct repl repl;
};

static enum status check_geometry(const struct cache_config *config,
                                  uint32_t line_bytes, const char *name,
                                  struct error *e)
{
    uint64_t way_bytes = (uint64_t)line_bytes * config->ways;

    if (line_bytes < 16 || line_bytes > PAGE_BYTES ||
        (line_bytes & (line_bytes - 1)) != 0)
        return error_set(e, STATUS_USAGE,
                         "%s: line of %u bytes is not a power of two in "
                         "16 ... 4096",
                         name, line_bytes);
    if (config->ways < 1 || config->ways > 64)
        return error_set(e, STATUS_USAGE, "%s: %u ways is not in 1 ... 64",
                         name, config->ways);
    if (config->bytes == 0 || config->bytes % way_bytes != 0 ||
        config->bytes > (uint64_t)4 << 30)
        return error_set(e, STATUS_USAGE,
                         "%s: %llu bytes is not a multiple of %u ways of "
                         "%u-byte lines, at most 4G",
                         name, (unsigned long long)config->bytes, config->ways,
                         line_bytes);
    return STATUS_OK;
}

static bool allocate(struct cache *c, const struct cache_config *config,
                     uint64_t seed)
{
    size_t lines = (size_t)c->sets * c->ways;

    c->hint_mask = 1;
    while (c->hint_mask < (lines <= SMALL_LINES ? 8 : 2) * lines)
        c->hint_mask *= 2;
    c->hint_mask--;
    c->used = calloc(c->sets, sizeof(c->used[0]));
    c->hint = calloc(c->hint_mask + 1, sizeof(c->hint[0]));
    c->tags = calloc(lines, sizeof(c->tags[0]));
    c->arrival = calloc(lines, sizeof(c->arrival[0]));
    c->recent = malloc(c->sets * sizeof(c->recent[0]));
    if (!repl_init(&c->repl, config->repl, c->sets, c->ways, seed) ||
        !c->tags || !c->arrival || !c->recent || !c->used || !c->hint)
        return false;
    for (size_t set = 0; set < c->sets; set++)
        c->recent[set] = no_line;
    return true;
}

struct cache *cache_new(const struct cache_config *config, uint32_t line_bytes,
                        uint64_t seed, const char *name, struct error *e)
{
    struct cache *c;

    if (check_geometry(config, line_bytes, name, e) != STATUS_OK)
        return NULL;
    c = calloc(1, sizeof(*c));
    if (c) {
        c->ways = config->ways;
        c->sets = (uint32_t)(config->bytes / line_bytes / config->ways);
        c->set_mask = (c->sets & (c->sets - 1)) == 0 ? c->sets - 1 : 0;
        c->hit_cycles = config->hit_cycles;
    }
    if (!c || !allocate(c, config, seed)) {
        cache_free(c);
        error_set(e, STATUS_MEMORY, "%s: the host has no memory for it", name);
        return NULL;
    }
    return c;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    repl_free(&c->repl);
    free(c->tags);
    free(c->arrival);
    free(c->recent);
    free(c->used);
    free(c->hint);
    free(c);
}

static uint32_t set_of(const struct cache *c, uint64_t line)
{
    if (c->set_mask || c->sets == 1)
        return (uint32_t)(line & c->set_mask);
    return (uint32_t)(line % c->sets);
}

/*
 * Way of the line in its set, or ways if it is not there.  The hint only saves
 * the host time: most lines that are not there have no other like them.
 */
static inline uint32_t find_way(const struct cache *c, uint32_t set,
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

struct cache_hit cache_lookup(struct cache *c, uint64_t line,
                              uint64_t now_cycle)
{
    uint32_t set = set_of(c, line);
    uint32_t way = find_way(c, set, line);
    struct cache_hit hit = {.hit = way < c->ways};
    uint64_t arrival;

    if (!hit.hit)
        return hit;
    hit.slot = set * c->ways + way;
    arrival = c->arrival[hit.slot];
    if (arrival >> 2 <= now_cycle)
        arrival = c->arrival[hit.slot] = 0;
    hit.arrival_cycle = arrival >> 2;
    hit.origin = (enum cache_level)(arrival & 3);
    c->recent[set] = arrival == 0 ? line : no_line;
    repl_touch(&c->repl, set, way);
    return hit;
}

static void note_leaves(struct cache *c, uint64_t tag)
{
    uint8_t *held = &c->hint[(tag - 1) & c->hint_mask].held;

    if (tag != 0 && *held < HELD_MANY)
        --*held;
}

/* The line takes the victim's place; arrival and recent are the caller's. */
static inline uint32_t replace(struct cache *c, uint32_t set, uint64_t line)
{
    uint32_t way =
        c->used[set] < c->ways ? c->used[set]++ : repl_victim(&c->repl, set);
    uint32_t slot = set * c->ways + way;
    struct hint *hint = &c->hint[line & c->hint_mask];

    note_leaves(c, c->tags[slot]);
    if (hint->held < HELD_MANY)
        hint->held++;
    hint->way = (uint8_t)way;
    c->tags[slot] = line + 1;
    repl_touch(&c->repl, set, way);
    return slot;
}

void cache_fill(struct cache *c, uint64_t line)
{
    uint32_t set = set_of(c, line);

    c->arrival[replace(c, set, line)] = 0;
    c->recent[set] = line;
}

void cache_fill_later(struct cache *c, uint64_t line, enum cache_level origin,
                      uint64_t arrival_cycle)
{
    uint32_t set = set_of(c, line);

    c->arrival[replace(c, set, line)] = arrival_cycle << 2 | (uint64_t)origin;
    c->recent[set] = no_line;
}

bool cache_hold(struct cache *c, uint64_t line)
{
    uint32_t set = set_of(c, line);
    uint32_t way = find_way(c, set, line);

    if (way == c->ways) {
        replace(c, set, line);
        return false;
    }
    repl_touch(&c->repl, set, way);
    return true;
}

bool cache_touch_settled(struct cache *c, uint64_t line)
{
    uint32_t set = set_of(c, line);
    uint32_t way = find_way(c, set, line);

    if (way == c->ways || c->arrival[set * c->ways + way] != 0)
        return false;
    c->recent[set] = line;
    repl_touch(&c->repl, set, way);
    return true;
}

bool cache_peek(const struct cache *c, uint64_t line)
{
    return find_way(c, set_of(c, line), line) < c->ways;
}

uint32_t cache_hit_cycles(const struct cache *c)
{
    return c->hit_cycles;
}

uint32_t cache_sets(const struct cache *c)
{
    return c->sets;
}

const uint64_t *cache_recent_lines(const struct cache *c)
{
    return c->recent;
}

uint64_t cache_digest(const struct cache *c)
{
    uint64_t digest = 0;
    size_t lines = (size_t)c->sets * c->ways;

    /* The order of touches within a set, not the clock, is the state. */
    for (size_t i = 0; i < lines; i++)
        digest = (digest ^ c->tags[i] ^ c->arrival[i] << 1) * 0x100000001b3u +
                 (digest >> 31);
    return digest;
}
