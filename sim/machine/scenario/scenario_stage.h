/*
 * scenario_stage.h - a scenario's run in single steps, for whoever looks at it:
 * what scenario_run() does at a stretch.
 *
 * Model     a step is one thing that happens on the host (host_loop.h).  The
 *           end of the warm-up is a step, too, and changes nothing else here:
 *           all figures are from power-on.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_STAGE_H
#define SIM_MACHINE_SCENARIO_SCENARIO_STAGE_H
#include "sim/machine/milestone.h"
#include "sim/machine/scenario/scenario_host.h"
#include "sim/record/sched_recent.h"

struct scenario_stage {
    struct scenario_host host;
    struct sched_log log;
    struct sched_recent recent;     /* what the scheduler did last */
    uint64_t warm_cycle, end_cycle; /* the warm-up's end; the run's */
    bool warm;                      /* the former is behind us */
    bool ended;
    char text[256]; /* why; one line */
};

/* On failure nothing is left to free; job is the caller's and stays, and so
   does s, where it is. */
enum status scenario_stage_init(struct scenario_stage *s,
                                const struct scenario_job *job,
                                struct error *e);
void scenario_stage_free(struct scenario_stage *s);

/* The next thing happens; nothing behind the end. */
void scenario_stage_step(struct scenario_stage *s);

static inline uint64_t scenario_stage_position(const struct scenario_stage *s)
{
    return s->host.host.steps;
}

/* Real guests' machine; NULL: all are modelled. */
static inline const struct machine *
scenario_stage_machine(const struct scenario_stage *s)
{
    return s->host.real.host ? &s->host.real.host->machine : NULL;
}

/* Whether a milestone is behind us, with only the figures that it needs. */
bool scenario_stage_reached(const struct scenario_stage *s,
                            const struct milestone *m);
void scenario_stage_moment(const struct scenario_stage *s, struct moment *now);

#endif
