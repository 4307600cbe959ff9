/*
 * shadow_emulate.c - decodes and executes the stores that kernels use to
 * change page tables.
 *
 * Hardware      Intel SDM vol. 2: MOV, MOVNTI, XCHG, CMPXCHG, XADD, AND, OR,
 *               XOR, ADD, SUB, INC, DEC, BTS, BTR, BTC.
 * Model         Zydis decodes bytes of guest memory; one row says how an
 *               instruction computes its result and its flags.
 * NOT MODELLED  everything else (string stores, PUSH, vector stores): the
 *               caller then takes the frame for data.
 */
#include "hypervisor-model/paging/shadow_emulate.h"

#include <Zydis/Zydis.h>

#include "sim/core/macros.h"

enum { LONGEST_INSTRUCTION = 15, CS_LONG = 1 << 13 };

#define ARITHMETIC_FLAGS                                                       \
    (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

/* One decoded store, its operands and what it leaves behind. */
struct work {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    unsigned bits;
    uint64_t mask;   /* of the operand size */
    uint64_t before; /* memory */
    uint64_t source; /* register or immediate */
    uint64_t result; /* for memory */
    uint64_t flags;  /* all of RFLAGS */
    bool reg_set;    /* reg_value goes to the source register ... */
    bool rax_set;    /* ... or to the accumulator */
    uint64_t reg_value;
    uint64_t rax;
};

static uint64_t result_flags(const struct work *w, uint64_t value)
{
    uint64_t flags = 0;

    if ((value & w->mask) == 0)
        flags |= RFLAGS_ZF;
    if (value >> (w->bits - 1) & 1)
        flags |= RFLAGS_SF;
    if (!__builtin_parity((unsigned)(value & 0xff)))
        flags |= RFLAGS_PF;
    return flags;
}

static void set_flags(struct work *w, uint64_t which, uint64_t flags)
{
    w->flags = (w->flags & ~which) | (flags & which);
}

static void add_values(struct work *w, uint64_t a, uint64_t b, uint64_t which)
{
    uint64_t sum = (a + b) & w->mask;
    uint64_t flags = result_flags(w, sum);

    if (sum < a)
        flags |= RFLAGS_CF;
    if ((~(a ^ b) & (a ^ sum)) >> (w->bits - 1) & 1)
        flags |= RFLAGS_OF;
    flags |= (a ^ b ^ sum) & RFLAGS_AF;
    set_flags(w, which, flags);
    w->result = sum;
}

static uint64_t subtract(struct work *w, uint64_t a, uint64_t b, uint64_t which)
{
    uint64_t difference = (a - b) & w->mask;
    uint64_t flags = result_flags(w, difference);

    if (a < b)
        flags |= RFLAGS_CF;
    if (((a ^ b) & (a ^ difference)) >> (w->bits - 1) & 1)
        flags |= RFLAGS_OF;
    flags |= (a ^ b ^ difference) & RFLAGS_AF;
    set_flags(w, which, flags);
    return difference;
}

static void do_mov(struct work *w)
{
    w->result = w->source;
}

static void do_xchg(struct work *w)
{
    w->result = w->source;
    w->reg_value = w->before;
    w->reg_set = true;
}

static void do_cmpxchg(struct work *w)
{
    uint64_t accumulator = w->rax & w->mask;

    subtract(w, accumulator, w->before, ARITHMETIC_FLAGS);
    w->result = accumulator == w->before ? w->source : w->before;
    w->reg_value = w->before;
    w->rax_set = accumulator != w->before;
}

static void do_xadd(struct work *w)
{
    add_values(w, w->before, w->source, ARITHMETIC_FLAGS);
    w->reg_value = w->before;
    w->reg_set = true;
}

static void do_logic(struct work *w, uint64_t result)
{
    w->result = result & w->mask;
    set_flags(w, ARITHMETIC_FLAGS, result_flags(w, w->result));
}

static void do_and(struct work *w)
{
    do_logic(w, w->before & w->source);
}

static void do_or(struct work *w)
{
    do_logic(w, w->before | w->source);
}

static void do_xor(struct work *w)
{
    do_logic(w, w->before ^ w->source);
}

static void do_add(struct work *w)
{
    add_values(w, w->before, w->source, ARITHMETIC_FLAGS);
}

static void do_sub(struct work *w)
{
    w->result = subtract(w, w->before, w->source, ARITHMETIC_FLAGS);
}

static void do_inc(struct work *w)
{
    add_values(w, w->before, 1, ARITHMETIC_FLAGS & ~RFLAGS_CF);
}

static void do_dec(struct work *w)
{
    w->result = subtract(w, w->before, 1, ARITHMETIC_FLAGS & ~RFLAGS_CF);
}

/* CF is the bit as it was; the other flags stay. */
static uint64_t tested_bit(struct work *w)
{
    uint64_t bit = (uint64_t)1 << (w->source % w->bits);

    set_flags(w, RFLAGS_CF, w->before & bit ? RFLAGS_CF : 0);
    return bit;
}

static void do_bts(struct work *w)
{
    w->result = w->before | tested_bit(w);
}

static void do_btr(struct work *w)
{
    w->result = w->before & ~tested_bit(w);
}

static void do_btc(struct work *w)
{
    w->result = w->before ^ tested_bit(w);
}

static const struct {
    ZydisMnemonic mnemonic;
    void (*run)(struct work *w);
} stores[] = {
    {ZYDIS_MNEMONIC_MOV, do_mov},   {ZYDIS_MNEMONIC_MOVNTI, do_mov},
    {ZYDIS_MNEMONIC_XCHG, do_xchg}, {ZYDIS_MNEMONIC_CMPXCHG, do_cmpxchg},
    {ZYDIS_MNEMONIC_XADD, do_xadd}, {ZYDIS_MNEMONIC_AND, do_and},
    {ZYDIS_MNEMONIC_OR, do_or},     {ZYDIS_MNEMONIC_XOR, do_xor},
    {ZYDIS_MNEMONIC_ADD, do_add},   {ZYDIS_MNEMONIC_SUB, do_sub},
    {ZYDIS_MNEMONIC_INC, do_inc},   {ZYDIS_MNEMONIC_DEC, do_dec},
    {ZYDIS_MNEMONIC_BTS, do_bts},   {ZYDIS_MNEMONIC_BTR, do_btr},
    {ZYDIS_MNEMONIC_BTC, do_btc},
};

/* Bytes at rip: as many as translate, up to the longest instruction. */
static unsigned fetch(const struct cpu *c, uint8_t bytes[LONGEST_INSTRUCTION])
{
    const struct cpu_state *s = cpu_state_peek(c);
    gva_t at = gva(s->seg[SEG_CS].base + s->rip);
    unsigned in_page = (unsigned)(PAGE_BYTES - page_offset(at.v));

    if (cpu_peek_memory(c, at, bytes, LONGEST_INSTRUCTION))
        return LONGEST_INSTRUCTION;
    if (in_page < LONGEST_INSTRUCTION && cpu_peek_memory(c, at, bytes, in_page))
        return in_page;
    return 0;
}

static bool decode(const struct cpu *c, struct work *w)
{
    bool is_long = cpu_state_peek(c)->seg[SEG_CS].attributes & CS_LONG;
    uint8_t bytes[LONGEST_INSTRUCTION] = {0};
    ZydisDecoder decoder;
    unsigned count = fetch(c, bytes);

    if (is_long)
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64,
                         ZYDIS_STACK_WIDTH_64);
    else
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LEGACY_32,
                         ZYDIS_STACK_WIDTH_32);
    return count != 0 && ZYAN_SUCCESS(ZydisDecoderDecodeFull(
                             &decoder, bytes, count, &w->insn, w->op));
}

