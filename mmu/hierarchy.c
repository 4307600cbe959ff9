#include "mmu/hierarchy.h"

#include <stddef.h>
#include <string.h>

#include "mmu/cache_state.h"

static enum status make_level(struct cache **out,
                              const struct cache_config *config,
                              const struct mmu_config *mmu, const char *name,
                              struct error *e)
{
    if (config->bytes == 0)
        return STATUS_OK;
    *out = cache_new(config, mmu->line_bytes, mmu->seed, name, e);
    return *out ? STATUS_OK : STATUS_USAGE;
}

static enum status check_config(const struct mmu_config *config,
                                struct error *e)
{
    uint32_t line = config->line_bytes;

    if (line < 16 || line > PAGE_BYTES || (line & (line - 1)) != 0)
        return error_set(e, STATUS_USAGE,
                         "line_bytes: %u is not a power of two in 16 ... 4096",
                         line);
    if (config->miss_buffers < 1 || config->miss_buffers > MISS_BUFFERS_MAX)
        return error_set(e, STATUS_USAGE, "miss_buffers: %u is not in 1 ... %d",
                         config->miss_buffers, MISS_BUFFERS_MAX);
    return STATUS_OK;
}

enum status hierarchy_init(struct hierarchy *h, const struct mmu_config *config,
                           struct cache *l3, struct counters *counters,
                           struct error *e)
{
    enum status s = check_config(config, e);

    *h = (struct hierarchy){
        .enabled = config->cache_enabled,
        .l3 = l3,
        .dram_cycles = config->dram_cycles,
        .dram_remote_cycles = config->dram_remote_cycles,
        .miss_buffers = config->miss_buffers,
        .counters = counters,
    };
    if (s == STATUS_OK)
        h->line_shift = (uint32_t)__builtin_ctz(config->line_bytes);
    if (s != STATUS_OK || !h->enabled)
        return s;
    s = make_level(&h->l1d, &config->l1d, config, "l1d", e);
    if (s == STATUS_OK)
        s = make_level(&h->l1i, &config->l1i, config, "l1i", e);
    if (s == STATUS_OK)
        s = make_level(&h->l2, &config->l2, config, "l2", e);
    if (s != STATUS_OK)
        hierarchy_free(h);
    return s;
}

void hierarchy_init_beside(struct hierarchy *h, const struct hierarchy *first,
                           struct counters *counters)
{
    *h = *first;
    h->second = true;
    h->counters = counters;
    h->buffer_first = 0;
    memset(h->buffer_free_cycle, 0, sizeof h->buffer_free_cycle);
}

void hierarchy_set_node(struct hierarchy *h, const struct memory *memory,
                        unsigned node)
{
    h->memory = memory_has_nodes(memory) ? memory : NULL;
    h->node = node;
}

void hierarchy_free(struct hierarchy *h)
{
    if (h->second)
        return;
    cache_free(h->l1d);
    cache_free(h->l1i);
    cache_free(h->l2);
    h->l1d = h->l1i = h->l2 = NULL;
}

/* A line from memory: how far away is it? */
static uint32_t dram_cycles(struct hierarchy *h, uint64_t line)
{
    if (!h->memory ||
        memory_node(h->memory, hpa(line << h->line_shift)) == h->node)
        return h->dram_cycles;
    counter_add(h->counters, COUNTER_MEM_REMOTE, 1);
    return h->dram_remote_cycles;
}

/* Beyond L1: which level serves the line; *cycles is its latency. */
static enum cache_level below_l1(struct hierarchy *h, uint64_t line,
                                 uint32_t *cycles)
{
    if (h->l2) {
        *cycles = cache_hit_cycles(h->l2);
        if (cache_hold(h->l2, line))
            return CACHE_L2;
        counter_add(h->counters, COUNTER_L2_MISS, 1);
    }
    if (h->l3) {
        *cycles = cache_hit_cycles(h->l3);
        if (cache_hold(h->l3, line))
            return CACHE_L3;
    }
    counter_add(h->counters, COUNTER_L3_MISS, 1);
    *cycles = dram_cycles(h, line);
    return CACHE_DRAM;
}

/*
 * Takes the miss buffer that is free first; returns when the miss is done.
 * From buffer_first on, around the end, they are in the order of their times:
 * the one that is taken is mostly the last to be free again.
 */
static uint64_t hold_miss_buffer(struct hierarchy *h, uint64_t start_cycle,
                                 uint32_t cycles)
{
    uint64_t *free_cycle = h->buffer_free_cycle;
    uint32_t at = h->buffer_first, last = h->miss_buffers - 1;
    uint64_t done = free_cycle[at];

    done = (done < start_cycle ? start_cycle : done) + cycles;
    h->buffer_first = at == last ? 0 : at + 1;
    while (at != h->buffer_first) {
        uint32_t before = at == 0 ? last : at - 1;

        if (free_cycle[before] <= done)
            break;
        free_cycle[at] = free_cycle[before];
        at = before;
    }
    free_cycle[at] = done;
    return done;
}

