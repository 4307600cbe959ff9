/*
 * sse4_int.h - SSSE3 and SSE4 integer instructions as pure functions on
 * registers.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction of the same name.
 * Model     as sse_int.h: the destination is the first operand; d and s may be
 *           the same register.
 */
#ifndef SIM_CPU_SSE4_INT_H
#define SIM_CPU_SSE4_INT_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

#define SSE_LANES(name, field, scalar)                                         \
    void sse_##name(union xmm *d, const union xmm *s);
#include "sim/cpu/sse4_lanes.def"
#undef SSE_LANES

void sse_pmaddubsw(union xmm *d, const union xmm *s);
void sse_phaddw(union xmm *d, const union xmm *s);
void sse_phaddd(union xmm *d, const union xmm *s);
void sse_phaddsw(union xmm *d, const union xmm *s);
void sse_phsubw(union xmm *d, const union xmm *s);
void sse_phsubd(union xmm *d, const union xmm *s);
void sse_phsubsw(union xmm *d, const union xmm *s);
void sse_packusdw(union xmm *d, const union xmm *s);
void sse_phminposuw(union xmm *d, const union xmm *s);
void sse_mpsadbw(union xmm *d, const union xmm *s, unsigned order);

/* Bytes of d by the indices in s; a negative index gives zero. */
void sse_pshufb(union xmm *d, const union xmm *s);
void sse_palignr(union xmm *d, const union xmm *s, unsigned bytes);
void sse_pblendw(union xmm *d, const union xmm *s, unsigned mask);
void sse_blendps(union xmm *d, const union xmm *s, unsigned mask);
void sse_blendpd(union xmm *d, const union xmm *s, unsigned mask);
/* Lanes of s where the sign of the lane in mask is set. */
void sse_pblendvb(union xmm *d, const union xmm *s, const union xmm *mask);
void sse_blendvps(union xmm *d, const union xmm *s, const union xmm *mask);
void sse_blendvpd(union xmm *d, const union xmm *s, const union xmm *mask);

/* The low lanes of s, each widened from `from` to `to` bytes. */
void sse_pmovx(union xmm *d, const union xmm *s, unsigned from, unsigned to,
               bool is_signed);

#endif
