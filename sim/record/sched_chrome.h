/*
 * sched_chrome.h - the scheduler's events as tracks of a time line (trace.h):
 * Perfetto and chrome://tracing open it.
 *
 * Tracks    a process for each VM with a thread for each vCPU: when it ran, and
 *           when it could have run but waited; above them one more process with
 *           a thread for each pCPU: which vCPU ran there.
 * Order     begin; put for each event (or let sched_log_put do so); end.
 */
#ifndef SIM_RECORD_SCHED_CHROME_H
#define SIM_RECORD_SCHED_CHROME_H
#include "sim/record/sched_replay.h"
#include "sim/record/trace.h"

struct sched_chrome {
    struct trace_chrome *out; /* not owned */
    struct sched_replay replay;
    unsigned first_pid; /* of VM 0; the pCPUs' is behind the last VM's */
    bool silent;        /* follow the events, write nothing: before a window */
};

/* out was begun, and is finished by who did so; its clock becomes the host's.
   False if there is no memory. */
bool sched_chrome_begin(struct sched_chrome *c, struct trace_chrome *out,
                        unsigned first_pid, const struct sched_log_host *host);

/* An event that does not agree with those before it is left out: why, or
   NULL. */
const char *sched_chrome_put(struct sched_chrome *c,
                             const struct sched_event *event);

/* What lasts still, lasted up to cycle.  Frees. */
void sched_chrome_end(struct sched_chrome *c, uint64_t cycle);

#endif
