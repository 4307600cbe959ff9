/*
 * exec_branch.c - Jcc, SETcc, CMOVcc, JMP, CALL, RET, LOOP, JRCXZ.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 * Model     a direct target is an offset from the block's start.  Outside
 *           64-bit mode the run loop truncates rip.  Far forms are in
 *           exec_far.c.
 */
#include "sim/cpu/access.h"
#include "sim/cpu/alu.h"
#include "sim/cpu/decode.h"
#include "sim/cpu/far.h"
#include "sim/cpu/stack.h"

/* In 64-bit mode, as all that returns OP_NEAR or OP_PAST. */
static inline enum op_result jump(struct cpu *c, const struct op *op)
{
    c->state.rip = c->block_rip + op->imm;
    return OP_NEAR;
}

/* Without a host branch: which way it goes shows in what block comes next. */
static inline enum op_result jump_if(struct cpu *c, const struct op *op,
                                     bool taken)
{
    c->state.rip = c->block_rip + (taken ? op->imm : op->end);
    return (enum op_result)(OP_PAST - taken);
}

/*
 * Where a transfer outside 64-bit mode goes: truncated to the operand size,
 * which op->width is; #GP(0) beyond the limit of CS.
 */
static enum op_result legacy_target(struct cpu *c, const struct op *op,
                                    uint64_t *target)
{
    *target = op->width == 2 ? (uint16_t)*target : (uint32_t)*target;
    return *target > c->state.seg[SEG_CS].limit ? cpu_gp0(c) : OP_NEXT;
}

/* The same for any mode. */
static enum op_result check_target(struct cpu *c, const struct op *op,
                                   uint64_t *target)
{
    if (!(c->mode & MODE_64))
        return legacy_target(c, op, target);
    return cpu_canonical(c, *target) ? OP_NEXT : cpu_gp0(c);
}

static enum op_result jump_legacy(struct cpu *c, const struct op *op)
{
    uint64_t target = c->block_rip + op->imm;
    enum op_result r = legacy_target(c, op, &target);

    if (r != OP_NEXT)
        return r;
    c->state.rip = target;
    return OP_BRANCH;
}

static enum op_result exec_jcc_legacy(struct cpu *c, const struct op *op)
{
    return flags_condition(&c->flags, op->aux) ? jump_legacy(c, op) : OP_NEXT;
}

/* 66 makes branches of 64-bit mode 16 bits wide on AMD's CPUs alone. */
static bool is_narrow(const struct decoded *d)
{
    return d->amd && (d->insn.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE) &&
           !d->insn.raw.rex.W;
}

/* Where branches are not 64 bits wide, op->width becomes the operand size. */
static bool is_legacy(const struct decoded *d, struct op *op)
{
    if (d->mode & MODE_64) {
        op->width = is_narrow(d) ? 2 : op->width;
        return is_narrow(d);
    }
    op->width = (uint8_t)(d->insn.operand_width / 8);
    return true;
}

#define CONDITION_ROW(code)                                                    \
    static enum op_result jcc_##code(struct cpu *c, const struct op *op)       \
    {                                                                          \
        return jump_if(c, op, flags_condition(&c->flags, code));               \
    }                                                                          \
    static enum op_result setcc_r_##code(struct cpu *c, const struct op *op)   \
    {                                                                          \
        reg_write(c, op->dst, 8, flags_condition(&c->flags, code));            \
        return OP_NEXT;                                                        \
    }                                                                          \
    static enum op_result cmovcc_rr_32_##code(struct cpu *c,                   \
                                              const struct op *op)             \
    {                                                                          \
        bool move = flags_condition(&c->flags, code);                          \
        reg_write(c, op->dst, 32, reg_read(c, move ? op->src : op->dst, 32));  \
        return OP_NEXT;                                                        \
    }                                                                          \
    static enum op_result cmovcc_rr_64_##code(struct cpu *c,                   \
                                              const struct op *op)             \
    {                                                                          \
        bool move = flags_condition(&c->flags, code);                          \
        reg_write(c, op->dst, 64, reg_read(c, move ? op->src : op->dst, 64));  \
        return OP_NEXT;                                                        \
    }
