/*
 * exec_table.c - descriptor-table registers, and questions about selectors.
 *
 * Hardware  Intel SDM vol. 2, "LGDT/LIDT", "SGDT", "SIDT", "LLDT", "LTR",
 *           "SLDT", "STR", "LAR", "LSL", "VERR/VERW".
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/segment.h"

bind_function bind_load_table;
op_function exec_sgdt, exec_sidt, exec_lldt, exec_ltr, exec_sldt, exec_str,
    exec_lar, exec_lsl, exec_verr, exec_verw;

/* Identities of the instruction-information field. */
enum { ID_SGDT, ID_SIDT, ID_LGDT, ID_LIDT };
enum { ID_SLDT, ID_STR, ID_LLDT, ID_LTR };

static bool tables_exit(const struct cpu *c)
{
    return guest_intercepts(c) && c->control.exit_descriptor_table;
}

static enum op_result load_table(struct cpu *c, const struct op *op,
                                 struct table_register *t, unsigned identity)
{
    unsigned bytes = c->mode & MODE_64 ? 10 : 6;
    uint8_t image[10];
    uint64_t base = 0;
    enum op_result r;

    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (tables_exit(c))
        return guest_exit_operand(c, op, VMEXIT_GDTR_IDTR, identity);
    r = cpu_load(c, op_linear(c, op), bytes, image);
    if (r != OP_NEXT)
        return r;
    memcpy(&base, image + 2, bytes - 2);
    if (op->aux == 2) /* 16-bit operand size: the base has 24 bits */
        base &= 0xffffff;
    if (!cpu_base_canonical(c, base))
        return cpu_gp0(c);
    memcpy(&t->limit, image, 2);
    t->base = base;
    cpu_serialize(c, c->config.cr_write_cycles);
    return OP_END;
}

static enum op_result exec_lgdt(struct cpu *c, const struct op *op)
{
    return load_table(c, op, &c->state.gdtr, ID_LGDT);
}

static enum op_result exec_lidt(struct cpu *c, const struct op *op)
{
    return load_table(c, op, &c->state.idtr, ID_LIDT);
}

/* kind: LIDT. */
op_function *bind_load_table(const struct decoded *d, struct op *op,
                             unsigned kind)
{
    op->aux = (uint8_t)(d->mode & MODE_64 ? 8 : d->insn.operand_width / 8);
    return kind ? exec_lidt : exec_lgdt;
}

static enum op_result store_table(struct cpu *c, const struct op *op,
                                  const struct table_register *t,
                                  unsigned identity)
{
    uint8_t image[10];

    if (umip_forbids(c))
        return cpu_gp0(c);
    if (tables_exit(c))
        return guest_exit_operand(c, op, VMEXIT_GDTR_IDTR, identity);
    memcpy(image, &t->limit, 2);
    memcpy(image + 2, &t->base, 8);
    return cpu_store(c, op_linear(c, op), c->mode & MODE_64 ? 10 : 6, image);
}

enum op_result exec_sgdt(struct cpu *c, const struct op *op)
{
    return store_table(c, op, &c->state.gdtr, ID_SGDT);
}

enum op_result exec_sidt(struct cpu *c, const struct op *op)
{
    return store_table(c, op, &c->state.idtr, ID_SIDT);
}

static enum op_result load_system(struct cpu *c, const struct op *op, bool task)
{
    uint64_t selector;
    enum op_result r;

    if (cpu_uses_paragraphs(c))
        return cpu_fault(c, VECTOR_UD);
    if (c->state.cpl != 0)
        return cpu_gp0(c);
    if (tables_exit(c))
        return guest_exit_operand(c, op, VMEXIT_LDTR_TR,
                                  task ? ID_LTR : ID_LLDT);
    r = op_read_int(c, op, 0, 2, &selector);
    if (r != OP_NEXT)
        return r;
    r = task ? segment_load_task(c, (uint16_t)selector)
             : segment_load_ldt(c, (uint16_t)selector);
    if (r != OP_NEXT)
        return r;
    cpu_serialize(c, c->config.cr_write_cycles);
    return OP_END;
}

enum op_result exec_lldt(struct cpu *c, const struct op *op)
{
    return load_system(c, op, false);
}

enum op_result exec_ltr(struct cpu *c, const struct op *op)
{
    return load_system(c, op, true);
}

static enum op_result store_selector(struct cpu *c, const struct op *op,
                                     uint16_t selector, unsigned identity)
{
    unsigned bytes = op->memory_operand == 0 ? 2 : op->width;

    if (cpu_uses_paragraphs(c))
        return cpu_fault(c, VECTOR_UD);
    if (umip_forbids(c))
        return cpu_gp0(c);
    if (tables_exit(c))
        return guest_exit_operand(c, op, VMEXIT_LDTR_TR, identity);
    return op_write_int(c, op, 0, bytes, selector);
}

