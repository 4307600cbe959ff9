/*
 * seat_host.c - a seat before a scenario: many VMs on one host.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sim/machine/scenario/scenario_travel.h"
#include "visualizer/seat_internal.h"

enum { REPORT_MS = 200 };

struct seat_of_host {
    struct seat seat; /* first: ops are given this */
    struct scenario_stage stage;
    struct scenario_travel travel;
};

static const struct seat_of_host *host_of(const struct seat *s)
{
    return (const struct seat_of_host *)(const void *)s;
}

static void fill_scene(const struct seat *s, struct scene *scene)
{
    scene->host = &host_of(s)->stage.host;
    scene->machine = scenario_stage_machine(&host_of(s)->stage);
}

static void tell(const struct seat *s, struct seat_reply *reply)
{
    const struct scenario_stage *stage = &host_of(s)->stage;
    struct moment now;

    scenario_stage_moment(stage, &now);
    seat_tell_moment(&now, reply);
    reply->ended = stage->ended;
    reply->modelled = !scenario_stage_machine(stage);
    reply->pcpus = stage->host.host.dispatch.sched.pcpu_count;
    snprintf(reply->text, sizeof reply->text, "%.190s", stage->text);
}

static struct scenario_travel *travel_of(struct seat *s)
{
    return &((struct seat_of_host *)(void *)s)->travel;
}

/* WRITE and CAUSE look for nothing: there are no tables here. */
static enum stop_reason move(struct seat *s, const struct seat_request *q)
{
    struct scenario_travel *t = travel_of(s);
    struct milestone m;
    struct moment now;

    scenario_stage_moment(t->stage, &now);
    m = seat_milestone(q, &now);
    switch (q->act) {
    case SEAT_RUN:
    case SEAT_RUN_ON:
        return scenario_travel_run(t, &q->trips);
    case SEAT_STEP:
        return scenario_travel_step(t);
    case SEAT_BACK:
        return scenario_travel_back(t);
    case SEAT_RUN_BACK:
        return scenario_travel_run_back(t, &q->trips);
    case SEAT_LEG:
        return scenario_travel_leg(t, &q->trips, &m);
    case SEAT_WRITE:
    case SEAT_CAUSE:
    case SEAT_DIGEST:
        return STOPPED_NEVER;
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
    return scenario_travel_reach(t, &m);
}

static enum stop_reason go_on(struct seat *s)
{
    return scenario_travel_go_on(travel_of(s));
}

static bool runs(const struct seat *s)
{
    return scenario_travel_runs(&host_of(s)->travel);
}

static void tell_stop(const struct seat *s, struct seat_reply *reply)
{
    reply->trip = host_of(s)->travel.goal.trip;
}

static void idle(struct seat *s)
{
    scenario_travel_prepare(travel_of(s));
}

static const struct seat_ops host_ops = {fill_scene, tell, move,     go_on,
                                         runs,       idle, tell_stop};

enum status seat_serve_host(const struct seat_ends *ends,
                            const struct scenario_job *job, struct error *e)
{
    struct seat_of_host *h = calloc(1, sizeof *h);
    enum status status = h ? scenario_stage_init(&h->stage, job, e)
                           : error_set(e, STATUS_MEMORY, "out of memory");

    if (status == STATUS_OK) {
        h->seat.ends = *ends;
        h->seat.ops = &host_ops;
        scenario_travel_init(&h->travel, &h->stage, ends->fd);
        h->travel.report_ms = REPORT_MS;
        keep_begin(&h->seat.kept, scenario_stage_machine(&h->stage), NULL);
        seat_serve(&h->seat);
        scenario_stage_free(&h->stage);
    }
    free(h);
    return status;
}
