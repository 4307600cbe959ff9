/*
 * seat_run.c - a seat before one machine.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/machine/session.h"
#include "visualizer/seat_internal.h"

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

static enum stop_reason move(struct seat *s, const struct seat_request *q)
{
    struct debugger *d = &((struct seat_of_run *)(void *)s)->debugger;
    struct milestone m;
    struct moment now;

    moment_take(&now, d->run);
    m = seat_milestone(q, &now);
    d->now.stops = q->stops;
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
    case SEAT_NEXT:
    case SEAT_HERE:
    case SEAT_REACH:
    case SEAT_DRAW:
        break;
    }
    return debugger_reach(d, &m);
}

static gva_t touched(const struct seat *s)
{
    return run_of(s)->debugger.now.hit.at;
}

static const struct seat_ops run_ops = {fill_scene, tell, move, touched};

void seat_serve_run(const struct seat_ends *ends, struct run *run,
                    struct session *session)
{
    struct seat_of_run *r = calloc(1, sizeof *r);

    if (r) {
        r->seat.ends = *ends;
        r->seat.ops = &run_ops;
        r->session = session;
        debugger_init(&r->debugger, run, session, ends->fd);
        keep_begin(&r->seat.kept, run->machine, run);
        seat_serve(&r->seat);
    }
    run_leave(run);
    keep_end(run->machine, run);
    free(r);
}