enum op_result exec_sldt(struct cpu *c, const struct op *op)
{
    return store_selector(c, op, c->state.ldtr.selector, ID_SLDT);
}

enum op_result exec_str(struct cpu *c, const struct op *op)
{
    return store_selector(c, op, c->state.tr.selector, ID_STR);
}

static void set_zf(struct cpu *c, bool zf)
{
    uint64_t others = flags_get(&c->flags) & ~RFLAGS_ZF;

    flags_set(&c->flags, others | (zf ? RFLAGS_ZF : 0));
}

/* A descriptor that may be looked at: false if not visible at this CPL. */
static enum op_result inspect(struct cpu *c, uint16_t selector, uint64_t *d,
                              bool *visible)
{
    struct segment s;
    bool conforming;
    enum op_result r;

    *visible = false;
    if ((selector & ~3) == 0)
        return OP_NEXT;
    r = descriptor_read(c, selector, VECTOR_GP, d);
    if (r == OP_FAULT && c->fault.vector == VECTOR_GP)
        return OP_NEXT; /* beyond the table */
    if (r != OP_NEXT)
        return r;
    s = segment_decode(selector, *d);
    conforming = (s.attributes & (SEGA_S | SEGA_CODE | SEGA_CONFORMING)) ==
                 (SEGA_S | SEGA_CODE | SEGA_CONFORMING);
    *visible = conforming || (segment_dpl(s.attributes) >= c->state.cpl &&
                              segment_dpl(s.attributes) >= (selector & 3u));
    return OP_NEXT;
}

/* System types that LAR and LSL know: bit n of a mask is type n. */
static bool known_system_type(const struct cpu *c, unsigned type, bool limit)
{
    unsigned segments =
        1u << DESC_LDT | 1u << DESC_TSS_AVAILABLE | 1u << DESC_TSS_BUSY;
    unsigned gates = 1u << DESC_CALL_GATE;

    if (!cpu_long_mode(c)) {
        segments |= 1u << DESC_TSS16_AVAILABLE | 1u << DESC_TSS16_BUSY;
        gates |= 1u << DESC_CALL_GATE16 | 1u << DESC_TASK_GATE;
    }
    return (limit ? segments : segments | gates) >> type & 1;
}

static enum op_result rights_or_limit(struct cpu *c, const struct op *op,
                                      bool limit)
{
    uint64_t selector, d = 0, value;
    struct segment s;
    bool good;
    enum op_result r;

    if (cpu_uses_paragraphs(c))
        return cpu_fault(c, VECTOR_UD);
    r = op_read_int(c, op, 1, 2, &selector);
    if (r == OP_NEXT)
        r = inspect(c, (uint16_t)selector, &d, &good);
    if (r != OP_NEXT)
        return r;
    s = segment_decode((uint16_t)selector, d);
    if (good && !(s.attributes & SEGA_S))
        good = known_system_type(c, s.attributes & SEGA_TYPE, limit);
    set_zf(c, good);
    if (!good)
        return OP_NEXT;
    value = limit ? s.limit : d >> 32 & 0x00ffff00;
    return op_write_int(c, op, 0, op->width, value);
}

enum op_result exec_lar(struct cpu *c, const struct op *op)
{
    return rights_or_limit(c, op, false);
}

enum op_result exec_lsl(struct cpu *c, const struct op *op)
{
    return rights_or_limit(c, op, true);
}

static enum op_result verify(struct cpu *c, const struct op *op, bool write)
{
    uint64_t selector, d = 0;
    unsigned a;
    bool good;
    enum op_result r;

    if (cpu_uses_paragraphs(c))
        return cpu_fault(c, VECTOR_UD);
    r = op_read_int(c, op, 0, 2, &selector);
    if (r == OP_NEXT)
        r = inspect(c, (uint16_t)selector, &d, &good);
    if (r != OP_NEXT)
        return r;
    a = segment_decode((uint16_t)selector, d).attributes;
    if (!(a & SEGA_S))
        good = false;
    else if (write)
        good = good && !(a & SEGA_CODE) && (a & SEGA_WRITABLE);
    else
        good = good && (!(a & SEGA_CODE) || (a & SEGA_READABLE));
    set_zf(c, good);
    return OP_NEXT;
}

enum op_result exec_verr(struct cpu *c, const struct op *op)
{
    return verify(c, op, false);
}

enum op_result exec_verw(struct cpu *c, const struct op *op)
{
    return verify(c, op, true);
}
