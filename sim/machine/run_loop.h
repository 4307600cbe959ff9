/*
 * run_loop.h - runs a machine: step by step, always the pCPU furthest behind
 * (turns.h).
 *
 * A step is: the technique lowers the budget to its next device event; the
 * CPU runs until the budget ends or an event arises; the technique settles
 * the event.  The caller gets control back after every slice, to pass output
 * on, show progress and look for ^C; slices are cut by simulated cycles, so
 * that the host's speed changes nothing.
 *
 * The measured region begins when the first instruction of a program is about
 * to run, on whichever vCPU; the kernel's boot before it is counted apart.
 * Under a real kernel, whose own programs run before, it begins behind the
 * instruction that writes to the mark port (sim/devices/debug_ports.c).  A
 * guest without a workload is measured from power-on, or from its mark if it
 * makes one.
 *
 * INVARIANTS
 *   1. The ledgers of the machine's vCPUs sum to the clocks of its pCPUs.
 *   2. The clock, or the count of retired instructions, grows: a machine that
 *      does neither for MAX_IDLE_STEPS steps is ended with a message.
 */
#ifndef SIM_MACHINE_RUN_LOOP_H
#define SIM_MACHINE_RUN_LOOP_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/machine/checkpoint.h"
#include "sim/machine/machine.h"
#include "sim/record/trace.h"

enum run_end {
    RUN_GOES_ON,
    RUN_EXITED,        /* the program ended: its exit status */
    RUN_LIMIT,         /* --max-instructions or --max-cycles */
    RUN_WAITS_FOREVER, /* halted, and nothing will wake it */
    RUN_CRASHED,       /* triple fault, illegal state: the text says why */
    RUN_CHECK_FAILED,  /* --check found a broken invariant */
    RUN_INTERRUPTED,   /* ^C */
    RUN_LOST,          /* compare: the worker process died */
};

/* What vCPUs had done when the program's first instruction came. */
struct run_point {
    struct counters counters;
    struct ledger ledger;
    uint64_t cycles, retired;
};

/*
 * A debugger's wish: stop at the first instruction boundary with this many
 * instructions retired by all pCPUs, before an address, or behind what touched
 * watched data.  What follows is the same as without it.
 */
struct run_stop {
    uint64_t until_instruction;
    const struct pcpu *own;            /* NULL, or it stops when this one ... */
    uint64_t own_until;                /* ... has retired so many */
    const struct cpu_stops *addresses; /* NULL: none; stays until replaced */
    bool reached, at_address;          /* set by run_slice(), as the rest: */
    struct cpu_watch_hit watched;      /* valid: behind what touched it */
    uint64_t watched_from;             /* instructions before that */
    struct cpu_cells cells;            /* as they were: run_stops_begin() */
    uint64_t handled_from;             /* instructions before the last event */
};

struct history;

struct run {
    struct machine *machine;
    struct run_stop *stop;      /* NULL: no debugger */
    struct history *history;    /* NULL: no samples are kept */
    struct trace_chrome *trace; /* NULL: no trace */
    uint16_t trace_vm;          /* pid of this VM in the trace */
    struct pcpu *turn;          /* whose turn it is; NULL: to be decided */
    bool measuring;             /* the boot is over */
    bool input_open; /* somebody may type: a guest without a timer can wait */
    bool waiting;    /* it does; this slice did nothing */
    struct run_point boot_end; /* of all vCPUs; all zero before */
    struct run_point boot_ends[VM_MAX_VCPUS]; /* of each */
    struct exit_times boot_exits;             /* of all vCPUs */
    uint64_t boot_end_cycle; /* clock of the vCPU that ended it */
    size_t boot_log_bytes;   /* what the kernel had said by then */
    enum run_end end;
    char text[512]; /* why it ended, unless it exited; one line */
    unsigned idle_steps;
    unsigned resets; /* after which the machine went on */
    struct checkpoint checkpoints[CHECKPOINTS_MAX]; /* the first so many */
    unsigned checkpoint_count;
    uint64_t next_checkpoint; /* instructions; UINT64_MAX: none */
};

void run_init(struct run *r, struct machine *m, struct trace_chrome *trace);

/* Some milliseconds of the host's time, or until run.stop is reached. */
enum run_end run_slice(struct run *r);

/* The user leaves a guest (^A x): all is well. */
void run_leave(struct run *r);

/* Ends a run from outside (^C); text says why. */
void run_stop(struct run *r, const char *text);

/* Now, for progress: instructions and cycles since power-on, of all pCPUs. */
uint64_t run_instructions(const struct run *r);
uint64_t run_cycles(const struct run *r);

/* What pCPU n, or all of them, have done since power-on. */
struct run_point run_point_of(const struct run *r, unsigned n);
struct run_point run_point_of_all(const struct run *r);

/* Invariant 1; BUG() if it does not hold. */
void run_assert_ledger(const struct run *r);

#endif
