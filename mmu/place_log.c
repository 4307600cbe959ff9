#include "mmu/place_log.h"

void place_log_drop(struct place_log *log, uint32_t place, uint64_t address)
{
    log->operations++;
    place_log_add(log, PLACE_DROP, address)->place = place;
}

void place_log_flush(struct place_log *log, const uint64_t *page)
{
    struct place_event *e;

    log->operations++;
    log->drops_left = PLACE_LOG_DROPS;
    e = place_log_add(log, PLACE_FLUSH, page ? *page : 0);
    e->page = page != NULL;
}

void place_log_flushed(struct place_log *log, uint32_t place, uint64_t address)
{
    uint64_t since = PLACE_LOG_DROPS - log->drops_left;

    log->events[(log->total - 1 - since) % PLACE_LOG_EVENTS].dropped++;
    if (log->drops_left == 0)
        return;
    log->drops_left--;
    place_log_add(log, PLACE_DROP, address)->place = place;
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
