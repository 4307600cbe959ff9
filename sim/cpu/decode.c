/*
 * decode.c - Zydis decodes; this file turns its answer into struct op.
 *
 * Hardware  Intel SDM vol. 2, "Instruction Format".
 * Model     operands become offsets into struct cpu; the row of insn.def
 *           gives the function; the register lists for the timing model come
 *           from Zydis's operands, hidden ones included (decode_timing.c).
 *           Features that CPUID does not claim raise #UD or decode as older
 *           CPUs do: TZCNT as BSF, ENDBR as NOP.  What Zydis itself is asked
 *           is in decode_bytes.c.
 */
#include "sim/cpu/decode.h"

#include <string.h>

#include "sim/cpu/decode_timing.h"
#include "sim/cpu/segment.h"

enum op_result exec_undefined(struct cpu *c, const struct op *op)
{
    (void)op;
    return cpu_fault(c, VECTOR_UD);
}

enum op_result exec_too_long(struct cpu *c, const struct op *op)
{
    (void)op;
    return cpu_gp0(c);
}

enum op_result exec_device_not_available(struct cpu *c, const struct op *op)
{
    (void)op;
    return cpu_fault(c, VECTOR_NM);
}

static uint16_t gpr_offset(unsigned number)
{
    return (uint16_t)(offsetof(struct cpu, state.gpr) + 8 * number);
}

/* AL CL DL BL, AH CH DH BH, SPL BPL SIL DIL, R8B ... R15B. */
static uint16_t gpr8_offset(ZydisRegister r)
{
    unsigned n = (unsigned)(r - ZYDIS_REGISTER_AL);

    if (n < 4)
        return gpr_offset(n);
    if (n < 8)
        return (uint16_t)(gpr_offset(n - 4) + 1);
    return gpr_offset(n - 4);
}

/* Offset of a register; its number for segment, control, debug, ST. */
static uint16_t register_offset(ZydisRegister r)
{
    unsigned id = (unsigned)(uint8_t)ZydisRegisterGetId(r);

    switch ((int)ZydisRegisterGetClass(r)) {
    case ZYDIS_REGCLASS_GPR8:
        return gpr8_offset(r);
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
        return gpr_offset(id);
    case ZYDIS_REGCLASS_XMM:
        return (uint16_t)(offsetof(struct cpu, state.xmm) + 16 * id);
    case ZYDIS_REGCLASS_MMX:
        return (uint16_t)(offsetof(struct cpu, state.x87) +
                          sizeof(struct x87_reg) * id);
    default: /* a class of Zydis's that has no storage here */
        return (uint16_t)id;
    }
}

static uint16_t address_register(ZydisRegister r)
{
    if (r == ZYDIS_REGISTER_NONE)
        return offsetof(struct cpu, zero);
    if (r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_EIP)
        return offsetof(struct cpu, block_rip);
    return register_offset(r);
}

static void decode_segment(struct op *op, ZydisRegister segment, uint32_t mode)
{
    unsigned n = segment == ZYDIS_REGISTER_NONE
                     ? (unsigned)SEG_DS
                     : (unsigned)(segment - ZYDIS_REGISTER_ES);

    op->segment = (uint8_t)n;
    op->segment_base = offsetof(struct cpu, zero);
    if (!(mode & MODE_64) || n >= SEG_FS)
        op->segment_base = (uint16_t)(offsetof(struct cpu, state.seg) +
                                      sizeof(struct segment) * n +
                                      offsetof(struct segment, base));
    if (n == SEG_SS)
        op->flags |= OP_STACK;
}

static uint8_t memory_bytes(unsigned bytes)
{
    if (bytes < OP_BYTES_XSAVE)
        return (uint8_t)bytes;
    return bytes > 512 ? OP_BYTES_XSAVE : OP_BYTES_FXSAVE;
}

