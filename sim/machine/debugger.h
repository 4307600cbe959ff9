/*
 * debugger.h - moves a run to any instruction boundary of its past or future.
 *
 * Model     a position is the number of instructions retired by all pCPUs.
 *           Forward is running; backward is waking the nearest copy before
 *           (timeline.h) and running forward from there: to the boundary
 *           before this one, or to the last stop before this one.  What
 *           touches watched data stops behind it on the way forward, and
 *           before it on the way back.
 *           A step is one instruction of one pCPU; what the others retire
 *           before it belongs to it.
 *           A counter that grows is noticed behind a stride of instructions;
 *           then the run goes back to where the stride began, and closes in
 *           on the boundary behind which it has (debugger_reach.c).
 *           A move that takes long can be interrupted, and says now and then
 *           where it is: STOPPED_UNDERWAY.
 *           The copy that wakes goes on inside debugger_travel() with the
 *           motion it is sent, so the caller only sees that it is done.
 * NOT MODELLED  positions inside a REP instruction: it is one step.
 */
#ifndef SIM_MACHINE_DEBUGGER_H
#define SIM_MACHINE_DEBUGGER_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/machine/milestone.h"
#include "sim/machine/run_loop.h"
#include "sim/machine/timeline.h"

struct session;

enum motion_kind {
    MOTION_FORWARD,  /* to goal, own_goal, or a stop */
    MOTION_SEEK,     /* to goal, whatever lies between */
    MOTION_SCAN,     /* from a mark to goal: where was the last stop? */
    MOTION_PREVIOUS, /* from a mark to goal: which boundary of the pCPU came
                        before? */
    MOTION_REACH,    /* to milestones, in strides, short behind goal;
                        UINT64_MAX: no goal yet */
    MOTION_CLOSE_IN, /* ... boundary by boundary behind goal */
    MOTION_CATCH_UP, /* of a sleeping copy: to goal, to sleep on there */
};

enum stop_reason {
    STOPPED_STEP,      /* the goal was reached */
    STOPPED_ADDRESS,   /* before an address of stops */
    STOPPED_WATCH,     /* something touched watched data: now.hit */
    STOPPED_COUNTER,   /* behind what made a trip's counter grow: now.trip */
    STOPPED_BEGIN,     /* there is no past before this */
    STOPPED_NEVER,     /* what was looked for is not in the past */
    STOPPED_END,       /* the run has ended: run.end, run.text */
    STOPPED_INTERRUPT, /* the user asked for it */
    STOPPED_UNDERWAY,  /* not yet: debugger_go_on() */
};

/* A figure to stop at, mostly a counter: whenever it grows, or when it comes
 * to so many since the program began. */
struct debugger_trip {
    enum figure figure;
    enum counter counter; /* of FIGURE_COUNTER */
    uint64_t value;       /* 0: whenever */
};

enum { DEBUGGER_TRIPS = 16, DEBUGGER_GOALS = DEBUGGER_TRIPS + 1 };
struct debugger_trips {
    struct debugger_trip trip[DEBUGGER_TRIPS];
    unsigned count;
};

/* value is 0 if it is for whenever it grows. */
static inline struct milestone
debugger_trip_milestone(const struct debugger_trip *trip)
{
    return (struct milestone){.figure = trip->figure,
                              .counter = trip->counter,
                              .measured = trip->value != 0,
                              .value = trip->value};
}

/*
 * What a trip waits for from now on; a value of UINT64_MAX if that is past.
 */
struct milestone debugger_trip_ahead(const struct debugger_trip *trip,
                                     const struct moment *now);

struct motion {
    enum motion_kind kind;
    uint64_t goal;
    bool over;         /* FORWARD: a stop that lies here does not count */
    unsigned cpu;      /* a step's, either way */
    uint64_t own_goal; /* a step's: what the pCPU will have, or has, retired;
                          UINT64_MAX: no step */
    uint64_t from;     /* SCAN, PREVIOUS: the mark it started at */
    bool returns;      /* SCAN: to home, if it finds nothing */
    uint64_t home;
    bool wide; /* PREVIOUS: the boundary is not where it is but for REP;
                  SCAN: the goal itself is the past, too */
    bool has_found;
    uint64_t found;          /* SCAN, PREVIOUS: latest so far; or where the
                                stride began that reached milestones */
    enum stop_reason reason; /* what to say of it; SEEK, REACH: on arrival */
    bool stops;              /* REACH: now.stops count */
    bool near;               /* REACH: it lies in the stride behind goal */
    /* REACH, CLOSE_IN: any of them, or all; SCAN: all of the stride that began
       at found, none: it is found itself.  The first are trips, by index;
       UINT64_MAX: not this one. */
    struct milestone milestones[DEBUGGER_GOALS];
    unsigned milestone_count;
    bool all;
};

/* What outlives a change of process. */
struct debugger_letter {
    struct motion motion;
    struct cpu_stops stops;
    struct debugger_trips trips;
    struct cpu_watch_hit hit; /* STOPPED_WATCH: by what */
    unsigned trip;            /* STOPPED_COUNTER: which */
    uint64_t shown[2];        /* bytes of stdout and stderr that went out */
    uint32_t client;          /* the caller's own */
};

struct debugger {
    struct run *run;
    struct session *session;
    int interrupt_fd;      /* a byte to be read here interrupts; -1: none */
    uint32_t report_ms;    /* how often it is STOPPED_UNDERWAY; 0: never */
    double report_seconds; /* when it was last */
    struct timeline timeline;
    struct cpu_stops watches; /* of now.stops without the addresses */
    struct debugger_letter now;
};

void debugger_init(struct debugger *d, struct run *run, struct session *session,
                   int interrupt_fd);

/*
 * Each may return in another process than it was called in: all that the
 * caller wants to keep is in d->now.
 */
enum stop_reason debugger_continue(struct debugger *d);
/* After STOPPED_INTERRUPT: an address that lies here was not stopped at. */
enum stop_reason debugger_resume(struct debugger *d);
enum stop_reason debugger_step(struct debugger *d, unsigned cpu);
enum stop_reason debugger_reverse_continue(struct debugger *d);
/* The same, but if there is none: STOPPED_NEVER, and it stands where it was. */
enum stop_reason debugger_find_last(struct debugger *d);
enum stop_reason debugger_reverse_step(struct debugger *d, unsigned cpu);

/*
 * To a milestone, wherever it lies: STOPPED_STEP, or if it is nowhere
 * STOPPED_END.  Before the first mark nothing is reached: STOPPED_BEGIN.
 */
enum stop_reason debugger_reach(struct debugger *d, const struct milestone *m);

/*
 * Forward to a stop, a trip or the milestone (STOPPED_STEP), which may be
 * NULL.  over: an address that lies here does not count.
 */
enum stop_reason debugger_run_until(struct debugger *d,
                                    const struct milestone *m, bool over);

/* After STOPPED_UNDERWAY. */
enum stop_reason debugger_go_on(struct debugger *d);

/* Nobody wants anything for the moment: has a copy come close, so that a step
 * back will be quick.  Returns at once. */
void debugger_prepare(struct debugger *d);

/* Registers or memory were changed by hand: the past is another one now. */
void debugger_rewrite(struct debugger *d);

#endif
