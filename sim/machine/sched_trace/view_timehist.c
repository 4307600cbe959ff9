/*
 * view_timehist.c - a line for each run of a vCPU, as `perf sched timehist`.
 *
 * Source  perf-sched(1): the time is that when it left the pCPU; wait time is
 *         from when it left the pCPU before to when it got this one, asleep or
 *         runnable; sch delay from its wake-up, 0 if it was preempted.  How it
 *         left is ours.
 */
#include <inttypes.h>

#include "sim/machine/sched_trace/sched_view.h"

static void print_head(void)
{
    puts("           time    cpu  vCPU                             wait time  "
         "sch delay   run time\n"
         "            (s)                                              (ms)    "
         "   (ms)       (ms)  left by\n"
         "--------------- ------  ------------------------------  ---------  "
         "---------  ---------  -------");
}

static void print_run(const struct sched_view *v)
{
    const struct sched_event *event = &v->record.event;
    char name[SCHED_NAME_TEXT_BYTES], text[4][32];

    printf("%15s [%04u]  %-30s  %9s  %9s  %9s  %s\n",
           sched_view_seconds(v, event->cycle, text[0]), (unsigned)event->pcpu,
           sched_view_name(v, v->step.vcpu, name),
           sched_view_ms(v, v->step.wait_cycles, text[1]),
           sched_view_ms(v, v->step.delay_cycles, text[2]),
           sched_view_ms(v, event->cycle - v->step.since_cycle, text[3]),
           sched_event_name(event->kind));
}

enum status sched_view_timehist(struct sched_view *v, struct error *e)
{
    enum sched_read got;

    print_head();
    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT)
        if (v->step.vcpu != SCHED_LOG_NO_VCPU &&
            v->step.before == SCHED_LOG_RUNNING && sched_view_inside(v))
            print_run(v);
    return got == SCHED_READ_ERROR ? STATUS_FILE : STATUS_OK;
}