/* The 64-bit register behind a general one, and where the value lies in it. */
static unsigned register_place(ZydisRegister reg, unsigned *shift)
{
    *shift = reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH ? 8 : 0;
    return (unsigned)ZydisRegisterGetId(
        ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg));
}

/* Writes a general register; 32-bit values clear the upper half. */
static void write_register(struct cpu_state *s, unsigned id, unsigned shift,
                           const struct work *w, uint64_t value)
{
    uint64_t mask = w->bits == 32 ? UINT64_MAX : w->mask << shift;

    s->gpr[id] = (s->gpr[id] & ~mask) | ((value << shift) & mask);
}

static bool is_general(const ZydisDecodedOperand *op)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(op->reg.value);

    return class == ZYDIS_REGCLASS_GPR8 || class == ZYDIS_REGCLASS_GPR16 ||
           class == ZYDIS_REGCLASS_GPR32 || class == ZYDIS_REGCLASS_GPR64;
}

/* The second operand's value; false if it is neither register nor number. */
static bool read_source(const struct cpu_state *s, struct work *w)
{
    const ZydisDecodedOperand *op = &w->op[1];
    unsigned shift;
    unsigned id;

    if (w->insn.operand_count_visible == 1)
        return true; /* INC, DEC */
    if (op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        w->source = op->imm.value.u & w->mask;
        return true;
    }
    if (op->type != ZYDIS_OPERAND_TYPE_REGISTER || !is_general(op))
        return false;
    id = register_place(op->reg.value, &shift);
    w->source = s->gpr[id] >> shift & w->mask;
    return true;
}

