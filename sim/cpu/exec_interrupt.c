/*
 * exec_interrupt.c - INT n, INT3, INT1, INTO, BOUND.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name; vol. 3, "Handling
 *           Virtual-8086 Mode Software Interrupts" without VME.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"

op_function exec_int, exec_int3, exec_int1, exec_into, exec_bound;

static enum op_result software_interrupt(struct cpu *c, const struct op *op,
                                         enum cpu_inject_kind kind,
                                         uint8_t vector)
{
    struct delivery d = {.kind = kind, .vector = vector, .length = op->length};

    c->state.rip = c->block_rip + op->end - op->length;
    return exception_deliver(c, &d);
}

/* In virtual-8086 mode INT n is for the monitor unless IOPL is 3. */
enum op_result exec_int(struct cpu *c, const struct op *op)
{
    if ((c->mode & MODE_V86) && (c->state.rflags & RFLAGS_IOPL) != RFLAGS_IOPL)
        return cpu_gp0(c);
    return software_interrupt(c, op, INJECT_SOFTWARE, (uint8_t)op->imm);
}

/* An exception that the hypervisor may ask for, with the instruction's length.
 */
static enum op_result software_exception(struct cpu *c, const struct op *op,
                                         enum cpu_inject_kind kind,
                                         uint8_t vector)
{
    if (guest_exception_exits(c, vector, 0)) {
        guest_exit(c, op, VMEXIT_EXCEPTION);
        c->event.exit.vector = vector;
        return OP_EVENT;
    }
    return software_interrupt(c, op, kind, vector);
}

enum op_result exec_int3(struct cpu *c, const struct op *op)
{
    return software_exception(c, op, INJECT_SOFTWARE_EXCEPTION, VECTOR_BP);
}

enum op_result exec_int1(struct cpu *c, const struct op *op)
{
    return software_exception(c, op, INJECT_PRIVILEGED_SOFTWARE, VECTOR_DB);
}

enum op_result exec_into(struct cpu *c, const struct op *op)
{
    if (!flag_of(&c->flags))
        return OP_END;
    return software_exception(c, op, INJECT_SOFTWARE_EXCEPTION, VECTOR_OF);
}

/* A signed index against two signed bounds in memory. */
enum op_result exec_bound(struct cpu *c, const struct op *op)
{
    unsigned bits = op->width * 8u;
    gva_t va = op_linear(c, op);
    uint64_t pair = 0;
    int64_t index, low, high;
    enum op_result r = cpu_load(c, va, 2u * op->width, &pair);

    if (r != OP_NEXT)
        return r;
    index = (int64_t)sign_extend(reg_read(c, op->dst, bits), bits);
    low = (int64_t)sign_extend(pair, bits);
    high = (int64_t)sign_extend(pair >> bits, bits);
    return index < low || index > high ? cpu_fault(c, VECTOR_BR) : OP_NEXT;
}
