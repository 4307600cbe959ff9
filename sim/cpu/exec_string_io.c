/*
 * exec_string_io.c - INS and OUTS.
 *
 * Hardware  Intel SDM vol. 2, INS, OUTS; vol. 1, "Input/Output".
 * Model     a repeated form moves, in one event, as many elements as lie in
 *           one page of memory.  Memory is read or checked before the event,
 *           so that finishing it cannot fault.  An exit of a guest comes
 *           before faults of memory: then with no element, and whoever handles
 *           it executes the instruction to have the fault.
 */
#include "sim/cpu/exec_handlers.h"
#include "sim/cpu/exec_io.h"
#include "sim/cpu/exec_string.h"
#include "sim/cpu/guest_exit.h"

/* Elements in one event: those within the page of va, and one at least. */
static uint32_t elements(const struct cpu *c, const struct op *op, gva_t va,
                         unsigned bytes)
{
    uint64_t offset = page_offset(va.v);
    uint64_t room = (PAGE_BYTES - offset) / bytes;
    uint64_t left = string_register(c, op, REG_RCX);

    if (!(op->flags & (OP_REP | OP_REPNE)))
        return 1;
    if (c->state.rflags & RFLAGS_DF)
        room = offset / bytes + (offset + bytes <= PAGE_BYTES);
    if (room > c->rep_limit)
        room = c->rep_limit;
    if (room == 0)
        room = 1;
    return (uint32_t)(left < room ? left : room);
}

/* Reads what OUTS sends, in the order of the elements. */
static enum op_result gather(struct cpu *c, gva_t va, const struct cpu_port *p)
{
    uint64_t stride = string_stride(c, 1, p->bytes);

    for (uint32_t i = 0; i < p->count; i++) {
        enum op_result r = cpu_load(c, gva_add(va, i * stride), p->bytes,
                                    c->port_data + i * p->bytes);

        if (r != OP_NEXT)
            return r;
    }
    return OP_NEXT;
}

static enum op_result string_io(struct cpu *c, const struct op *op, bool in,
                                unsigned bytes)
{
    struct cpu_port p = {.port = (uint16_t)c->state.gpr[REG_RDX],
                         .bytes = (uint8_t)bytes,
                         .in = in,
                         .string = true,
                         .data = c->port_data};
    struct span span;
    enum op_result r;
    gva_t va;
    bool exits;

    if ((op->flags & (OP_REP | OP_REPNE)) &&
        string_register(c, op, REG_RCX) == 0)
        return OP_NEXT;
    r = port_check(c, p.port, bytes);
    if (r != OP_NEXT)
        return r;
    va = in ? string_destination(c, op, bytes, ACCESS_WRITE)
            : string_source(c, op, bytes);
    p.count = elements(c, op, va, bytes);
    r = in ? cpu_translate(c, va, bytes, ACCESS_WRITE, &span)
           : gather(c, va, &p);
    exits = guest_port_exits(c, p.port, bytes);
    if (r == OP_FAULT && exits)
        p.count = 0;
    else if (r != OP_NEXT)
        return r;
    r = port_leave(c, op, &p);
    if (exits) {
        c->event.exit.gva = va;
        c->event.exit.instruction_info = guest_exit_string_info(op, in);
    }
    return r;
}

enum op_result exec_insb(struct cpu *c, const struct op *op)
{
    return string_io(c, op, true, 1);
}

enum op_result exec_insw(struct cpu *c, const struct op *op)
{
    return string_io(c, op, true, 2);
}

enum op_result exec_insd(struct cpu *c, const struct op *op)
{
    return string_io(c, op, true, 4);
}

enum op_result exec_outsb(struct cpu *c, const struct op *op)
{
    return string_io(c, op, false, 1);
}

enum op_result exec_outsw(struct cpu *c, const struct op *op)
{
    return string_io(c, op, false, 2);
}

enum op_result exec_outsd(struct cpu *c, const struct op *op)
{
    return string_io(c, op, false, 4);
}
