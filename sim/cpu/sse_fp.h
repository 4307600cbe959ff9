/*
 * sse_fp.h - SSE/SSE2 floating-point instructions as pure functions.
 *
 * Hardware  Intel SDM vol. 1, "Programming with Intel SSE" and "SSE2", and
 *           vol. 2, one section per instruction of the same name.
 * Model     softfp.h computes each lane.  Where the operands and the result
 *           are ordinary, rounding is to nearest and the precision flag is
 *           already set, the host's IEEE arithmetic gives the same bits and is
 *           used in its place (sse_quick.h).
 *           RCP and RSQRT round the exact result to 12 bits, which is within
 *           the documented error of 1.5 * 2^-12; no two CPU models agree on
 *           their bits.
 * INVARIANTS
 *   1. Flags are only added to env->flags, never to MXCSR.
 *   2. Scalar forms touch lane 0 alone, of source and destination.
 */
#ifndef SIM_CPU_SSE_FP_H
#define SIM_CPU_SSE_FP_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"
#include "sim/cpu/softfp.h"

#define MXCSR_DAZ ((uint32_t)1 << 6)
#define MXCSR_FTZ ((uint32_t)1 << 15)
enum { MXCSR_MASKS_SHIFT = 7, MXCSR_ROUNDING_SHIFT = 13 };
#define MXCSR_RESET ((uint32_t)0x1f80)
#define MXCSR_VALID ((uint32_t)0xffff) /* MXCSR_MASK, as FXSAVE stores it */

struct fp_env sse_env(uint32_t mxcsr);

/*
 * What MXCSR records of env->flags: if an operand-caused exception (IE, DE,
 * ZE) is unmasked, those alone (SDM vol. 1, "SIMD Floating-Point Exceptions").
 */
uint32_t sse_recorded_flags(const struct fp_env *env);

typedef void sse_fp_function(struct fp_env *env, union xmm *d,
                             const union xmm *s);

/* sse_NAMEps, ss, pd, sd for each row. */
#define SSE_FP(name)                                                           \
    sse_fp_function sse_##name##ps, sse_##name##ss, sse_##name##pd,            \
        sse_##name##sd;
#include "sim/cpu/sse_fp.def"
#undef SSE_FP

sse_fp_function sse_rcpps, sse_rcpss, sse_rsqrtps, sse_rsqrtss;

/* CMPccPS and so on; predicate 0 .. 7 as in the immediate. */
void sse_cmpps(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate);
void sse_cmpss(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate);
void sse_cmppd(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate);
void sse_cmpsd(struct fp_env *env, union xmm *d, const union xmm *s,
               unsigned predicate);

/* quiet: UCOMISx; else COMISx. */
enum fp_relation sse_compare32(struct fp_env *env, uint32_t a, uint32_t b,
                               bool quiet);
enum fp_relation sse_compare64(struct fp_env *env, uint64_t a, uint64_t b,
                               bool quiet);

sse_fp_function sse_cvtdq2ps, sse_cvtdq2pd, sse_cvtps2dq, sse_cvttps2dq,
    sse_cvtpd2dq, sse_cvttpd2dq, sse_cvtps2pd, sse_cvtpd2ps, sse_cvtss2sd,
    sse_cvtsd2ss;

uint32_t sse_from_int32(struct fp_env *env, int64_t value); /* CVTSI2SS */
uint64_t sse_from_int64(struct fp_env *env, int64_t value); /* CVTSI2SD */
uint64_t sse_to_int32(struct fp_env *env, uint32_t a, unsigned bits,
                      bool truncate); /* CVT(T)SS2SI */
uint64_t sse_to_int64(struct fp_env *env, uint64_t a, unsigned bits,
                      bool truncate); /* CVT(T)SD2SI */

#endif
