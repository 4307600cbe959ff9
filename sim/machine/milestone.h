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
    FIGURE_NS,           /* likewise */
    FIGURE_COUNTER,      /* of all vCPUs */
    /* Of a scenario's host, which others do not have: */
    FIGURE_STEPS,        /* things that happened */
    FIGURE_DECISIONS,    /* a scheduler picked */
    FIGURE_SWITCHES,     /* a vCPU got a pCPU */
    FIGURE_MIGRATIONS,   /* ... another one than last */
    FIGURE_LOCK_HOLDERS, /* who held a lock lost its pCPU */
    FIGURE_COUNT
};

static inline bool figure_is_of_host(enum figure f)
{
    return f >= FIGURE_STEPS && f < FIGURE_COUNT;
}

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
    uint64_t position; /* in time: a run's instructions, a host's steps */
    bool measuring;
    uint64_t instructions, cycles, khz;
    struct counters counters;
    uint64_t host[FIGURE_COUNT]; /* by enum figure, of those that are a host's
                                  */
    uint64_t boot_instructions, boot_cycles;
    struct counters boot_counters;
};

void moment_take(struct moment *now, const struct run *r);

/* What the figure is then; measured: 0 before. */
uint64_t milestone_figure(const struct milestone *m, const struct moment *then);
/* Not of at_end, which only the run itself knows. */
bool milestone_reached(const struct milestone *m, const struct moment *then);

/* What counts under this name, "walk.count", "instructions", "switches": m's
   figure and counter.  False: nothing does. */
bool milestone_find(struct milestone *m, const char *name);
/* ... and the name of that. */
const char *milestone_name(const struct milestone *m);

/*
 * "begin", "user", "end", "CYCLE", "20ms" since power-on, "user+CYCLES",
 * "instructions:N", a counter's name, or "COUNTER:N", which is when it happened
 * the Nth time since the program began; of a host "switches:N" and the like.
 * Refuses what is none of these.
 */
enum status milestone_parse(struct milestone *m, const char *text,
                            struct error *e);

#endif
