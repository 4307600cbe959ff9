/*
 * seat_run.c - a seat before one machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/machine/session.h"
#include "visualizer/machine_digest.h"
#include "visualizer/seat_internal.h"

enum { REPORT_MS = 200 };

struct seat_of_run {
    struct seat seat; /* first: ops are given this */
    struct session *session;
    struct debugger debugger;
};

static const struct seat_of_run *run_of(const struct seat *s)
{
    return (const struct seat_of_run *)(const void *)s;
}

static void fill_scene(const struct seat *s, struct scene *scene)
{
    const struct seat_of_run *r = run_of(s);
    uint64_t written[2];

    session_get_written(r->session, written);
    scene->run = r->debugger.run;
    scene->machine = r->debugger.run->machine;
    scene->out.bytes = written[0];
    scene->err.bytes = written[1];
}

static void tell(const struct seat *s, struct seat_reply *reply)
{
    const struct run *run = run_of(s)->debugger.run;
    struct moment now;

    moment_take(&now, run);
    seat_tell_moment(&now, reply);
    reply->ended = run->end != RUN_GOES_ON;
    reply->pcpus = run->machine->pcpu_count;
    snprintf(reply->text, sizeof reply->text, "%.190s",
             run->text[0] ? run->text : "the program is through");
}

static struct debugger *debugger_of(struct seat *s)
{
    return &((struct seat_of_run *)(void *)s)->debugger;
}

/* Into the past, with stops of its own. */
static enum stop_reason find(struct seat *s, const struct seat_request *q)
{
    struct debugger *d = debugger_of(s);
    struct look look = q->look;
    struct scene scene = {.machine = d->run->machine,
                          .run = d->run,
                          .walks = &s->kept.walks[look.pcpu],
                          .look = &look};
    bool any;

    d->now.trips.count = 0;
    any = q->act == SEAT_CAUSE ? seat_find_cause(&scene, &d->now.stops)
                               : seat_find_write(&scene, q, &d->now.stops);
    return any ? debugger_find_last(d) : STOPPED_NEVER;
}

static enum stop_reason move(struct seat *s, const struct seat_request *q)
{
    struct debugger *d = debugger_of(s);
    struct milestone m;
    struct moment now;

    moment_take(&now, d->run);
    m = seat_milestone(q, &now);
    d->now.stops = q->stops;
    d->now.trips = q->trips;
    d->now.client = q->act;
    seat_place_cells(&d->run->machine->pcpus[0], q->guest_cells, &d->now.stops);
    switch (q->act) {
    case SEAT_RUN:
        return debugger_continue(d);
    case SEAT_RUN_ON:
        return debugger_resume(d);
    case SEAT_RUN_BACK:
        return debugger_reverse_continue(d);
    case SEAT_STEP:
        return debugger_step(d, q->look.pcpu);
    case SEAT_BACK:
        return debugger_reverse_step(d, q->look.pcpu);
    case SEAT_WRITE:
    case SEAT_CAUSE:
        return find(s, q);
    case SEAT_DIGEST:
        return STOPPED_STEP;
    case SEAT_LEG:
        return debugger_run_until(d, &m, q->over);
    case SEAT_HERE:
        if (m.value == 0) /* it never happened */
            return STOPPED_NEVER;
        break;
    case SEAT_NEXT:
    case SEAT_REACH:
    case SEAT_DRAW:
    case SEAT_STOP:
        break;
    }
    return debugger_reach(d, &m);
}

static enum stop_reason go_on(struct seat *s)
{
    return debugger_go_on(debugger_of(s));
}

static void idle(struct seat *s)
{
    debugger_prepare(debugger_of(s));
}

static bool runs(const struct seat *s)
{
    uint32_t act = run_of(s)->debugger.now.client;

    return act == SEAT_RUN || act == SEAT_RUN_ON;
}

/* How much of the way forward to one milestone is done. */
static unsigned percent_of(const struct debugger *d)
{
    const struct motion *m = &d->now.motion;
    const struct milestone *to = &m->milestones[0];
    struct moment now;
    uint64_t figure;

    if (m->kind != MOTION_REACH || m->stops || to->at_end || to->value < 100)
        return 0;
    moment_take(&now, d->run);
    figure = milestone_figure(to, &now);
    return figure < to->value ? (unsigned)(figure / (to->value / 100)) : 0;
}

/* Which breakpoint it is. */
static gva_t address_of(const struct debugger *d)
{
    const struct machine *m = d->run->machine;

    for (unsigned i = 0; i < m->pcpu_count; i++)
        for (unsigned n = 0; n < d->now.stops.count; n++)
            if (cpu_state_peek(m->pcpus[i].cpu)->rip == d->now.stops.at[n].v)
                return d->now.stops.at[n];
    return gva(0);
}

static void tell_stop(const struct seat *s, struct seat_reply *reply)
{
    const struct debugger *d = &run_of(s)->debugger;

    if (reply->reason == STOPPED_ADDRESS)
        reply->touched = address_of(d);
    if (reply->reason == STOPPED_WATCH)
        reply->touched = d->now.hit.at;
    reply->is_cell = d->now.hit.kind == CPU_WATCH_CELL;
    reply->cell = d->now.hit.cell;
    reply->trip = d->now.trip;
    if (d->now.client == SEAT_DIGEST)
        snprintf(reply->found, sizeof reply->found,
                 "digest of memory, registers, clocks: %016" PRIx64,
                 machine_digest(d->run->machine));
    seat_tell_found(&d->now, reply->reason, d->run->machine, reply->found);
    if (reply->reason == STOPPED_UNDERWAY)
        reply->percent = percent_of(d);
}

static const struct seat_ops run_ops = {fill_scene, tell, move,     go_on,
                                        runs,       idle, tell_stop};

void seat_serve_run(const struct seat_ends *ends, struct run *run,
                    struct session *session)
{
    struct seat_of_run *r = calloc(1, sizeof *r);

    if (r) {
        r->seat.ends = *ends;
        r->seat.ops = &run_ops;
        r->session = session;
        debugger_init(&r->debugger, run, session, ends->fd);
        r->debugger.report_ms = REPORT_MS;
        keep_begin(&r->seat.kept, run->machine, run);
        seat_serve(&r->seat);
    }
    run_leave(run);
    keep_end(run->machine, run);
    free(r);
}