/* Linear address of the memory operand. */
static bool operand_address(const struct cpu_state *s, const struct work *w,
                            uint64_t *address)
{
    ZydisRegisterContext registers = {0};
    ZydisRegister segment = w->op[0].mem.segment;
    ZyanU64 offset;

    for (int i = 0; i < REG_COUNT; i++) {
        registers.values[ZYDIS_REGISTER_RAX + i] = s->gpr[i];
        registers.values[ZYDIS_REGISTER_EAX + i] = (uint32_t)s->gpr[i];
    }
    if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(&w->insn, &w->op[0], s->rip,
                                                 &registers, &offset)))
        return false;
    *address = offset;
    if (segment == ZYDIS_REGISTER_FS)
        *address += s->seg[SEG_FS].base;
    else if (segment == ZYDIS_REGISTER_GS)
        *address += s->seg[SEG_GS].base;
    return true;
}

/* True if the store is all at va, in one page, of a size we write. */
static bool prepare(const struct cpu_state *s, struct work *w, gva_t va)
{
    bool bit_string = w->insn.mnemonic == ZYDIS_MNEMONIC_BTS ||
                      w->insn.mnemonic == ZYDIS_MNEMONIC_BTR ||
                      w->insn.mnemonic == ZYDIS_MNEMONIC_BTC;
    uint64_t address;

    if (w->insn.operand_count_visible < 1 || w->insn.operand_count_visible > 2)
        return false;
    if (w->op[0].type != ZYDIS_OPERAND_TYPE_MEMORY)
        return false;
    w->bits = w->op[0].size;
    if (w->bits != 8 && w->bits != 16 && w->bits != 32 && w->bits != 64)
        return false;
    w->mask = UINT64_MAX >> (64 - w->bits);
    if (!operand_address(s, w, &address) || address != va.v ||
        page_offset(va.v) + w->bits / 8 > PAGE_BYTES || !read_source(s, w))
        return false;
    return !bit_string || w->op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE ||
           w->source < w->bits;
}

static void finish(struct trip *t, const struct work *w)
{
    struct cpu_state *s = cpu_state(t->c);
    unsigned shift;
    unsigned id;

    s->rflags = w->flags;
    if (w->rax_set)
        write_register(s, REG_RAX, 0, w, w->reg_value);
    if (!w->reg_set)
        return;
    id = register_place(w->op[1].reg.value, &shift);
    write_register(s, id, shift, w, w->reg_value);
}

bool shadow_emulate(struct trip *t, gva_t va, gpa_t at, struct store *done)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    struct vm *vm = t->v->vm;
    struct work w = {.flags = s->rflags, .rax = s->gpr[REG_RAX]};
    size_t row = 0;
    hpa_t where;

    if (!decode(t->c, &w) || !prepare(s, &w, va) ||
        !vm_copy_out(vm, &w.before, at, w.bits / 8))
        return false;
    while (row < ARRAY_LEN(stores) && stores[row].mnemonic != w.insn.mnemonic)
        row++;
    if (row == ARRAY_LEN(stores))
        return false;
    stores[row].run(&w);
    vm_copy_in(vm, at, &w.result, w.bits / 8);
    if (vm_gpa_to_hpa(vm, at, &where) &&
        memory_is_code(vm->hv->dram, hpa_to_hfn(where)))
        cpu_code_written(t->c, hpa_to_hfn(where));
    finish(t, &w);
    done->bytes = w.bits / 8;
    done->length = w.insn.length;
    return true;
}
