/*
 * decode_timing.c - register lists and latencies for the timing model.
 *
 * Model     sources are registers read, with 8- and 16-bit destinations (they
 *           merge); clearing idioms (XOR r,r) read nothing.  The stack pointer
 *           of PUSH, POP, CALL and RET is free: CPUs track it in the front end
 *           (Intel Optimization Manual, "Stack Pointer Tracker").
 */
#include "sim/cpu/decode_timing.h"

#include <string.h>

void decode_timing_none(struct op *op)
{
    memset(op->t_address, TREG_NONE, sizeof op->t_address);
    memset(op->t_source, TREG_NONE, sizeof op->t_source);
    memset(op->t_dest, TREG_SINK, sizeof op->t_dest);
}

static bool add(uint8_t *list, size_t places, uint8_t empty, uint8_t r)
{
    for (size_t i = 0; i < places; i++) {
        if (list[i] == r)
            return true;
        if (list[i] == empty) {
            list[i] = r;
            return true;
        }
    }
    return false;
}

/* More than three sources: the rest counts as an address. */
static void add_source(struct op *op, uint8_t r)
{
    if (r == TREG_NONE)
        return;
    if (!add(op->t_source, ARRAY_LEN(op->t_source), TREG_NONE, r))
        add(op->t_address, ARRAY_LEN(op->t_address), TREG_NONE, r);
}

static void add_address(struct op *op, uint8_t r)
{
    if (r == TREG_NONE)
        return;
    if (!add(op->t_address, ARRAY_LEN(op->t_address), TREG_NONE, r))
        add(op->t_source, ARRAY_LEN(op->t_source), TREG_NONE, r);
}

static uint8_t timing_register(ZydisRegister r)
{
    unsigned id = (unsigned)(uint8_t)ZydisRegisterGetId(r);

    switch ((int)ZydisRegisterGetClass(r)) {
    case ZYDIS_REGCLASS_GPR8:
        id = (unsigned)(r - ZYDIS_REGISTER_AL);
        return (uint8_t)(TREG_GPR0 + (id < 4 ? id : id - 4));
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
        return (uint8_t)(TREG_GPR0 + id);
    case ZYDIS_REGCLASS_XMM:
        return (uint8_t)(TREG_XMM0 + id);
    case ZYDIS_REGCLASS_X87:
    case ZYDIS_REGCLASS_MMX:
        return TREG_X87;
    case ZYDIS_REGCLASS_FLAGS:
        return TREG_FLAGS;
    default: /* no timing of its own: segment, control, RIP, ... */
        return TREG_NONE;
    }
}

/* A general register of 8 or 16 bits keeps the rest of its value. */
static bool merges(const ZydisDecodedOperand *o)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(o->reg.value);

    return class == ZYDIS_REGCLASS_GPR8 || class == ZYDIS_REGCLASS_GPR16;
}

static void add_register(struct op *op, const ZydisDecodedOperand *o)
{
    uint8_t r = timing_register(o->reg.value);
    bool hidden = o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;

    if (r == TREG_NONE || (hidden && r == TREG_GPR0 + REG_RSP))
        return;
    if (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ || merges(o))
        add_source(op, r);
    if (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
        add(op->t_dest, ARRAY_LEN(op->t_dest), TREG_SINK, r);
}

static void add_memory(struct op *op, const ZydisDecodedOperand *o)
{
    bool hidden = o->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
    uint8_t base = timing_register(o->mem.base);

    if (!hidden || base != TREG_GPR0 + REG_RSP)
        add_address(op, base);
    add_address(op, timing_register(o->mem.index));
}

/* XOR r,r and its like: the result does not depend on r. */
static bool is_clearing(const struct decoded *d)
{
    static const uint16_t idiom[] = {
        ZYDIS_MNEMONIC_XOR,   ZYDIS_MNEMONIC_SUB,   ZYDIS_MNEMONIC_PXOR,
        ZYDIS_MNEMONIC_XORPS, ZYDIS_MNEMONIC_XORPD, ZYDIS_MNEMONIC_PSUBB,
        ZYDIS_MNEMONIC_PSUBD, ZYDIS_MNEMONIC_PSUBQ, ZYDIS_MNEMONIC_PSUBW};

    if (d->form != FORM_RR ||
        d->operand[0].reg.value != d->operand[1].reg.value)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(idiom); i++)
        if (d->insn.mnemonic == idiom[i])
            return d->operand[0].size >= 32;
    return false;
}

static uint16_t latency(const struct cpu *c, const struct decoded *d,
                        enum timing_class class)
{
    bool load = false, store = false;

    if (class != TIMING_MOVE)
        return c->latency_cycles[class];
    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        const ZydisDecodedOperand *o = &d->operand[i];

        if (o->type != ZYDIS_OPERAND_TYPE_MEMORY ||
            o->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
            continue;
        load = load || (o->actions & ZYDIS_OPERAND_ACTION_MASK_READ);
        store = store || (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
    }
    if (load && !store)
        return 0; /* all of it is the access */
    return c->latency_cycles[TIMING_MOVE];
}

void decode_timing(const struct cpu *c, const struct decoded *d,
                   enum timing_class class, struct op *op)
{
    bool clearing = is_clearing(d);

    if ((d->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) ||
        (d->insn.mnemonic == ZYDIS_MNEMONIC_XCHG && (op->flags & OP_MEMORY)))
        class = TIMING_LOCK;
    op->latency_class = (uint8_t) class;
    op->latency_cycles = latency(c, d, class);
    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER)
            add_register(op, &d->operand[i]);
        else if (d->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
            add_memory(op, &d->operand[i]);
    }
    if (clearing)
        memset(op->t_source, TREG_NONE, sizeof op->t_source);
}

uint32_t op_fast_cycles(const struct op *op)
{
    if (op->latency_class == TIMING_SYSTEM)
        return 0;
    return op->latency_cycles > 1 ? op->latency_cycles : 1;
}
