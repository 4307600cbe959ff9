/*
 * crypto.h - AES, carry-less multiplication and SHA instructions as pure
 * functions on registers.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction of the same name;
 *           FIPS 197 (AES), FIPS 180-4 (SHA).
 * Model     d is the first operand and the result; d and s may be the same.
 */
#ifndef SIM_CPU_CRYPTO_H
#define SIM_CPU_CRYPTO_H
#include "sim/cpu/cpu_state.h"

void crypto_aesenc(union xmm *d, const union xmm *s);
void crypto_aesenclast(union xmm *d, const union xmm *s);
void crypto_aesdec(union xmm *d, const union xmm *s);
void crypto_aesdeclast(union xmm *d, const union xmm *s);
void crypto_aesimc(union xmm *d, const union xmm *s);
void crypto_aeskeygenassist(union xmm *d, const union xmm *s, unsigned rcon);

/* Bits 0 and 4 of order choose the quadwords of d and s. */
void crypto_pclmulqdq(union xmm *d, const union xmm *s, unsigned order);

void crypto_sha1rnds4(union xmm *d, const union xmm *s, unsigned function);
void crypto_sha1nexte(union xmm *d, const union xmm *s);
void crypto_sha1msg1(union xmm *d, const union xmm *s);
void crypto_sha1msg2(union xmm *d, const union xmm *s);
void crypto_sha256rnds2(union xmm *d, const union xmm *s, const union xmm *wk);
void crypto_sha256msg1(union xmm *d, const union xmm *s);
void crypto_sha256msg2(union xmm *d, const union xmm *s);

#endif
