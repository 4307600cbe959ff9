/*
 * seat_start.h - a machine in a process of its own, with a line to it.
 */
#ifndef VISUALIZER_SEAT_START_H
#define VISUALIZER_SEAT_START_H
#include "sim/machine/config.h"

struct scenario_job;

/*
 * Loads the guest and starts the machine's process; *fd is the line (seat.h),
 * and closing it ends the process.  others: the lines to other machines, up to
 * -1, which it must not hold open; NULL: none.  Nothing is left behind on
 * failure.
 */
enum status seat_start(const struct config *config,
                       const struct technique_ops *technique, const int *others,
                       int *fd, struct error *e);

/* Likewise for a scenario; job is needed until this returns. */
enum status seat_start_scenario(const struct scenario_job *job,
                                const int *others, int *fd, struct error *e);

#endif
