/*
 * decode_timing.h - what an op reads, writes and costs, for the timing model.
 */
#ifndef SIM_CPU_DECODE_TIMING_H
#define SIM_CPU_DECODE_TIMING_H
#include "sim/cpu/decode.h"

/* An op that reads and writes nothing. */
void decode_timing_none(struct op *op);

/* Fills the timing fields of an op. */
void decode_timing(const struct cpu *c, const struct decoded *d,
                   enum timing_class class, struct op *op);

/* Fixed cost of an op under TIMING_FAST. */
uint32_t op_fast_cycles(const struct op *op);

#endif