#include "sim/cpu/condition_rows.def"
#undef CONDITION_ROW

#define CONDITION_ROW(code) jcc_##code,
static op_function *const jcc_table[16] = {
#include "sim/cpu/condition_rows.def"
};
#undef CONDITION_ROW
#define CONDITION_ROW(code) setcc_r_##code,
static op_function *const setcc_table[16] = {
#include "sim/cpu/condition_rows.def"
};
#undef CONDITION_ROW
#define CONDITION_ROW(code) {cmovcc_rr_32_##code, cmovcc_rr_64_##code},
static op_function *const cmovcc_table[16][2] = {
#include "sim/cpu/condition_rows.def"
};
#undef CONDITION_ROW

static enum op_result exec_setcc_any(struct cpu *c, const struct op *op)
{
    return op_write_int(c, op, 0, 1, flags_condition(&c->flags, op->aux));
}

/* A load happens, and may fault, whatever the condition says. */
static enum op_result exec_cmovcc_any(struct cpu *c, const struct op *op)
{
    uint64_t value;
    enum op_result r = op_read_int(c, op, 1, op->width, &value);

    if (r != OP_NEXT)
        return r;
    if (!flags_condition(&c->flags, op->aux))
        memcpy(&value, cpu_at(c, op->dst), op->width);
    return op_write_int(c, op, 0, op->width, value);
}

bind_function bind_jcc, bind_setcc, bind_cmovcc, bind_jmp, bind_call, bind_ret;

op_function *bind_jcc(const struct decoded *d, struct op *op, unsigned kind)
{
    op->aux = (uint8_t)kind;
    return is_legacy(d, op) ? exec_jcc_legacy : jcc_table[kind];
}

op_function *bind_setcc(const struct decoded *d, struct op *op, unsigned kind)
{
    op->aux = (uint8_t)kind;
    return d->form == FORM_R ? setcc_table[kind] : exec_setcc_any;
}

op_function *bind_cmovcc(const struct decoded *d, struct op *op, unsigned kind)
{
    op->aux = (uint8_t)kind;
    if (d->form != FORM_RR || op->width < 4)
        return exec_cmovcc_any;
    return cmovcc_table[kind][op->width == 8];
}

static enum op_result exec_jmp_indirect(struct cpu *c, const struct op *op)
{
    uint64_t target;
    enum op_result r = op_read_int(c, op, 0, op->width, &target);

    if (r == OP_NEXT)
        r = check_target(c, op, &target);
    if (r != OP_NEXT)
        return r;
    c->state.rip = target;
    return c->mode & MODE_64 ? OP_NEAR : OP_BRANCH;
}

/* The operand size is that of the offset. */
static op_function *far_bound(const struct decoded *d, struct op *op,
                              op_function *run)
{
    op->aux = (uint8_t)(d->insn.operand_width / 8);
    return run;
}

