/*
 * run_stops.h - where a debugger wants the run loop to stop (struct run_stop),
 * and where a sample of a history is due (history.h).
 *
 * Order     for each step of a pCPU: limit before it runs, take behind its
 *           event, note behind all that the step did.
 */
#ifndef SIM_MACHINE_RUN_STOPS_H
#define SIM_MACHINE_RUN_STOPS_H
#include "sim/machine/run_loop.h"

/* p's own count of instructions when the machine's reaches `all`, if no other
 * pCPU runs until then. */
uint64_t run_own_instruction(const struct run *r, const struct pcpu *p,
                             uint64_t all);

/* Lowers the budget to that. */
void run_limit_instructions(const struct run *r, const struct pcpu *p,
                            uint64_t all, struct cpu_budget *budget);

/* What is watched is looked at for the first time. */
void run_stops_begin(const struct run *r, struct run_stop *stop);

/* Their limits; p's share of those of the whole machine. */
void run_stops_limit(const struct run *r, const struct pcpu *p,
                     struct cpu_budget *budget);

/* True if the event is theirs alone, and nobody else may see it. */
bool run_stops_take(const struct run *r, const struct pcpu *p,
                    const struct cpu_event *event);

/* What p's step did to watched data. */
void run_stops_note(const struct run *r, const struct pcpu *p);

#endif
