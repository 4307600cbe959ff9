/*
 * scenario_jobs.h - the runs of a sweep, side by side on the host's cores, each
 * in a process of its own.  The results are the same as one after the other.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_JOBS_H
#define SIM_MACHINE_SCENARIO_SCENARIO_JOBS_H
#include "sim/machine/scenario/scenario_result.h"

struct scenario_jobs {
    const struct scenario_job *jobs; /* of each run; not owned */
    struct scenario_result *runs;    /* shared memory; owned */
    unsigned count;
    unsigned at_a_time;
    struct sched_log *log; /* of one run alone; NULL: none */
    struct progress *progress;
    unsigned done; /* runs that have results */
    bool stopped;  /* ^C: not all are done */
};

/* Room for the results; jobs may be resolved afterwards. */
enum status scenario_jobs_init(struct scenario_jobs *j, unsigned count,
                               struct error *e);

/* Runs all; the first that fails says why. */
enum status scenario_jobs_run(struct scenario_jobs *j, struct error *e);
void scenario_jobs_free(struct scenario_jobs *j);

#endif
