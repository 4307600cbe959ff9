/*
 * progress.h - one line on a terminal that says a run is alive.
 *
 * Shown from the second second on, a few times a second, and wiped at the
 * end.  It only looks: results are the same with and without it.
 */
#ifndef SIM_MACHINE_PROGRESS_H
#define SIM_MACHINE_PROGRESS_H
#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool enabled; /* stderr is a terminal, and --quiet was not given */
    bool shown;
    double start_seconds, last_seconds;
    uint64_t instructions, cycles; /* reported last; a worker only sets these */
};

double host_seconds_now(void);

void progress_init(struct progress *p, bool enabled);
void progress_report(struct progress *p, uint64_t instructions,
                     uint64_t cycles);
/* Replaces the line by text, if it is time for it. */
void progress_show(struct progress *p, const char *text);
/* Wipes the line, so that other output can follow. */
void progress_clear(struct progress *p);

#endif
