#include "mmu/place_log.h"

#include <stddef.h>

static struct place_event *add(struct place_log *log,
                               enum place_event_kind kind, uint64_t address)
{
    struct place_event *e = &log->events[log->total++ % PLACE_LOG_EVENTS];

    *e = (struct place_event){
        .operation = log->operations, .kind = kind, .address = address};
    return e;
}

void place_log_hit(struct place_log *log, uint32_t place, uint64_t address)
{
    log->lookups++;
    log->hits++;
    log->operations++;
    add(log, PLACE_HIT, address)->place = place;
}

static void miss(struct place_log *log, uint64_t address,
                 const struct counters *counted_by, uint64_t lookups)
{
    if (log->counted_by != counted_by)
        log->misses_kept = 0; /* another vCPU: its count is another */
    log->counted_by = counted_by;
    log->last_miss[log->misses_kept++ % PLACE_LOG_MISSES] = lookups;
    log->operations++;
    add(log, PLACE_MISS, address);
}

void place_log_miss(struct place_log *log, uint64_t address)
{
    log->misses++;
    miss(log, address, NULL, ++log->lookups);
}

void place_log_miss_counted(struct place_log *log, uint64_t address,
                            const struct counters *counters,
                            enum counter lookups)
{
    miss(log, address, counters, counters->value[lookups]);
}

void place_log_fill(struct place_log *log, uint32_t place, uint64_t address,
                    const uint64_t *replaced)
{
    struct place_event *e =
        add(log, replaced ? PLACE_EVICT : PLACE_FILL, address);

    e->place = place;
    e->replaced = replaced ? *replaced : 0;
}

void place_log_drop(struct place_log *log, uint32_t place, uint64_t address)
{
    log->operations++;
    add(log, PLACE_DROP, address)->place = place;
}

void place_log_flush(struct place_log *log, const uint64_t *page)
{
    struct place_event *e;

    log->operations++;
    log->drops_left = PLACE_LOG_DROPS;
    e = add(log, PLACE_FLUSH, page ? *page : 0);
    e->page = page != NULL;
}

void place_log_flushed(struct place_log *log, uint32_t place, uint64_t address)
{
    uint64_t since = PLACE_LOG_DROPS - log->drops_left;

    log->events[(log->total - 1 - since) % PLACE_LOG_EVENTS].dropped++;
    if (log->drops_left == 0)
        return;
    log->drops_left--;
    add(log, PLACE_DROP, address)->place = place;
}

const struct place_event *place_log_back(const struct place_log *log,
                                         unsigned back)
{
    if (back >= PLACE_LOG_EVENTS || back >= log->total)
        return NULL;
    return &log->events[(log->total - 1 - back) % PLACE_LOG_EVENTS];
}

bool place_log_rate(const struct place_log *log, uint64_t now,
                    struct place_rate *rate)
{
    uint64_t kept = log->misses_kept < PLACE_LOG_MISSES ? log->misses_kept
                                                        : PLACE_LOG_MISSES;
    uint64_t first;

    if (kept < 2)
        return false;
    first = log->last_miss[(log->misses_kept - kept) % PLACE_LOG_MISSES];
    if (!log->counted_by)
        now = log->lookups;
    rate->misses = kept - 1;
    rate->lookups = now - first;
    return true;
}
