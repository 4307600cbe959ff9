#include "sim/record/trace.h"

#include <stdlib.h>

#define TRACE(id, name, category, sentence) {name, category, sentence},
static const struct trace_info infos[TRACE_COUNT] = {
#include "sim/record/trace.def"
};
#undef TRACE

const struct trace_info *trace_info(enum trace_kind kind)
{
    return &infos[kind];
}

const char *trace_name(const struct trace_event *event)
{
    if (event->kind == TRACE_EXIT)
        return counter_info(counter_of_exit(event->reason))->name;
    return infos[event->kind].name;
}

bool trace_ring_init(struct trace_ring *r, size_t capacity)
{
    *r = (struct trace_ring){.capacity = capacity};
    r->events = calloc(capacity, sizeof *r->events);
    return r->events != NULL;
}

void trace_ring_free(struct trace_ring *r)
{
    free(r->events);
    *r = (struct trace_ring){0};
}

void trace_ring_put(struct trace_ring *r, const struct trace_event *event)
{
    r->events[r->next] = *event;
    r->next = (r->next + 1) % r->capacity;
    if (r->count < r->capacity)
        r->count++;
}

const struct trace_event *trace_ring_at(const struct trace_ring *r,
                                        size_t index)
{
    size_t oldest = (r->next + r->capacity - r->count) % r->capacity;

    return &r->events[(oldest + index) % r->capacity];
}
