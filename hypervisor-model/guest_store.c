#include "hypervisor-model/guest_store.h"

#include "sim/core/macros.h"

#define ARITHMETIC_FLAGS                                                       \
    (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

static uint64_t result_flags(const struct guest_store *s, uint64_t value)
{
    uint64_t flags = 0;

    if ((value & s->mask) == 0)
        flags |= RFLAGS_ZF;
    if (value >> (s->bits - 1) & 1)
        flags |= RFLAGS_SF;
    if (!__builtin_parity((unsigned)(value & 0xff)))
        flags |= RFLAGS_PF;
    return flags;
}

static void set_flags(struct guest_store *s, uint64_t which, uint64_t flags)
{
    s->flags = (s->flags & ~which) | (flags & which);
}

static void add_values(struct guest_store *s, uint64_t a, uint64_t b,
                       uint64_t which)
{
    uint64_t sum = (a + b) & s->mask;
    uint64_t flags = result_flags(s, sum);

    if (sum < a)
        flags |= RFLAGS_CF;
    if ((~(a ^ b) & (a ^ sum)) >> (s->bits - 1) & 1)
        flags |= RFLAGS_OF;
    flags |= (a ^ b ^ sum) & RFLAGS_AF;
    set_flags(s, which, flags);
    s->result = sum;
}

static uint64_t subtract(struct guest_store *s, uint64_t a, uint64_t b,
                         uint64_t which)
{
    uint64_t difference = (a - b) & s->mask;
    uint64_t flags = result_flags(s, difference);

    if (a < b)
        flags |= RFLAGS_CF;
    if (((a ^ b) & (a ^ difference)) >> (s->bits - 1) & 1)
        flags |= RFLAGS_OF;
    flags |= (a ^ b ^ difference) & RFLAGS_AF;
    set_flags(s, which, flags);
    return difference;
}

static void do_mov(struct guest_store *s)
{
    s->result = s->source;
}

static void do_xchg(struct guest_store *s)
{
    s->result = s->source;
    s->reg_value = s->before;
    s->reg_set = true;
}

static void do_cmpxchg(struct guest_store *s)
{
    uint64_t accumulator = s->rax & s->mask;

    subtract(s, accumulator, s->before, ARITHMETIC_FLAGS);
    s->result = accumulator == s->before ? s->source : s->before;
    s->reg_value = s->before;
    s->kept = accumulator != s->before;
}

static void do_xadd(struct guest_store *s)
{
    add_values(s, s->before, s->source, ARITHMETIC_FLAGS);
    s->reg_value = s->before;
    s->reg_set = true;
}

static void do_logic(struct guest_store *s, uint64_t result)
{
    s->result = result & s->mask;
    set_flags(s, ARITHMETIC_FLAGS, result_flags(s, s->result));
}

static void do_and(struct guest_store *s)
{
    do_logic(s, s->before & s->source);
}

static void do_or(struct guest_store *s)
{
    do_logic(s, s->before | s->source);
}

static void do_xor(struct guest_store *s)
{
    do_logic(s, s->before ^ s->source);
}

static void do_add(struct guest_store *s)
{
    add_values(s, s->before, s->source, ARITHMETIC_FLAGS);
}

static void do_sub(struct guest_store *s)
{
    s->result = subtract(s, s->before, s->source, ARITHMETIC_FLAGS);
}

static void do_inc(struct guest_store *s)
{
    add_values(s, s->before, 1, ARITHMETIC_FLAGS & ~RFLAGS_CF);
}

static void do_dec(struct guest_store *s)
{
    s->result = subtract(s, s->before, 1, ARITHMETIC_FLAGS & ~RFLAGS_CF);
}

/* CF is the bit as it was; the other flags stay. */
static uint64_t tested_bit(struct guest_store *s)
{
    uint64_t bit = (uint64_t)1 << (s->source % s->bits);

    set_flags(s, RFLAGS_CF, s->before & bit ? RFLAGS_CF : 0);
    return bit;
}

static void do_bts(struct guest_store *s)
{
    s->result = s->before | tested_bit(s);
}

static void do_btr(struct guest_store *s)
{
    s->result = s->before & ~tested_bit(s);
}

static void do_btc(struct guest_store *s)
{
    s->result = s->before ^ tested_bit(s);
}

static const struct {
    ZydisMnemonic mnemonic;
    void (*run)(struct guest_store *s);
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

/* The second operand's value; false if it is neither register nor number. */
static bool read_source(const struct cpu_state *state, struct guest_store *s)
{
    if (s->insn.info.operand_count_visible == 1)
        return true; /* INC, DEC */
    if (!guest_insn_read(state, &s->insn.operands[1], &s->source))
        return false;
    s->source &= s->mask;
    return true;
}

static bool find_run(struct guest_store *s)
{
    for (size_t i = 0; i < ARRAY_LEN(stores); i++) {
        if (stores[i].mnemonic != s->insn.info.mnemonic)
            continue;
        s->run = stores[i].run;
        return true;
    }
    return false;
}

/* A bit string reaches beyond the operand if its index is in a register. */
static bool is_bit_string(const struct guest_store *s)
{
    return (s->run == do_bts || s->run == do_btr || s->run == do_btc) &&
           s->insn.operands[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE &&
           s->source >= s->bits;
}

bool guest_store_decode(const struct cpu *c, gva_t va, struct guest_store *s)
{
    const struct cpu_state *state = cpu_state_peek(c);
    uint64_t address;

    *s = (struct guest_store){.flags = state->rflags,
                              .rax = state->gpr[REG_RAX]};
    if (!guest_insn_decode(c, &s->insn) || !find_run(s) ||
        s->insn.info.operand_count_visible < 1 ||
        s->insn.info.operand_count_visible > 2)
        return false;
    s->bits = s->insn.operands[0].size;
    if (s->bits != 8 && s->bits != 16 && s->bits != 32 && s->bits != 64)
        return false;
    s->bytes = s->bits / 8;
    s->mask = UINT64_MAX >> (64 - s->bits);
    return guest_insn_address(state, &s->insn, &s->insn.operands[0],
                              &address) &&
           address == va.v && page_offset(va.v) + s->bytes <= PAGE_BYTES &&
           read_source(state, s) && !is_bit_string(s);
}

void guest_store_run(struct guest_store *s, uint64_t before)
{
    s->before = before & s->mask;
    s->run(s);
}

void guest_store_finish(const struct guest_store *s, struct cpu *c)
{
    struct cpu_state *state = cpu_state(c);

    state->rflags = s->flags;
    if (s->kept)
        guest_insn_write(state, s->insn.operands[2].reg.value, s->reg_value);
    if (s->reg_set)
        guest_insn_write(state, s->insn.operands[1].reg.value, s->reg_value);
}
