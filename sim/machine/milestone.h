/*
 * milestone.h - a moment of a run, named by what has happened until then.
 *
 * Model     a figure of the machine that never falls, and a value: the moment
 *           is the first instruction boundary at which it has been reached.
 *           What is counted `measured` is counted from the program's first
 *           instruction on, and not reached before.
 */
#ifndef SIM_MACHINE_MILESTONE_H
#define SIM_MACHINE_MILESTONE_H
#include "sim/core/status.h"
#include "sim/machine/run_loop.h"

enum figure {
    FIGURE_INSTRUCTIONS, /* of all pCPUs */
    FIGURE_CYCLES,       /* of the pCPU that is furthest */
    FIGURE_COUNTER,      /* of all vCPUs */
};

struct milestone {
    enum figure figure;
    enum counter counter;
    bool measured;
    bool at_end; /* when the run has ended; nothing else counts */
    bool loose;  /* a little behind it will do: nobody goes back for it */
    uint64_t value;
};

/* What has happened until a moment: all figures, and what they were when the
 * program began. */
struct moment {
    bool measuring;
    uint64_t instructions, cycles;
    struct counters counters;
    uint64_t boot_instructions, boot_cycles;
    struct counters boot_counters;
};

void moment_take(struct moment *now, const struct run *r);

/* What the figure is then; measured: 0 before. */
uint64_t milestone_figure(const struct milestone *m, const struct moment *then);
/* Not of at_end, which only the run itself knows. */
bool milestone_reached(const struct milestone *m, const struct moment *then);

/*
 * "begin", "user", "end", "CYCLE", "user+CYCLES", "instructions:N", a counter's
 * name, or "COUNTER:N", which is when it happened the Nth time since the
 * program began.  Refuses what is none of these.
 */
enum status milestone_parse(struct milestone *m, const char *text,
                            struct error *e);

#endif
