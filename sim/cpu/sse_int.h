/*
 * sse_int.h - SSE2 integer instructions as pure functions on registers.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction of the same name.
 * Model     the destination is the first operand, as in the instruction; d and
 *           s may be the same register.
 */
#ifndef SIM_CPU_SSE_INT_H
#define SIM_CPU_SSE_INT_H
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

#define SSE_LANES(name, field, scalar)                                         \
    void sse_##name(union xmm *d, const union xmm *s);
#include "sim/cpu/sse_lanes.def"
#undef SSE_LANES

void sse_pmaddwd(union xmm *d, const union xmm *s);
void sse_psadbw(union xmm *d, const union xmm *s);

/* Shifts of every lane; the count is the low quadword of s. */
void sse_psllw(union xmm *d, const union xmm *s);
void sse_pslld(union xmm *d, const union xmm *s);
void sse_psllq(union xmm *d, const union xmm *s);
void sse_psrlw(union xmm *d, const union xmm *s);
void sse_psrld(union xmm *d, const union xmm *s);
void sse_psrlq(union xmm *d, const union xmm *s);
void sse_psraw(union xmm *d, const union xmm *s);
void sse_psrad(union xmm *d, const union xmm *s);

/* Shifts of the whole register by bytes. */
void sse_pslldq(union xmm *d, unsigned bytes);
void sse_psrldq(union xmm *d, unsigned bytes);

/* One bit per lane: its sign. */
uint32_t sse_pmovmskb(const union xmm *s);
uint32_t sse_movmskps(const union xmm *s);
uint32_t sse_movmskpd(const union xmm *s);

#endif
