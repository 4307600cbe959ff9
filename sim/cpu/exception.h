/*
 * exception.h - exceptions, interrupts and how they reach their handler.
 */
#ifndef SIM_CPU_EXCEPTION_H
#define SIM_CPU_EXCEPTION_H
#include "sim/cpu/cpu_internal.h"

/* An event to deliver through the IDT. */
struct delivery {
    enum cpu_inject_kind kind;
    uint8_t vector;
    bool has_error;
    uint32_t error_code;
    uint8_t length;    /* software kinds: rip + length is the return address */
    uint64_t cr2;      /* #PF */
    uint64_t dr6;      /* #DB: its causes */
    bool unblocks_nmi; /* see struct fault */
};

/*
 * Settles cpu->fault: delivers it, turns it into a VM exit or a trap of a
 * de-privileged guest, or into a double or triple fault.  op is the
 * instruction, or NULL.  Returns OP_BRANCH (the handler is next) or OP_EVENT.
 */
enum op_result exception_raise(struct cpu *c, const struct op *op);

/* The same for any event: interrupts, INT n. */
enum op_result exception_deliver(struct cpu *c, const struct delivery *d);

/* control.inject, at VM entry. */
enum op_result exception_inject(struct cpu *c);

/*
 * One delivery through the IDT: OP_BRANCH, or OP_FAULT / OP_EVENT with nothing
 * changed (idt.c; idt_real.c in real mode).
 */
enum op_result idt_deliver(struct cpu *c, const struct delivery *d);
enum op_result idt_deliver_real(struct cpu *c, const struct delivery *d);

/* What a delivery pushes: RFLAGS with RF as it must be, return address. */
uint64_t delivery_flags(const struct cpu *c, const struct delivery *d);
uint64_t delivery_return(const struct cpu *c, const struct delivery *d);

#endif
