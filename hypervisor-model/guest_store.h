/*
 * guest_store.h - decodes and executes the stores that kernels use to change
 * page tables.
 *
 * Hardware      Intel SDM vol. 2: MOV, MOVNTI, XCHG, CMPXCHG, XADD, AND, OR,
 *               XOR, ADD, SUB, INC, DEC, BTS, BTR, BTC.
 * Model         one row says how an instruction computes its result and its
 *               flags; who asked reads and writes the memory.
 * NOT MODELLED  everything else (string stores, PUSH, vector stores): it does
 *               not decode.
 *
 * Order: decode; run, with what memory holds; write result unless kept;
 * finish.  Nothing of the guest changes before finish.
 */
#ifndef HYPERVISOR_MODEL_GUEST_STORE_H
#define HYPERVISOR_MODEL_GUEST_STORE_H
#include "hypervisor-model/guest_insn.h"

/* One decoded store, its operands and what it leaves behind. */
struct guest_store {
    struct guest_insn insn;
    void (*run)(struct guest_store *s);
    unsigned bytes, bits;
    uint64_t mask;   /* of the operand size */
    uint64_t before; /* memory */
    uint64_t source; /* register or immediate */
    uint64_t result; /* for memory */
    uint64_t flags;  /* all of RFLAGS */
    bool kept;       /* CMPXCHG found another value: memory stays ... */
    bool reg_set;    /* ... reg_value goes there, or to the source register */
    uint64_t reg_value;
    uint64_t rax;
};

/*
 * True if the instruction at rip is one simple store, or read and store, of
 * bytes at va, within its page.
 */
bool guest_store_decode(const struct cpu *c, gva_t va, struct guest_store *s);

void guest_store_run(struct guest_store *s, uint64_t before);

/* Registers and flags change as on the CPU; rip does not. */
void guest_store_finish(const struct guest_store *s, struct cpu *c);

#endif
