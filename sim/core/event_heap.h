/*
 * event_heap.h - what comes next: the earliest of a fixed number of events.
 *
 * Model     a binary heap over ids 0 .. count - 1, each with the time at which
 *           it is due; UINT64_MAX: never.  Of two that are due together the one
 *           with the smaller id comes first, so that runs are deterministic.
 *           Moving an event costs O(log count); the earliest is known.
 * INVARIANT every id is in the heap exactly once (event_heap_check()).
 */
#ifndef SIM_CORE_EVENT_HEAP_H
#define SIM_CORE_EVENT_HEAP_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/core/status.h"

struct event_heap {
    uint64_t *due;   /* by id */
    uint32_t *order; /* ids as a heap */
    uint32_t *place; /* by id: where in order */
    uint32_t count;
};

/* All events never due.  count is 1 or more. */
enum status event_heap_init(struct event_heap *h, uint32_t count,
                            struct error *e);
void event_heap_free(struct event_heap *h);

void event_heap_set(struct event_heap *h, uint32_t id, uint64_t due);

static inline uint64_t event_heap_due(const struct event_heap *h, uint32_t id)
{
    return h->due[id];
}

/* The earliest; it may be due never. */
static inline uint32_t event_heap_first(const struct event_heap *h)
{
    return h->order[0];
}

/* When the next after the earliest is due. */
uint64_t event_heap_second_due(const struct event_heap *h);

bool event_heap_check(const struct event_heap *h);

#endif
