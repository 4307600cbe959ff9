/*
 * run_trace.h - what the run loop writes into a trace, if there is one.
 */
#ifndef SIM_MACHINE_RUN_TRACE_H
#define SIM_MACHINE_RUN_TRACE_H
#include "sim/machine/run_loop.h"

/* From begin_cycle to p's clock, at rip. */
void run_trace_span(const struct run *r, const struct pcpu *p,
                    enum trace_kind kind, uint64_t begin_cycle, uint64_t rip);

/* An event that the technique settled between begin_cycle and now. */
void run_trace_handled(const struct run *r, const struct pcpu *p,
                       const struct cpu_event *event, uint64_t begin_cycle,
                       uint64_t rip);

#endif