static void count_l1(struct hierarchy *h, bool fetch, bool hit)
{
    counter_add(h->counters, fetch ? COUNTER_L1I_ACCESS : COUNTER_L1D_ACCESS,
                1);
    if (!hit)
        counter_add(h->counters, fetch ? COUNTER_L1I_MISS : COUNTER_L1D_MISS,
                    1);
}

__attribute__((noinline)) static void
log_l1_miss(const struct hierarchy *h, const struct cache *l1, uint64_t line)
{
    place_log_miss_counted(l1->log, line, h->counters,
                           l1 == h->l1i ? COUNTER_L1I_ACCESS
                                        : COUNTER_L1D_ACCESS);
}

/* A line on its way, that maybe the core's other thread asked for. */
__attribute__((noinline)) static struct line_access
line_under_way(const struct hierarchy *h, uint64_t arrival,
               uint64_t start_cycle)
{
    struct line_access a = {arrival >> 2, (enum cache_level)(arrival & 3)};
    uint64_t own_cycle =
        start_cycle + (h->memory ? h->dram_remote_cycles : h->dram_cycles);

    if (a.level == CACHE_L2)
        own_cycle = start_cycle + h->l2->hit_cycles;
    else if (a.level == CACHE_L3)
        own_cycle = start_cycle + h->l3->hit_cycles;
    if (a.ready_cycle > own_cycle)
        a.ready_cycle = own_cycle;
    return a;
}

/* The line is in this way of its set, or on its way there. */
__attribute__((always_inline)) static inline struct line_access
l1_hit(const struct hierarchy *h, struct cache *l1, uint64_t line, uint32_t way,
       uint64_t start_cycle)
{
    uint32_t set = cache_set_of(l1, line);
    uint64_t *arrival = &l1->arrival[set * l1->ways + way];
    uint64_t arrival_cycle = *arrival >> 2;
    bool arrived = arrival_cycle <= start_cycle;
    struct line_access a = {start_cycle + l1->hit_cycles, CACHE_L1};

    repl_touch(&l1->repl, set, way);
    cache_note_touch(l1, set, line, arrived);
    if (arrived)
        *arrival = 0;
    else if (arrival_cycle > a.ready_cycle)
        a = h->two_threads
                ? line_under_way(h, *arrival, start_cycle)
                : (struct line_access){arrival_cycle,
                                       (enum cache_level)(*arrival & 3)};
    return a;
}

__attribute__((always_inline)) static inline struct line_access
access_via(struct hierarchy *h, struct cache *l1, hpa_t a, bool fetch,
           uint64_t start_cycle)
{
    uint64_t line = a.v >> h->line_shift;
    struct line_access access = {0};
    uint32_t cycles, set = 0, way;

    if (!h->enabled)
        return (struct line_access){start_cycle + dram_cycles(h, line),
                                    CACHE_NONE};
    if (l1) {
        set = cache_set_of(l1, line);
        way = cache_find_way(l1, set, line);
        count_l1(h, fetch, way < l1->ways);
        if (way < l1->ways)
            return l1_hit(h, l1, line, way, start_cycle);
    }
    access.level = below_l1(h, line, &cycles);
    access.ready_cycle =
        fetch ? start_cycle + cycles : hold_miss_buffer(h, start_cycle, cycles);
    if (l1) {
        if (__builtin_expect(l1->log != NULL, 0))
            log_l1_miss(h, l1, line);
        l1->arrival[cache_replace(l1, set, line)] =
            access.ready_cycle << 2 | (uint64_t)access.level;
        cache_note_touch(l1, set, line, false);
    }
    return access;
}

struct line_access hierarchy_data(struct hierarchy *h, hpa_t a,
                                  uint64_t start_cycle)
{
    return access_via(h, h->l1d, a, false, start_cycle);
}

struct line_access hierarchy_access(struct hierarchy *h, hpa_t a, bool fetch,
                                    uint64_t start_cycle)
{
    return fetch ? access_via(h, h->l1i, a, true, start_cycle)
                 : hierarchy_data(h, a, start_cycle);
}

uint32_t hierarchy_touch(struct hierarchy *h, hpa_t a)
{
    uint64_t line = a.v >> h->line_shift;
    uint32_t cycles;

    if (!h->enabled)
        return dram_cycles(h, line);
    if (h->l1d) {
        bool hit = cache_lookup(h->l1d, line, UINT64_MAX).hit;

        count_l1(h, false, hit);
        if (hit)
            return cache_hit_cycles(h->l1d);
        if (__builtin_expect(h->l1d->log != NULL, 0))
            log_l1_miss(h, h->l1d, line);
        cache_fill(h->l1d, line);
    }
    below_l1(h, line, &cycles);
    return cycles;
}
