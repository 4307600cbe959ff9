/*
 * frame.h - stacks that control arrives on: those of interrupts, call gates
 * and tasks.
 *
 * Hardware  Intel SDM vol. 3, "Stack Switching", "Interrupt- and
 *           Exception-Handler Procedures".
 * Model     a stack is prepared and written before any register changes, and
 *           taken into use when nothing more can fault.  64-bit mode writes
 *           its frames as a whole (idt.c); this is for segmented stacks.
 */
#ifndef SIM_CPU_FRAME_H
#define SIM_CPU_FRAME_H
#include "sim/cpu/segment.h"

struct frame_stack {
    struct segment ss;
    uint64_t sp;
    unsigned cpl;
    uint32_t error; /* of #SS: the selector of a new stack, else 0 */
};

/* The stack in use now. */
struct frame_stack frame_stack_current(const struct cpu *c);

/* SS and eSP of privilege cpl from the TSS; #TS and #SS as the manual says. */
enum op_result frame_stack_inner(struct cpu *c, unsigned cpl,
                                 struct frame_stack *f);

/* Pushes 2, 4 or 8 bytes. */
enum op_result frame_push(struct cpu *c, struct frame_stack *f, unsigned bytes,
                          uint64_t value);

/* SS, eSP and nothing else. */
void frame_stack_use(struct cpu *c, const struct frame_stack *f);

/* Writes of a handler at privilege cpl. */
enum op_result frame_write(struct cpu *c, uint64_t linear, unsigned bytes,
                           const void *from, unsigned cpl);

/* A field of the TSS; beyond its limit #TS(TR). */
enum op_result task_field(struct cpu *c, unsigned offset, unsigned bytes,
                          uint64_t *to);

#endif
