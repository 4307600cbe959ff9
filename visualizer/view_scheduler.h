/*
 * view_scheduler.h - the parts of the view of the scheduler:
 * view_scheduler.c, view_scheduler_chart.c, view_scheduler_queues.c,
 * view_scheduler_events.c.
 */
#ifndef VISUALIZER_VIEW_SCHEDULER_H
#define VISUALIZER_VIEW_SCHEDULER_H
#include "sim/machine/scenario/scenario_host.h"
#include "visualizer/view.h"

/* What the view is of. */
struct scheduler_scene {
    const struct scenario_host *host;
    const struct sched_recent *recent; /* NULL: none is kept */
    const struct look *look;
};

static inline double scheduler_ms(const struct scheduler_scene *s,
                                  uint64_t cycles)
{
    return (double)cycles / (double)s->host->job->config.cpu.tsc_khz;
}

/* The pCPUs over time; returns the rows that it took.  first: the first pCPU
   that is shown. */
unsigned scheduler_draw_chart(const struct scheduler_scene *s,
                              const struct pane *p, unsigned first);

/* Each vCPU and where it waits, but the first look.top; times: how long, in
   place of what it does. */
void scheduler_draw_queues(const struct scheduler_scene *s,
                           const struct pane *p, bool times);

/* What happened, the latest first, but the first look.top. */
void scheduler_draw_events(const struct scheduler_scene *s,
                           const struct pane *p);

#endif
