/*
 * watch.h - has an instruction touched what a debugger watches?
 *
 * Model     any number of bytes at linear addresses (struct cpu_stops).  While
 *           there are some, no access takes the fast path, which costs the
 *           same cycles, and ops run one by one.  An access counts when its
 *           instruction has retired, or when a hypervisor emulated it
 *           (cpu_skip()); what the delivery of an event pushes counts at once.
 *           Unlike the guest's own breakpoints (debug.h) nothing is raised:
 *           cpu_run() returns, and what follows is the same as without.
 *           Cells (struct cpu_cell) are looked at behind each op: so a walk's
 *           writes count, too.  What changes them between two cpu_run() is the
 *           caller's to find.
 * NOT MODELLED  page walks, descriptor and TSS accesses, and devices' writes
 *           are not watched, as with the debug registers of real CPUs.
 */
#ifndef SIM_CPU_WATCH_H
#define SIM_CPU_WATCH_H
#include "sim/cpu/cpu_internal.h"

void watch_change(struct cpu *c, const struct cpu_stops *stops);
void watch_note(struct cpu *c, gva_t va, unsigned bytes, enum access_kind kind);

/* Before anything runs: what is watched from now on. */
static inline void watch_follow(struct cpu *c, const struct cpu_stops *stops)
{
    if (__builtin_expect(stops || c->watch.stops, 0))
        watch_change(c, stops);
}

/* An access begins. */
static inline void watch_access(struct cpu *c, gva_t va, unsigned bytes,
                                enum access_kind kind)
{
    if (c->watch.on)
        watch_note(c, va, bytes, kind);
}

/* Around an op; before: ops of this entry into the block before it. */
void watch_begin(struct cpu *c, unsigned before);
void watch_end(struct cpu *c, enum op_result result);

/* The instruction that was not retired has been emulated. */
void watch_skipped(struct cpu *c);

#endif
