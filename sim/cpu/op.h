/*
 * op.h - one decoded instruction, ready to execute.
 *
 * Hardware  Intel SDM vol. 2, "Instruction Format".
 * Model     the decoder turns an instruction into one struct op: a function
 *           and its operands as byte offsets into struct cpu, so that a
 *           register operand, an address base and "no register" (a zero) are
 *           all one load.  A function settles one instruction and says how it
 *           went; a fault is a value, left in cpu->fault.
 *
 * INVARIANTS
 *   1. A function that returns OP_FAULT or OP_EVENT has changed no register
 *      and no memory (REP: it has done whole iterations only).
 *   REP functions do at most cpu->rep_limit iterations, add those beyond one to
 *   cpu->rep_retired, and return OP_REPEAT if more are to follow (each
 * OP_REPEAT and each final OP_NEXT counts one more iteration retired); they
 * call cpu_rep_step() between iterations.
 *   2. Only functions that return OP_BRANCH, OP_FAULT, OP_EVENT or OP_REPEAT
 *      care for rip: the run loop advances it for the others.
 */
#ifndef SIM_CPU_OP_H
#define SIM_CPU_OP_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/cpu/cpu_state.h"

struct cpu;
struct op;

enum op_result {
    OP_NEXT,   /* retired; go on with the next op */
    OP_NEAR,   /* retired; state.rip was set, by a near transfer in 64-bit mode
                  that changed nothing else but registers and the stack */
    OP_PAST,   /* the same of one that was not taken: rip is past it */
    OP_BRANCH, /* retired; state.rip was set; the block is over */
    OP_END,    /* retired; the block is over (code was written, mode changed) */
    OP_REPEAT, /* REP: whole iterations were done, more follow; rip stays */
    OP_FAULT,  /* not retired: cpu->fault */
    OP_EVENT,  /* not retired: cpu->event goes to the caller of cpu_run() */
};

typedef enum op_result op_function(struct cpu *c, const struct op *op);

/* What an instruction is to the timing model; latencies in cpu_config.h. */
enum timing_class {
    TIMING_MOVE, /* moves, loads, stores: no work beyond the access */
    TIMING_ALU,
    TIMING_MULTIPLY,
    TIMING_DIVIDE,
    TIMING_BRANCH,
    TIMING_LOCK,
    TIMING_PAUSE,
    TIMING_VECTOR,
    TIMING_FP_ADD,
    TIMING_FP_MULTIPLY,
    TIMING_FP_DIVIDE,
    TIMING_STRING,
    TIMING_SYSTEM, /* prices itself: timing_serialize() */
    TIMING_CLASS_COUNT
};

/* Registers as the timing model numbers them. */
enum timing_register {
    TREG_GPR0 = 0, /* .. 15 */
    TREG_FLAGS = 16,
    TREG_XMM0 = 17, /* .. 32 */
    TREG_X87 = 33,
    TREG_NONE = 34, /* always ready; a source that is not there */
    TREG_SINK = 35, /* a destination that is not there */
    TREG_COUNT = 36
};

/* op.flags */
enum {
    OP_LOCK = 1 << 0,
    OP_REP = 1 << 1,             /* F3: REP, REPE */
    OP_REPNE = 1 << 2,           /* F2 */
    OP_ADDRESS_SPECIAL = 1 << 3, /* 32-bit mode or address-size prefix */
    OP_STACK = 1 << 4,           /* addressed through SS: #SS, not #GP */
    OP_ADDRESS_32 = 1 << 5,      /* effective addresses are 32 bits wide */
    OP_ADDRESS_16 = 1 << 6,
    OP_MEMORY = 1 << 7, /* has an explicit memory operand */
};

/* insn.def: what the decoder must know of a row. */
enum {
    INSN_END = 1 << 0,    /* ends its block */
    INSN_SSE = 1 << 1,    /* #UD if CR0.EM or no CR4.OSFXSR; #NM if CR0.TS */
    INSN_X87 = 1 << 2,    /* #NM if CR0.EM or CR0.TS */
    INSN_FXSAVE = 1 << 3, /* #NM if CR0.EM or CR0.TS; no OSFXSR needed */
    INSN_NO64 = 1 << 4,   /* #UD in 64-bit mode */
    INSN_ONLY64 = 1 << 5, /* #UD outside 64-bit mode */
    INSN_BRANCH = 1 << 6, /* control transfer: counted, ends its block */
    INSN_MMX = 1 << 7,    /* #UD if CR0.EM; #NM if CR0.TS */
    INSN_VEX = 1 << 8,    /* #UD in real-address and virtual-8086 mode */
};

/*
 * dst, src, src2 are the byte offsets in struct cpu of explicit operands 0, 1
 * and 2 where those are registers (AH is RAX's offset + 1).  At most one
 * operand is memory: number memory_operand, or OP_NO_MEMORY.
 */
enum { OP_NO_MEMORY = 0xff };

/* op.memory_bytes of state images; the header of XSAVE's is in it. */
enum { OP_BYTES_XSAVE = 0xfe, OP_BYTES_FXSAVE = 0xff };

static inline unsigned op_image_bytes(uint8_t memory_bytes)
{
    if (memory_bytes < OP_BYTES_XSAVE)
        return memory_bytes;
    return memory_bytes == OP_BYTES_XSAVE ? 576 : 512;
}

/* One host cache line. */
struct op {
    op_function *run;
    uint64_t imm; /* immediate, sign-extended; branches: target - block start */
    int64_t displacement;
    uint16_t base, index, segment_base; /* offsets of uint64_t in struct cpu */
    uint16_t dst, src, src2;
    uint8_t scale_shift;
    uint8_t segment; /* enum cpu_seg of the memory operand */
    uint8_t flags;
    uint8_t memory_operand;
    uint8_t memory_bytes; /* of the memory operand */
    uint8_t width;        /* operand size in bytes: 1, 2, 4, 8 */
    uint8_t aux;          /* for the function: condition, kind ... */
    uint8_t length;       /* bytes of the instruction */
    uint16_t end; /* offset of the next instruction from the block's start */
    /* Timing: what is read (address and other), written, and how long. */
    uint16_t latency_cycles;
    uint32_t prefix_cycles; /* fast timing: cost of the ops before it */
    uint8_t t_address[2];
    uint8_t t_source[3];
    uint8_t t_dest[3];
    uint8_t latency_class;
    uint8_t address_bytes; /* 2, 4, 8: of implicit addresses (string ops) */
    uint8_t operands;      /* visible operands */
    bool immediate : 1;    /* one of them is an immediate */
    bool branch : 1;       /* a control transfer */
    bool writes : 1;       /* the memory operand is written */
};

#endif
