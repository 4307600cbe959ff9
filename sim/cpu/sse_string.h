/*
 * sse_string.h - PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM as a pure function.
 *
 * Hardware  Intel SDM vol. 1, "SSE4.2 Text/String Processing"; vol. 2, "Imm8
 *           Control Byte Operation for PCMPESTRI ...".
 */
#ifndef SIM_CPU_SSE_STRING_H
#define SIM_CPU_SSE_STRING_H
#include <stdbool.h>

#include "sim/cpu/cpu_state.h"

struct sse_comparison {
    uint32_t bits;     /* IntRes2: one bit per element */
    unsigned elements; /* 8 or 16 */
};

/* Elements before the first zero, at most all. */
unsigned sse_implicit_length(const union xmm *a, unsigned control);

/* Elements by an explicit length: its magnitude, at most all. */
unsigned sse_explicit_length(int64_t length, unsigned control);

struct sse_comparison sse_compare_strings(const union xmm *a, unsigned a_length,
                                          const union xmm *b, unsigned b_length,
                                          unsigned control);

/* The index or the mask that the instruction stores. */
unsigned sse_comparison_index(struct sse_comparison r, unsigned control);
union xmm sse_comparison_mask(struct sse_comparison r, unsigned control);

#endif
