/*
 * watch.c - which accesses a debugger is told of; see watch.h.
 */
#include "sim/cpu/watch.h"

#include "sim/cpu/segment.h"

void watch_change(struct cpu *c, const struct cpu_stops *stops)
{
    struct watch *w = &c->watch;

    w->hit.valid = w->hit.valid && w->stops == stops;
    w->stops = stops;
    w->on = stops && stops->watch_count > 0;
    w->cells = stops && stops->cell_count > 0;
    if (w->cells)
        cpu_cells_look(stops, c->dram, &w->known);
    w->tried.valid = false;
    cpu_mode_changed(c);
}

static bool matches(const struct cpu_watch *w, enum access_kind kind)
{
    switch (w->kind) {
    case CPU_WATCH_WRITE:
        return kind == ACCESS_WRITE;
    case CPU_WATCH_READ:
        return kind == ACCESS_READ;
    case CPU_WATCH_ACCESS:
        return kind != ACCESS_FETCH;
    case CPU_WATCH_CELL:
        break;
    }
    return false;
}

static bool overlaps(const struct cpu_watch *w, gva_t va, unsigned bytes)
{
    return va.v - w->at.v < w->bytes || w->at.v - va.v < bytes;
}

void watch_note(struct cpu *c, gva_t va, unsigned bytes, enum access_kind kind)
{
    const struct cpu_stops *s = c->watch.stops;
    struct cpu_watch_hit *to =
        c->watch.in_op ? &c->watch.touched : &c->watch.hit;
    uint64_t retired = c->watch.in_op ? to->retired : c->retired;

    for (unsigned i = 0; i < s->watch_count && !to->valid; i++) {
        const struct cpu_watch *w = &s->watch[i];

        if (matches(w, kind) && overlaps(w, va, bytes))
            *to = (struct cpu_watch_hit){.valid = true,
                                         .at = va.v > w->at.v ? va : w->at,
                                         .kind = w->kind,
                                         .retired = retired};
    }
}

void watch_begin(struct cpu *c, unsigned before)
{
    struct watch *w = &c->watch;

    w->tried.valid = false;
    w->touched.valid = false;
    w->touched.retired = c->retired + c->rep_retired + before;
    w->in_op = true;
}

/* The first of several is told. */
static void count(struct watch *w, struct cpu_watch_hit *from)
{
    if (from->valid && !w->hit.valid)
        w->hit = *from;
    from->valid = false;
}

/* Whether the op retired or not. */
static void look_at_cells(struct cpu *c, bool faulted)
{
    struct watch *w = &c->watch;
    struct cpu_watch_hit hit;

    if (!cpu_cells_changed(w->stops, c->dram, &w->known, &hit))
        return;
    hit.retired = w->touched.retired;
    hit.faulted = faulted;
    count(w, &hit);
}

void watch_end(struct cpu *c, enum op_result result)
{
    struct watch *w = &c->watch;

    w->in_op = false;
    if (result == OP_FAULT || (result == OP_EVENT && !c->event_retired))
        w->tried = w->touched;
    else
        count(w, &w->touched);
    if (w->cells)
        look_at_cells(c, result == OP_FAULT);
}

void watch_skipped(struct cpu *c)
{
    count(&c->watch, &c->watch.tried);
}

struct cpu_watch_hit cpu_take_watch_hit(struct cpu *c)
{
    struct cpu_watch_hit hit = c->watch.hit;

    c->watch.hit.valid = false;
    return hit;
}
