/*
 * insn_kinds.h - what the binders of hot instructions tell apart.
 */
#ifndef SIM_CPU_INSN_KINDS_H
#define SIM_CPU_INSN_KINDS_H

// clang-format off
/* bind_alu: two operands; the last two write no result. */
enum alu_kind {
    ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR,
    ALU_CMP, ALU_TEST, ALU_COUNT
};

/* bind_unary: one operand. */
enum unary_kind { UNARY_INC, UNARY_DEC, UNARY_NEG, UNARY_NOT, UNARY_COUNT };

/* bind_shift: by an immediate or CL. */
enum shift_kind {
    SHIFT_ROL, SHIFT_ROR, SHIFT_RCL, SHIFT_RCR, SHIFT_SHL, SHIFT_SHR,
    SHIFT_SAR, SHIFT_COUNT
};

/* exec_bit_*: BT and its kin. */
enum bit_kind { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

enum extend_kind { EXTEND_ZERO, EXTEND_SIGN };

/* bind_string: operation and element. */
enum string_kind {
    STRING_MOVSB, STRING_MOVSW, STRING_MOVSD, STRING_MOVSQ,
    STRING_STOSB, STRING_STOSW, STRING_STOSD, STRING_STOSQ,
    STRING_LODSB, STRING_LODSW, STRING_LODSD, STRING_LODSQ,
    STRING_SCASB, STRING_SCASW, STRING_SCASD, STRING_SCASQ,
    STRING_CMPSB, STRING_CMPSW, STRING_CMPSD, STRING_CMPSQ,
    STRING_COUNT
};

/* bind_cvtsi: what an integer becomes. */
enum cvtsi_kind { CVTSI_SS, CVTSI_SD };

/* bind_xsave. */
enum xsave_kind {
    XSAVE_STANDARD, XSAVE_OPTIMIZED, XSAVE_COMPACTED, XSAVE_SUPERVISOR,
    XRSTOR_ANY, XRSTOR_SUPERVISOR
};

/* bind_pcmpestr: explicit lengths, an index or a mask. */
enum compare_kind { COMPARE_INDEX, COMPARE_MASK };

// clang-format on

#endif