op_function *bind_jmp(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    if (d->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return far_bound(d, op, exec_jmp_far);
    if (d->form != FORM_I) {
        is_legacy(d, op);
        return exec_jmp_indirect;
    }
    return is_legacy(d, op) ? jump_legacy : jump;
}

static enum op_result call_64_slow(struct cpu *c, const struct op *op)
{
    enum op_result r = stack_push_64_slow(c, c->block_rip + op->end);

    if (r > OP_END)
        return r;
    jump(c, op);
    return OP_BRANCH;
}

static enum op_result exec_call_64(struct cpu *c, const struct op *op)
{
    uint64_t top = c->state.gpr[REG_RSP] - 8;

    if (!quick_write(c, gva(top), 8, c->block_rip + op->end))
        return call_64_slow(c, op);
    c->state.gpr[REG_RSP] = top;
    return jump(c, op);
}

static enum op_result exec_call_legacy(struct cpu *c, const struct op *op)
{
    uint64_t target = c->block_rip + op->imm;
    enum op_result r = legacy_target(c, op, &target);

    if (r == OP_NEXT)
        r = stack_push(c, op->width, c->block_rip + op->end);
    if (r > OP_END)
        return r;
    c->state.rip = target;
    return OP_BRANCH;
}

static enum op_result exec_call_indirect(struct cpu *c, const struct op *op)
{
    uint64_t target;
    enum op_result r = op_read_int(c, op, 0, op->width, &target);

    if (r == OP_NEXT)
        r = check_target(c, op, &target);
    if (r == OP_NEXT)
        r = stack_push(c, op->width, c->block_rip + op->end);
    if (r > OP_END)
        return r;
    c->state.rip = target;
    return r == OP_NEXT && (c->mode & MODE_64) ? OP_NEAR : OP_BRANCH;
}

op_function *bind_call(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    if (d->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        return far_bound(d, op, exec_call_far);
    if (d->form != FORM_I) {
        is_legacy(d, op);
        return exec_call_indirect;
    }
    return is_legacy(d, op) ? exec_call_legacy : exec_call_64;
}

ALWAYS_INLINE enum op_result return_to(struct cpu *c, const struct op *op,
                                       uint64_t target)
{
    if (!cpu_canonical(c, target))
        return cpu_gp0(c);
    c->state.gpr[REG_RSP] += 8 + op->imm;
    c->state.rip = target;
    return OP_NEAR;
}

static enum op_result ret_64_slow(struct cpu *c, const struct op *op)
{
    uint64_t target;
    enum op_result r = cpu_load(c, gva(c->state.gpr[REG_RSP]), 8, &target);

    return r == OP_NEXT ? return_to(c, op, target) : r;
}

static enum op_result exec_ret_64(struct cpu *c, const struct op *op)
{
    uint64_t target;

    if (!quick_read(c, gva(c->state.gpr[REG_RSP]), 8, &target))
        return ret_64_slow(c, op);
    return return_to(c, op, target);
}

static enum op_result exec_ret_any(struct cpu *c, const struct op *op)
{
    uint64_t target;
    enum op_result r = stack_read(c, 0, op->width, &target);

    if (r == OP_NEXT)
        r = legacy_target(c, op, &target);
    if (r != OP_NEXT)
        return r;
    stack_adjust(c, op->width + op->imm);
    c->state.rip = target;
    return OP_BRANCH;
}

op_function *bind_ret(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)kind;
    if (d->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR) {
        op->width = (uint8_t)(d->insn.operand_width / 8);
        return exec_ret_far;
    }
    return is_legacy(d, op) ? exec_ret_any : exec_ret_64;
}

/* rCX of the address size, which LOOP and JRCXZ count in. */
static uint64_t count_register(struct cpu *c, const struct op *op)
{
    return reg_read(c, offsetof(struct cpu, state.gpr[REG_RCX]),
                    op->address_bytes * 8u);
}

static inline enum op_result jump_short(struct cpu *c, const struct op *op)
{
    bool narrow = op->width == 2 || !(c->mode & MODE_64);

    return narrow ? jump_legacy(c, op) : jump(c, op);
}

/* Counts down, and jumps if rCX is not 0 and the condition holds. */
static enum op_result loop_if(struct cpu *c, const struct op *op,
                              bool condition)
{
    unsigned bits = op->address_bytes * 8u;
    uint64_t count = zero_extend(count_register(c, op) - 1, bits);
    enum op_result r = OP_NEXT;

    if (count != 0 && condition)
        r = jump_short(c, op);
    if (r != OP_FAULT)
        reg_write(c, offsetof(struct cpu, state.gpr[REG_RCX]), bits, count);
    return r;
}

static enum op_result exec_loop(struct cpu *c, const struct op *op)
{
    return loop_if(c, op, true);
}

static enum op_result exec_loope(struct cpu *c, const struct op *op)
{
    return loop_if(c, op, flag_zf(&c->flags));
}

static enum op_result exec_loopne(struct cpu *c, const struct op *op)
{
    return loop_if(c, op, !flag_zf(&c->flags));
}

static enum op_result exec_jrcxz(struct cpu *c, const struct op *op)
{
    return count_register(c, op) == 0 ? jump_short(c, op) : OP_NEXT;
}

bind_function bind_loop;

op_function *bind_loop(const struct decoded *d, struct op *op, unsigned kind)
{
    static op_function *const functions[] = {exec_loop, exec_loope, exec_loopne,
                                             exec_jrcxz};

    is_legacy(d, op);
    return functions[kind];
}
