/*
 * sse_shuffle.h - SSE/SSE2 instructions that move lanes about, as pure
 * functions on registers.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction of the same name.
 * Model     d and s may be the same register.
 */
#ifndef SIM_CPU_SSE_SHUFFLE_H
#define SIM_CPU_SSE_SHUFFLE_H
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

void sse_punpcklbw(union xmm *d, const union xmm *s);
void sse_punpcklwd(union xmm *d, const union xmm *s);
void sse_punpckldq(union xmm *d, const union xmm *s);  /* and UNPCKLPS */
void sse_punpcklqdq(union xmm *d, const union xmm *s); /* and UNPCKLPD */
void sse_punpckhbw(union xmm *d, const union xmm *s);
void sse_punpckhwd(union xmm *d, const union xmm *s);
void sse_punpckhdq(union xmm *d, const union xmm *s);  /* and UNPCKHPS */
void sse_punpckhqdq(union xmm *d, const union xmm *s); /* and UNPCKHPD */

void sse_packsswb(union xmm *d, const union xmm *s);
void sse_packssdw(union xmm *d, const union xmm *s);
void sse_packuswb(union xmm *d, const union xmm *s);

void sse_pshufd(union xmm *d, const union xmm *s, unsigned order);
void sse_pshufhw(union xmm *d, const union xmm *s, unsigned order);
void sse_pshuflw(union xmm *d, const union xmm *s, unsigned order);
void sse_shufps(union xmm *d, const union xmm *s, unsigned order);
void sse_shufpd(union xmm *d, const union xmm *s, unsigned order);

#endif
