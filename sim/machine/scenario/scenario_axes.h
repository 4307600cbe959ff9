/*
 * scenario_axes.h - what is varied from run to run: each --over, and the file's
 * own sweep.  All combinations are run, the last axis fastest.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_AXES_H
#define SIM_MACHINE_SCENARIO_SCENARIO_AXES_H
#include "sim/machine/scenario/scenario_job.h"

enum { AXIS_MAX_VALUES = SCENARIO_MAX_LINES, AXES_MAX_RUNS = 256 };

struct scenario_axis {
    const char *key;
    char *text; /* of --over, taken apart; owned; NULL: it is of the file */
    const char *values[AXIS_MAX_VALUES];
    unsigned count;
};

struct scenario_axes {
    struct scenario_axis axes[JOB_MAX_VARIED];
    unsigned count;
    unsigned runs;
    char varied[JOB_LABEL_BYTES]; /* "sched.policy, vms.a.copies" */
};

/* A sweep that --over or --set has the key of is left out.  Free in any case.
 */
enum status scenario_axes_read(struct scenario_axes *a, const struct config *c,
                               const struct scenario *file, struct error *e);
void scenario_axes_free(struct scenario_axes *a);

/* What run number `run` has: a->count of them. */
void scenario_axes_at(const struct scenario_axes *a, unsigned run,
                      struct scenario_override *varied);

#endif