static void decode_memory(struct op *op, const ZydisDecodedOperand *o,
                          const struct decoded *d)
{
    op->flags |= OP_MEMORY;
    op->base = address_register(o->mem.base);
    op->index = address_register(o->mem.index);
    op->scale_shift =
        o->mem.scale ? (uint8_t)__builtin_ctz(o->mem.scale) : (uint8_t)0;
    op->displacement = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
    if (op->base == offsetof(struct cpu, block_rip))
        op->displacement += op->end;
    op->memory_bytes = memory_bytes(o->size / 8u);
    op->writes = (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    decode_segment(op, o->mem.segment, d->mode);
    if (d->insn.address_width == 32)
        op->flags |= OP_ADDRESS_32 | OP_ADDRESS_SPECIAL;
    else if (d->insn.address_width == 16)
        op->flags |= OP_ADDRESS_16 | OP_ADDRESS_SPECIAL;
}

static void decode_immediate(struct op *op, const struct decoded *d,
                             unsigned number)
{
    const ZydisDecodedOperand *o = &d->operand[number];

    op->immediate = true;
    if (d->insn.mnemonic == ZYDIS_MNEMONIC_ENTER)
        op->width = (uint8_t)(d->insn.operand_width / 8);
    if (number > 0 && d->insn.mnemonic == ZYDIS_MNEMONIC_ENTER)
        op->aux = (uint8_t)o->imm.value.u;
    else
        op->imm = o->imm.value.u;
    if (o->imm.is_relative)
        op->imm += op->end;
}

static void decode_operand(struct op *op, const struct decoded *d, unsigned n)
{
    const ZydisDecodedOperand *o = &d->operand[n];

    switch (o->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        if (n == 0)
            op->dst = register_offset(o->reg.value);
        else if (n == 1)
            op->src = register_offset(o->reg.value);
        else if (n == 2)
            op->src2 = register_offset(o->reg.value);
        break;
    case ZYDIS_OPERAND_TYPE_MEMORY:
        if (op->memory_operand == OP_NO_MEMORY) {
            op->memory_operand = (uint8_t)n;
            decode_memory(op, o, d);
        }
        break;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        decode_immediate(op, d, n);
        break;
    case ZYDIS_OPERAND_TYPE_POINTER:
        op->imm = o->ptr.offset;
        op->src2 = o->ptr.segment;
        break;
    default: /* ZYDIS_OPERAND_TYPE_UNUSED and range ends */
        break;
    }
}

static enum operand_form form_of(const struct decoded *d)
{
    /* by type of operand 0, then 1: register, memory, immediate */
    static const uint8_t one[] = {FORM_R, FORM_M, FORM_I};
    static const uint8_t two[3][3] = {{FORM_RR, FORM_RM, FORM_RI},
                                      {FORM_MR, FORM_OTHER, FORM_MI},
                                      {FORM_OTHER, FORM_OTHER, FORM_OTHER}};
    unsigned type[2] = {0, 0};
    unsigned visible = d->insn.operand_count_visible;

    if (visible == 0)
        return FORM_NONE;
    for (unsigned i = 0; i < visible && i < 2; i++) {
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY)
            type[i] = 1;
        else if (d->operand[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
            type[i] = 2;
        else if (d->operand[i].type != ZYDIS_OPERAND_TYPE_REGISTER)
            return FORM_OTHER;
    }
    return (enum operand_form)(visible == 1 ? one[type[0]]
                                            : two[type[0]][type[1]]);
}

static void decode_prefixes(struct op *op, const struct decoded *d)
{
    ZydisInstructionAttributes a = d->insn.attributes;

    if (a & ZYDIS_ATTRIB_HAS_LOCK)
        op->flags |= OP_LOCK;
    if (a & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE))
        op->flags |= OP_REP;
    if (a & ZYDIS_ATTRIB_HAS_REPNE)
        op->flags |= OP_REPNE;
    if (!(d->mode & MODE_64))
        op->flags |= OP_ADDRESS_SPECIAL;
}

/* ES:RDI of a string instruction, whose segment no prefix changes. */
static bool is_string_destination(const struct decoded *d,
                                  const ZydisDecodedOperand *o)
{
    return ZydisRegisterGetId(o->mem.base) == REG_RDI &&
           (d->insn.meta.category == ZYDIS_CATEGORY_STRINGOP ||
            d->insn.meta.category == ZYDIS_CATEGORY_IOSTRINGOP);
}

/*
 * PUSH, CALL and such address the stack without saying so; the segment of what
 * DS:RSI, DS:RBX of XLAT or DS:RDI of MASKMOVQ point to may be another.
 */
static void decode_hidden(struct op *op, const struct decoded *d)
{
    if (op->memory_operand != OP_NO_MEMORY)
        return;
    for (unsigned i = d->insn.operand_count_visible; i < d->insn.operand_count;
         i++) {
        const ZydisDecodedOperand *o = &d->operand[i];

        if (o->type != ZYDIS_OPERAND_TYPE_MEMORY ||
            o->mem.segment == ZYDIS_REGISTER_NONE ||
            is_string_destination(d, o))
            continue;
        op->segment = (uint8_t)(o->mem.segment - ZYDIS_REGISTER_ES);
        if (op->segment == SEG_SS)
            op->flags |= OP_STACK;
    }
}

/* Why an instruction that exists may not run in this mode; NULL: it may. */
static op_function *refused(const struct insn_row *row, const struct decoded *d)
{
    uint32_t mode = d->mode;
    bool sse = row->flags & INSN_SSE;
    bool fpu = row->flags & (INSN_SSE | INSN_X87 | INSN_FXSAVE | INSN_MMX);

    if (!(d->features >> row->feature & 1))
        return exec_undefined;
    if ((row->flags & INSN_NO64) && (mode & MODE_64))
        return exec_undefined;
    if ((row->flags & INSN_ONLY64) && !(mode & MODE_64))
        return exec_undefined;
    if (sse && (mode & MODE_SSE_UD))
        return exec_undefined;
    if ((row->flags & INSN_MMX) && (mode & MODE_EM))
        return exec_undefined;
    if ((row->flags & INSN_VEX) && (mode & (MODE_REAL | MODE_V86)))
        return exec_undefined;
    /* Knights Corner encodes POPCNT and its kin so */
    if (!(row->flags & INSN_VEX) &&
        d->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
        return exec_undefined;
    if (fpu && (mode & MODE_FPU_NM))
        return exec_device_not_available;
    return NULL;
}

/* MMX shares mnemonics with SSE2. */
static bool uses_mmx(const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count_visible; i++) {
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
            ZydisRegisterGetClass(d->operand[i].reg.value) ==
                ZYDIS_REGCLASS_MMX)
            return true;
    }
    return false;
}

