/*
 * far.h - transfers of control to another code segment or privilege level.
 */
#ifndef SIM_CPU_FAR_H
#define SIM_CPU_FAR_H
#include "sim/cpu/segment.h"

/* op->aux is the size in bytes of an offset: 2, 4, 8. */
op_function exec_jmp_far, exec_call_far, exec_ret_far, exec_iret;

/* Selector and offset of a far transfer, and where control returns to. */
struct far_target {
    uint16_t selector;
    uint64_t offset;
    uint64_t next_rip;
    unsigned bytes; /* of the operand size */
    bool call;
};

/*
 * Takes CS and rIP into use, all checks done but that of the offset: #GP(0).
 * OP_BRANCH if all went well.
 */
enum op_result far_enter(struct cpu *c, const struct segment *cs, uint64_t rip);

/* True if rip is beyond cs's limit, or not canonical in 64-bit code. */
bool far_beyond(const struct cpu *c, const struct segment *cs, uint64_t rip);

/* Through a call gate, a task gate or a TSS (far_gate.c). */
enum op_result far_through_system(struct cpu *c, const struct far_target *t);

#endif
