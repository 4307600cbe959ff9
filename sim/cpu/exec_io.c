/*
 * exec_io.c - IN, OUT, and how port accesses end.
 *
 * Hardware  Intel SDM vol. 1, "Input/Output"; vol. 3, "Exit Qualification for
 *           I/O Instructions".
 * Model     the access leaves the CPU as an event, the state being that before
 *           the instruction; cpu_complete_port() finishes it.
 */
#include "sim/cpu/exec_io.h"

#include <string.h>

#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/debug.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"

enum { TSS_IO_BASE = 0x66 };

/* The bits of the ports in the TSS's I/O permission bitmap must be clear. */
static enum op_result ask_bitmap(struct cpu *c, uint16_t port, unsigned bytes)
{
    const struct segment *tr = &c->state.tr;
    uint16_t base, bits;
    unsigned at;
    enum op_result r;

    if (!(tr->attributes & DESC_32_BIT) || tr->limit < TSS_IO_BASE + 1)
        return cpu_gp0(c);
    r = implicit_read(c, tr->base + TSS_IO_BASE, 2, &base);
    if (r != OP_NEXT)
        return r;
    at = base + port / 8u;
    if (at + 1 > tr->limit)
        return cpu_gp0(c);
    r = implicit_read(c, tr->base + at, 2, &bits);
    if (r != OP_NEXT)
        return r;
    return (unsigned)bits >> port % 8u & ((1u << bytes) - 1) ? cpu_gp0(c)
                                                             : OP_NEXT;
}

enum op_result port_check(struct cpu *c, uint16_t port, unsigned bytes)
{
    bool trusted = c->state.cpl <= (c->state.rflags >> 12 & 3);
    enum op_result r = OP_NEXT;

    if ((c->mode & MODE_V86) || (!(c->mode & MODE_REAL) && !trusted))
        r = ask_bitmap(c, port, bytes);
    if (r == OP_NEXT)
        c->debug_hits |= debug_port_hits(&c->state, port, bytes);
    return r;
}

/* SDM table "Exit Qualification for I/O Instructions". */
static uint64_t qualification(const struct cpu_port *p, bool rep,
                              bool immediate)
{
    return (p->bytes - 1u) | (uint64_t)p->in << 3 | (uint64_t)p->string << 4 |
           (uint64_t)rep << 5 | (uint64_t)immediate << 6 |
           (uint64_t)p->port << 16;
}

enum op_result port_leave(struct cpu *c, const struct op *op,
                          const struct cpu_port *port)
{
    bool rep = op->flags & (OP_REP | OP_REPNE);

    c->pending = (struct pending){.kind = PENDING_PORT,
                                  .length = op->length,
                                  .address_bytes = op->address_bytes,
                                  .rep = rep,
                                  .port = *port};
    if (guest_port_exits(c, port->port, port->bytes)) {
        guest_exit(c, op, VMEXIT_IO);
        c->event.exit.port = *port;
        c->event.exit.qualification = qualification(port, rep, op->immediate);
        return OP_EVENT;
    }
    c->event = (struct cpu_event){.kind = CPU_EVENT_PORT};
    c->event.port = *port;
    return OP_EVENT;
}

/* One element, between RAX and the port. */
static enum op_result port_single(struct cpu *c, const struct op *op, bool in,
                                  unsigned bytes)
{
    struct cpu_port p = {
        .bytes = (uint8_t)bytes, .in = in, .count = 1, .data = c->port_data};
    enum op_result r;

    p.port = op->immediate ? (uint8_t)op->imm : (uint16_t)c->state.gpr[REG_RDX];
    r = port_check(c, p.port, bytes);
    if (r != OP_NEXT)
        return r;
    memset(c->port_data, 0, 8);
    if (!in)
        memcpy(c->port_data, &c->state.gpr[REG_RAX], bytes);
    return port_leave(c, op, &p);
}

op_function exec_in;
bind_function bind_out;

enum op_result exec_in(struct cpu *c, const struct op *op)
{
    return port_single(c, op, true, op->width);
}

static enum op_result exec_out(struct cpu *c, const struct op *op)
{
    return port_single(c, op, false, op->aux);
}

/* The visible operands are the port, then the accumulator. */
op_function *bind_out(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    op->aux = (uint8_t)(d->operand[1].size / 8);
    return exec_out;
}

static uint64_t masked(uint64_t value, unsigned bytes)
{
    return zero_extend(value, bytes * 8);
}

/* INS: the data goes to ES:rDI; the addresses were checked before. */
static void store_string(struct cpu *c, const struct cpu_port *p,
                         const uint8_t *data)
{
    uint64_t step = c->state.rflags & RFLAGS_DF ? (uint64_t)0 - p->bytes
                                                : (uint64_t)p->bytes;
    uint64_t at = c->state.gpr[REG_RDI];

    for (uint32_t i = 0; i < p->count; i++) {
        uint64_t offset = masked(at, c->pending.address_bytes);

        if (cpu_store(c, cpu_linear(c, SEG_ES, offset, p->bytes, ACCESS_WRITE),
                      p->bytes, data + (size_t)i * p->bytes) > OP_END)
            break;
        at += step;
    }
}

/* Advances rSI or rDI and rCX; true if a REP count is left. */
static bool advance_string(struct cpu *c, const struct cpu_port *p)
{
    unsigned bits = c->pending.address_bytes * 8u;
    enum cpu_reg r = p->in ? REG_RDI : REG_RSI;
    uint64_t bytes = (uint64_t)p->bytes * p->count;
    uint64_t at = c->state.gpr[r], left;

    at += c->state.rflags & RFLAGS_DF ? 0 - bytes : bytes;
    reg_write(c, (uint16_t)(offsetof(struct cpu, state.gpr) + 8u * r), bits,
              at);
    if (!c->pending.rep)
        return false;
    left = masked(c->state.gpr[REG_RCX] - p->count, bits / 8);
    reg_write(c, offsetof(struct cpu, state.gpr[REG_RCX]), bits, left);
    return left != 0;
}

static void complete_string(struct cpu *c, const uint8_t *data)
{
    const struct cpu_port *p = &c->pending.port;

    if (p->in)
        store_string(c, p, data);
    cpu_retire(c, p->count - 1);
    if (advance_string(c, p))
        cpu_skip(c, 0);
    else
        cpu_skip(c, c->pending.length);
}

void cpu_complete_port(struct cpu *c, const struct cpu_port *port)
{
    const struct cpu_port *p = &c->pending.port;
    uint32_t value;

    if (c->pending.kind != PENDING_PORT)
        return;
    c->pending.kind = PENDING_NONE;
    if (c->control.virt == VIRT_NONE) /* else no bus has seen it */
        timing_serialize(&c->time, c->time.base_row, c->config.port_cycles);
    if (p->string) {
        complete_string(c, port->data ? port->data : c->port_data);
        return;
    }
    if (p->in) {
        memcpy(&value, port->data ? port->data : c->port_data, 4);
        reg_write(c, offsetof(struct cpu, state.gpr[REG_RAX]), p->bytes * 8u,
                  value);
    }
    cpu_skip(c, c->pending.length);
}
