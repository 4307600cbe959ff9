/*
 * decode.h - from instruction bytes to struct op.
 */
#ifndef SIM_CPU_DECODE_H
#define SIM_CPU_DECODE_H
#include <Zydis/Zydis.h>

#include "sim/cpu/cpu_internal.h"

/* Which kinds the visible operands are, in order. */
enum operand_form {
    FORM_NONE,
    FORM_R,
    FORM_M,
    FORM_I,
    FORM_RR,
    FORM_RI,
    FORM_RM,
    FORM_MR,
    FORM_MI,
    FORM_OTHER,
};

/* What a binder may look at to choose a function. */
struct decoded {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    uint32_t mode; /* MODE_* */
    enum operand_form form;
    uint64_t features; /* of the CPU: 1 << enum cpu_feature */
    bool amd;          /* what 66 does to branches in 64-bit mode */
};

/* Returns the function for this form; NULL: #UD.  May set op->aux. */
typedef op_function *bind_function(const struct decoded *d, struct op *op,
                                   unsigned kind);

/* A row of insn.def. */
struct insn_row {
    op_function *run; /* or NULL and */
    bind_function *bind;
    uint8_t kind;
    uint8_t timing;  /* enum timing_class */
    uint16_t flags;  /* INSN_* */
    uint8_t feature; /* enum cpu_feature that CPUID must claim */
};

/* NULL if no CPU modelled here knows the instruction. */
const struct insn_row *insn_find(ZydisMnemonic mnemonic);
/* The same where an operand is an MMX register. */
const struct insn_row *insn_find_mmx(ZydisMnemonic mnemonic);

struct decoder {
    ZydisDecoder mode64, mode32, mode16;
    ZydisDecoder mode64_amd; /* where 66 makes branches 16 bits wide */
};

void decoder_init(struct decoder *d);

enum decode_status {
    DECODE_OK,
    DECODE_LAST, /* decoded, and it ends its block */
    DECODE_MORE, /* the bytes end within the instruction */
};

/* Where an instruction is. */
struct decode_source {
    const uint8_t *bytes;
    size_t available_bytes;
    unsigned offset; /* from its block's start */
};

/*
 * Decodes one instruction.  What is not an instruction becomes one that raises
 * #UD (or #GP, if too long).
 */
enum decode_status decode_op(const struct decoder *d, const struct cpu *c,
                             const struct decode_source *from, struct op *op);

/* Zydis's answer, put right where no CPU agrees (decode_bytes.c). */
ZyanStatus decode_bytes(const struct decoder *decoder, const struct cpu *c,
                        const struct decode_source *from, struct decoded *d);

/* log2 of an operand width of 1, 2, 4, 8 bytes. */
static inline unsigned width_index(unsigned bytes)
{
    return (unsigned)__builtin_ctz(bytes);
}

/* Functions that decode_op() uses for what must not run as it stands. */
op_function exec_undefined, exec_too_long, exec_device_not_available;

#endif