static enum decode_status bind(struct op *op, const struct decoded *d,
                               const struct cpu *c)
{
    const struct insn_row *row = uses_mmx(d) ? insn_find_mmx(d->insn.mnemonic)
                                             : insn_find(d->insn.mnemonic);
    op_function *no = row ? refused(row, d) : exec_undefined;

    if (no) {
        op->run = no;
        return DECODE_LAST;
    }
    op->run = row->bind ? row->bind(d, op, row->kind) : row->run;
    if (!op->run) {
        op->run = exec_undefined;
        return DECODE_LAST;
    }
    op->branch = row->flags & INSN_BRANCH;
    decode_timing(c, d, (enum timing_class)row->timing, op);
    if (row->timing == TIMING_STRING && (op->flags & (OP_REP | OP_REPNE)))
        return DECODE_LAST;
    return row->flags & (INSN_END | INSN_BRANCH) ? DECODE_LAST : DECODE_OK;
}

static void op_init(struct op *op, unsigned offset)
{
    memset(op, 0, sizeof *op);
    op->base = op->index = op->segment_base = offsetof(struct cpu, zero);
    op->memory_operand = OP_NO_MEMORY;
    op->end = (uint16_t)offset;
    decode_timing_none(op);
}

enum decode_status decode_op(const struct decoder *decoder, const struct cpu *c,
                             const struct decode_source *from, struct op *op)
{
    struct decoded d = {
        .mode = c->mode, .features = c->features, .amd = cpu_is_amd(c)};
    ZyanStatus s = decode_bytes(decoder, c, from, &d);

    op_init(op, from->offset);
    if (s == ZYDIS_STATUS_NO_MORE_DATA && from->available_bytes < 15)
        return DECODE_MORE;
    if (!ZYAN_SUCCESS(s)) {
        op->run = s == ZYDIS_STATUS_INSTRUCTION_TOO_LONG ||
                          s == ZYDIS_STATUS_NO_MORE_DATA
                      ? exec_too_long
                      : exec_undefined;
        return DECODE_LAST;
    }
    op->length = d.insn.length;
    op->end = (uint16_t)(from->offset + d.insn.length);
    op->width = (uint8_t)(d.insn.operand_width / 8);
    op->address_bytes = (uint8_t)(d.insn.address_width / 8);
    op->segment = SEG_DS;
    if (d.insn.operand_count_visible > 0)
        op->width = (uint8_t)(d.operand[0].size / 8);
    op->operands = d.insn.operand_count_visible;
    decode_prefixes(op, &d);
    for (unsigned i = 0; i < d.insn.operand_count_visible; i++)
        decode_operand(op, &d, i);
    decode_hidden(op, &d);
    d.form = form_of(&d);
    return bind(op, &d, c);
}
