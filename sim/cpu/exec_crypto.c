/*
 * exec_crypto.c - AES, PCLMULQDQ and SHA instructions.
 *
 * Hardware  Intel SDM vol. 2, one section per instruction.
 */
#include "sim/cpu/crypto.h"
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_sse.h"

/* AMD's CPUs, the only ones here with SHA, ask for no alignment. */
static enum op_result sha_source(struct cpu *c, const struct op *op,
                                 union xmm *copy, const union xmm **s)
{
    *s = copy;
    if (operand_is_memory(op, 1))
        return cpu_load(c, op_linear(c, op), 16, copy);
    *copy = *cpu_xmm(c, op->src);
    return OP_NEXT;
}

static inline enum op_result sha(struct cpu *c, const struct op *op,
                                 sse_binary_function *f)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sha_source(c, op, &copy, &s);

    if (r != OP_NEXT)
        return r;
    f(cpu_xmm(c, op->dst), s);
    return OP_NEXT;
}

#define CRYPTO(how, name)                                                      \
    enum op_result exec_##name(struct cpu *c, const struct op *op)             \
    {                                                                          \
        return how(c, op, crypto_##name);                                      \
    }
CRYPTO(sse_binary, aesenc)
CRYPTO(sse_binary, aesenclast)
CRYPTO(sse_binary, aesdec)
CRYPTO(sse_binary, aesdeclast)
CRYPTO(sse_binary, aesimc)
CRYPTO(sse_immediate, aeskeygenassist)
CRYPTO(sse_immediate, pclmulqdq)
CRYPTO(sha, sha1nexte)
CRYPTO(sha, sha1msg1)
CRYPTO(sha, sha1msg2)
CRYPTO(sha, sha256msg1)
CRYPTO(sha, sha256msg2)
#undef CRYPTO

enum op_result exec_sha1rnds4(struct cpu *c, const struct op *op)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sha_source(c, op, &copy, &s);

    if (r != OP_NEXT)
        return r;
    crypto_sha1rnds4(cpu_xmm(c, op->dst), s, (uint8_t)op->imm);
    return OP_NEXT;
}

/* The words of the message schedule are in XMM0. */
enum op_result exec_sha256rnds2(struct cpu *c, const struct op *op)
{
    union xmm copy;
    const union xmm *s;
    enum op_result r = sha_source(c, op, &copy, &s);

    if (r != OP_NEXT)
        return r;
    crypto_sha256rnds2(cpu_xmm(c, op->dst), s, &c->state.xmm[0]);
    return OP_NEXT;
}
