/*
 * place_log.h - what happened last at the places of a TLB or of a cache: for
 * screens.
 *
 * Model     a ring of events; one operation may make several: a flush is one,
 *           and one more for each entry that it drops, as far as there is room.
 *           A structure without a log keeps nothing.  Hits are noted where
 *           only the walker and the miss path make them: not in first-level
 *           TLBs and caches, whose hits the inlined path serves.
 *           Of each of the last misses it is kept how many lookups there had
 *           been, so that a rate of late needs no clock.
 * INVARIANT with a log or without: the same answers, times, counts.
 */
#ifndef MMU_PLACE_LOG_H
#define MMU_PLACE_LOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/record/counters.h"

enum place_event_kind {
    PLACE_MISS,
    PLACE_HIT,
    PLACE_FILL,  /* into a free place */
    PLACE_EVICT, /* a fill into the place of another */
    PLACE_DROP,  /* one entry: it denied an access, or its page faulted */
    PLACE_FLUSH, /* an operation of software */
};

struct place_event {
    uint64_t operation; /* 1: the first one */
    uint64_t address;   /* of the page or line that was asked for or went */
    uint64_t replaced;  /* EVICT: address of what went */
    union {
        uint32_t place;   /* all but MISS and FLUSH */
        uint32_t dropped; /* FLUSH: so many entries */
    };
    uint8_t kind; /* enum place_event_kind */
    bool page;    /* FLUSH: of one page, at address */
};

enum { PLACE_LOG_EVENTS = 64, PLACE_LOG_MISSES = 64, PLACE_LOG_DROPS = 16 };

struct place_log {
    struct place_event events[PLACE_LOG_EVENTS];
    uint64_t total, operations;
    uint64_t lookups, hits, misses;       /* where hits are noted */
    uint64_t last_miss[PLACE_LOG_MISSES]; /* by misses_kept: lookups then */
    uint64_t misses_kept; /* since lookups are counted in the same place */
    const struct counters *counted_by; /* whose lookups; NULL: our own */
    uint32_t drops_left;
};

/* For those below: the next event, of the operation under way. */
static inline struct place_event *place_log_add(struct place_log *log,
                                                enum place_event_kind kind,
                                                uint64_t address)
{
    struct place_event *e = &log->events[log->total++ % PLACE_LOG_EVENTS];

    *e = (struct place_event){.operation = log->operations,
                              .kind = (uint8_t)kind,
                              .address = address};
    return e;
}

/* A lookup; where hits are noted it counts itself. */
static inline void place_log_hit(struct place_log *log, uint32_t place,
                                 uint64_t address)
{
    log->lookups++;
    log->hits++;
    log->operations++;
    place_log_add(log, PLACE_HIT, address)->place = place;
}

/* counted_by: whose lookups they are, or NULL: the log's own. */
static inline void place_log_add_miss(struct place_log *log, uint64_t address,
                                      const struct counters *counted_by,
                                      uint64_t lookups)
{
    if (log->counted_by != counted_by)
        log->misses_kept = 0; /* another vCPU: its count is another */
    log->counted_by = counted_by;
    log->last_miss[log->misses_kept++ % PLACE_LOG_MISSES] = lookups;
    log->operations++;
    place_log_add(log, PLACE_MISS, address);
}

static inline void place_log_miss(struct place_log *log, uint64_t address)
{
    log->misses++;
    place_log_add_miss(log, address, NULL, ++log->lookups);
}

/* A miss where hits are not noted: lookups are counted there. */
static inline void place_log_miss_counted(struct place_log *log,
                                          uint64_t address,
                                          const struct counters *counters,
                                          enum counter lookups)
{
    place_log_add_miss(log, address, counters, counters->value[lookups]);
}

/* replaced: what gave way, or NULL. */
static inline void place_log_fill(struct place_log *log, uint32_t place,
                                  uint64_t address, const uint64_t *replaced)
{
    struct place_event *e =
        place_log_add(log, replaced ? PLACE_EVICT : PLACE_FILL, address);

    e->place = place;
    e->replaced = replaced ? *replaced : 0;
}

/* An entry goes by itself; or by the flush that was begun. */
void place_log_drop(struct place_log *log, uint32_t place, uint64_t address);
void place_log_flush(struct place_log *log, const uint64_t *page);
void place_log_flushed(struct place_log *log, uint32_t place, uint64_t address);

/* The last event, the one before it, ...; NULL: not kept, or there is none. */
const struct place_event *place_log_back(const struct place_log *log,
                                         unsigned back);

/*
 * Lookups from the first to the last of the last misses that are kept, and how
 * many these are; now: lookups so far, if they are counted elsewhere.  False:
 * there is nothing to divide.
 */
struct place_rate {
    uint64_t misses, lookups;
};
bool place_log_rate(const struct place_log *log, uint64_t now,
                    struct place_rate *rate);

#endif
