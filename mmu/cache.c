/*
 * cache.c - one level: an array of line numbers and what goes with each
 * (cache_state.h).
 */
#include "mmu/cache.h"

#include <stdlib.h>

#include "mmu/cache_state.h"

enum { SMALL_LINES = 1 << 10 };

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
    c->touched = malloc(c->sets * sizeof(c->touched[0]));
    if (!repl_init(&c->repl, config->repl, c->sets, c->ways, seed) ||
        !c->tags || !c->arrival || !c->recent || !c->touched || !c->used ||
        !c->hint)
        return false;
    for (size_t set = 0; set < c->sets; set++)
        c->recent[set] = c->touched[set] = CACHE_NO_LINE;
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
    free(c->touched);
    free(c->used);
    free(c->hint);
    free(c);
}

void cache_log_fill(const struct cache *c, uint32_t slot, uint64_t line)
{
    uint64_t replaced = c->tags[slot] - 1;

    place_log_fill(c->log, slot, line, c->tags[slot] ? &replaced : NULL);
}

void cache_log_lookup(const struct cache *c, uint64_t line, uint32_t set,
                      uint32_t way)
{
    if (way < c->ways)
        place_log_hit(c->log, set * c->ways + way, line);
    else
        place_log_miss(c->log, line);
}

struct cache_hit cache_lookup(struct cache *c, uint64_t line,
                              uint64_t now_cycle)
{
    uint32_t set = cache_set_of(c, line);
    uint32_t way = cache_find_way(c, set, line);
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
    cache_note_touch(c, set, line, arrival == 0);
    repl_touch(&c->repl, set, way);
    return hit;
}

void cache_fill(struct cache *c, uint64_t line)
{
    uint32_t set = cache_set_of(c, line);

    c->arrival[cache_replace(c, set, line)] = 0;
    cache_note_touch(c, set, line, true);
}

void cache_fill_later(struct cache *c, uint64_t line, enum cache_level origin,
                      uint64_t arrival_cycle)
{
    uint32_t set = cache_set_of(c, line);

    c->arrival[cache_replace(c, set, line)] =
        arrival_cycle << 2 | (uint64_t)origin;
    cache_note_touch(c, set, line, false);
}

bool cache_touch_settled(struct cache *c, uint64_t line)
{
    uint32_t set = cache_set_of(c, line);
    uint32_t way = cache_find_way(c, set, line);

    if (way == c->ways || c->arrival[set * c->ways + way] != 0)
        return false;
    cache_note_touch(c, set, line, true);
    repl_touch(&c->repl, set, way);
    return true;
}

bool cache_peek(const struct cache *c, uint64_t line)
{
    return cache_find_way(c, cache_set_of(c, line), line) < c->ways;
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

const uint64_t *cache_touched_lines(const struct cache *c)
{
    return c->touched;
}

uint32_t cache_ways(const struct cache *c)
{
    return c->ways;
}

bool cache_line_at(const struct cache *c, uint32_t set, uint32_t way,
                   uint64_t *line)
{
    uint64_t tag = c->tags[(size_t)set * c->ways + way];

    *line = tag - 1;
    return tag != 0;
}

const struct repl *cache_repl(const struct cache *c)
{
    return &c->repl;
}

void cache_set_log(struct cache *c, struct place_log *log)
{
    c->log = log;
}

const struct place_log *cache_log(const struct cache *c)
{
    return c->log;
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
