#include "sim/core/event_heap.h"

#include <stdlib.h>
#include <string.h>

enum status event_heap_init(struct event_heap *h, uint32_t count,
                            struct error *e)
{
    h->count = count;
    h->due = calloc(count, sizeof *h->due);
    h->order = calloc(count, sizeof *h->order);
    h->place = calloc(count, sizeof *h->place);
    if (!h->due || !h->order || !h->place) {
        event_heap_free(h);
        return error_set(e, STATUS_MEMORY, "out of memory");
    }
    for (uint32_t id = 0; id < count; id++) {
        h->due[id] = UINT64_MAX;
        h->order[id] = h->place[id] = id;
    }
    return STATUS_OK;
}

void event_heap_free(struct event_heap *h)
{
    free(h->due);
    free(h->order);
    free(h->place);
    memset(h, 0, sizeof *h);
}

static bool before(const struct event_heap *h, uint32_t a, uint32_t b)
{
    return h->due[a] != h->due[b] ? h->due[a] < h->due[b] : a < b;
}

static void put(struct event_heap *h, uint32_t place, uint32_t id)
{
    h->order[place] = id;
    h->place[id] = place;
}

static void move_up(struct event_heap *h, uint32_t id)
{
    uint32_t at = h->place[id];

    while (at > 0 && before(h, id, h->order[(at - 1) / 2])) {
        put(h, at, h->order[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, id);
}

static void move_down(struct event_heap *h, uint32_t id)
{
    uint32_t at = h->place[id];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= h->count)
            break;
        if (child + 1 < h->count &&
            before(h, h->order[child + 1], h->order[child]))
            child++;
        if (!before(h, h->order[child], id))
            break;
        put(h, at, h->order[child]);
        at = child;
    }
    put(h, at, id);
}

void event_heap_set(struct event_heap *h, uint32_t id, uint64_t due)
{
    uint64_t was = h->due[id];

    h->due[id] = due;
    if (due < was)
        move_up(h, id);
    else if (due > was)
        move_down(h, id);
}

uint64_t event_heap_second_due(const struct event_heap *h)
{
    uint64_t due = UINT64_MAX;

    for (uint32_t at = 1; at < 3 && at < h->count; at++)
        if (h->due[h->order[at]] < due)
            due = h->due[h->order[at]];
    return due;
}

bool event_heap_check(const struct event_heap *h)
{
    for (uint32_t at = 0; at < h->count; at++) {
        uint32_t id = h->order[at];

        if (id >= h->count || h->place[id] != at)
            return false;
        if (at > 0 && before(h, id, h->order[(at - 1) / 2]))
            return false;
    }
    return true;
}
