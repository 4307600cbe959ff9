/*
 * sse4_fp.h - SSE3 and SSE4.1 floating-point instructions as pure functions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction of the same name.
 * Model     lanes by the functions of sse_fp.h; flags as there.
 */
#ifndef SIM_CPU_SSE4_FP_H
#define SIM_CPU_SSE4_FP_H
#include "sim/cpu/sse_fp.h"

sse_fp_function sse_haddps, sse_haddpd, sse_hsubps, sse_hsubpd, sse_addsubps,
    sse_addsubpd;

/* order is the immediate: bits 1:0 and 2 rounding, bit 3 no FP_PE. */
void sse_roundps(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order);
void sse_roundpd(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order);
void sse_roundss(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order);
void sse_roundsd(struct fp_env *env, union xmm *d, const union xmm *s,
                 unsigned order);

/*
 * Dot products: bits 7:4 choose the products, 3:0 the lanes that get the sum.
 * An unmasked exception of a step ends them: env says which flags were raised
 * until then.
 */
void sse_dpps(struct fp_env *env, union xmm *d, const union xmm *s,
              unsigned order);
void sse_dppd(struct fp_env *env, union xmm *d, const union xmm *s,
              unsigned order);

#endif
