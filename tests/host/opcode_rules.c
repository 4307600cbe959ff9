/*
 * opcode_rules.c - what can be compared of an instruction given by its bytes.
 */
#include <string.h>

#include "sim/core/macros.h"
#include "sim/cpu/cpu_state.h"
#include "sim/cpu/decode.h"
#include "tests/host/forms.h"
#include "tests/host/opcodes.h"
#include "tests/host/operands.h"

/* What Zydis says the bytes are; false: nothing. */
static bool decode(const struct trial *t, struct decoded *d)
{
    static const ZydisStackWidth stack[TRIAL_MODES] = {
        ZYDIS_STACK_WIDTH_64, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_16};
    ZydisDecoder decoder;

    ZydisDecoderInit(&decoder, trial_machine_mode(t->mode), stack[t->mode]);
    return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, t->code, t->length,
                                               &d->insn, d->operand));
}

static bool touches_fs(const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count; i++) {
        const ZydisDecodedOperand *o = &d->operand[i];

        if (o->type == ZYDIS_OPERAND_TYPE_REGISTER &&
            o->reg.value == ZYDIS_REGISTER_FS)
            return true;
        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY &&
            o->mem.segment == ZYDIS_REGISTER_FS)
            return true;
    }
    return false;
}

struct rule {
    unsigned what;
    enum opcode_verdict verdict;
    const char *reason;
};

static const struct rule mnemonic_rules[] = {
#define MNEMONIC_RULE(mnemonic, verdict, reason)                               \
    {ZYDIS_MNEMONIC_##mnemonic, OPCODE_##verdict, reason},
#define SET_RULE(set, verdict, reason)
#include "tests/host/opcode_rules.def"
#undef MNEMONIC_RULE
#undef SET_RULE
};

static const struct rule set_rules[] = {
#define MNEMONIC_RULE(mnemonic, verdict, reason)
#define SET_RULE(set, verdict, reason)                                         \
    {ZYDIS_ISA_SET_##set, OPCODE_##verdict, reason},
#include "tests/host/opcode_rules.def"
#undef MNEMONIC_RULE
#undef SET_RULE
    {ZYDIS_ISA_SET_INVALID, OPCODE_COMPARE, NULL},
};

static const struct rule *find_rule(const struct rule *rules, size_t count,
                                    unsigned what)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i].what == what && rules[i].reason)
            return &rules[i];
    return NULL;
}

/* Any prefixes in front of an opcode. */
static unsigned prefixes_of(const struct trial *t)
{
    static const uint8_t legacy[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                     0x66, 0x67, 0xf0, 0xf2, 0xf3};
    unsigned n = 0;

    while (n < OPCODE_BYTES && (memchr(legacy, t->code[n], sizeof(legacy)) ||
                                (t->mode == TRIAL_64 && t->code[n] >> 4 == 4)))
        n++;
    return n;
}

/* What Zydis knows no instruction for. */
static enum opcode_verdict judge_unknown(const struct trial *t,
                                         const char **reason)
{
    static const uint8_t bmi[] = {0xf0, 0xf2, 0xf3, 0xf5, 0xf6, 0xf7};
    unsigned n = prefixes_of(t);
    const uint8_t *at = t->code + n;

    *reason = "asks the host's hypervisor";
    if (at[0] == 0x0f && at[1] == 0x01 && (at[2] == 0xc1 || at[2] == 0xd9))
        return OPCODE_LEAVE;
    *reason = "LOCK MOV CR0 is MOV CR8 on AMD's CPUs";
    if (at[0] == 0x0f && (at[1] == 0x20 || at[1] == 0x22))
        return OPCODE_ABSENT;
    *reason = "AMD's CPUs take LOCK with VERR and VERW";
    if (at[0] == 0x0f && at[1] == 0x00 && (at[2] >> 4 & 3) == 2)
        return OPCODE_ABSENT;
    *reason = "XOP on some of AMD's CPUs";
    if (at[0] == 0x8f)
        return OPCODE_FAULTS;
    *reason = "AVX-512 and its kin";
    if ((at[0] == 0xc4 || at[0] == 0xc5 || at[0] == 0x62) &&
        !memchr(bmi, at[at[0] == 0xc4 ? 3 : 2], sizeof(bmi)))
        return OPCODE_ABSENT;
    *reason = "beyond 15 bytes if it were an instruction";
    return n >= 3 ? OPCODE_FAULTS : OPCODE_COMPARE;
}

static bool has_repeat(const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.raw.prefix_count; i++)
        if (d->insn.raw.prefixes[i].value == 0xf2 ||
            d->insn.raw.prefixes[i].value == 0xf3)
            return true;
    return false;
}

static bool has_segment(const struct decoded *d)
{
    static const uint8_t segments[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

    for (unsigned i = 0; i < d->insn.raw.prefix_count; i++)
        if (memchr(segments, d->insn.raw.prefixes[i].value, sizeof(segments)))
            return true;
    return false;
}

/* What lies behind a 16-bit instruction is each side's own. */
static bool reads_code(const struct trial *t, const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count; i++)
        if (t->mode == TRIAL_16 &&
            d->operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            d->operand[i].mem.segment == ZYDIS_REGISTER_CS)
            return true;
    return false;
}

/* From 16-bit code to 64-bit code: which stack is written. */
static bool leaves_segments(const struct trial *t, const struct decoded *d)
{
    return t->mode == TRIAL_16 &&
           d->operand[0].type == ZYDIS_OPERAND_TYPE_POINTER &&
           d->operand[0].ptr.segment >> 2 == SELECTOR_CODE_64 >> 2;
}

static bool is_far(const struct decoded *d)
{
    return d->insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ||
           d->insn.mnemonic == ZYDIS_MNEMONIC_LSS ||
           d->insn.mnemonic == ZYDIS_MNEMONIC_LGS;
}

/* What depends on operands. */
static enum opcode_verdict judge_operands(const struct decoded *d,
                                          const char **reason)
{
    switch ((int)d->insn.mnemonic) {
    case ZYDIS_MNEMONIC_SHLD:
    case ZYDIS_MNEMONIC_SHRD:
        *reason = "more than 16 bits of 16 are undefined";
        return d->insn.operand_width == 16 ? OPCODE_OUTCOME : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
        *reason = "AMD's CPUs take REP for a condition";
        return has_repeat(d) ? OPCODE_LEAVE : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_CMPSQ:
        *reason = "which operand faults first is up to the CPU";
        return d->insn.operand_count_visible == 0 ? OPCODE_FAULTS
                                                  : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
        *reason = "whether a count of 0 needs the right to the port";
        return has_repeat(d) ? OPCODE_LEAVE : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_ARPL:
        *reason = "what is not written need not be writable on AMD's CPUs";
        return d->operand[0].mem.segment == ZYDIS_REGISTER_CS ? OPCODE_LEAVE
                                                              : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_NOP:
        *reason = "AMD's CPUs know PREFETCH with memory alone";
        return d->insn.opcode == 0x0d && d->insn.raw.modrm.mod == 3
                   ? OPCODE_LEAVE
                   : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_LSS:
    case ZYDIS_MNEMONIC_LGS:
    case ZYDIS_MNEMONIC_JMP:
        *reason = "AMD's CPUs have no pointers with 64 bits of offset";
        return is_far(d) && d->insn.raw.rex.W ? OPCODE_LEAVE : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_CLZERO:
        *reason = "which segment a prefix gives it";
        return has_segment(d) ? OPCODE_LEAVE : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_CALL:
        *reason = "whether the stack is written before the target is checked";
        return is_far(d) ? OPCODE_FAULTS : OPCODE_COMPARE;
    case ZYDIS_MNEMONIC_RET:
        *reason = "whether the stack or the selector is checked first";
        return is_far(d) ? OPCODE_FAULTS : OPCODE_COMPARE;
    }
    *reason = NULL;
    return OPCODE_COMPARE;
}

enum opcode_verdict opcode_judge(const struct trial *t, const char **reason)
{
    const struct rule *rule;
    struct decoded d;

    *reason = NULL;
    if (!decode(t, &d))
        return judge_unknown(t, reason);
    *reason = "FS belongs to the host's library";
    if (touches_fs(&d))
        return OPCODE_LEAVE;
    *reason = "beyond what both sides have in common";
    if (reads_code(t, &d) || leaves_segments(t, &d))
        return OPCODE_LEAVE;
    *reason = "not modelled";
    if (d.insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
        d.insn.encoding != ZYDIS_INSTRUCTION_ENCODING_VEX)
        return OPCODE_ABSENT;
    rule =
        find_rule(mnemonic_rules, ARRAY_LEN(mnemonic_rules), d.insn.mnemonic);
    if (!rule)
        rule = find_rule(set_rules, ARRAY_LEN(set_rules), d.insn.meta.isa_set);
    if (!rule)
        return judge_operands(&d, reason);
    *reason = rule->reason;
    return rule->verdict;
}

static bool uses_mmx(const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count_visible; i++)
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER &&
            ZydisRegisterGetClass(d->operand[i].reg.value) ==
                ZYDIS_REGCLASS_MMX)
            return true;
    return false;
}

/* Of a shift or rotate: an immediate, CL, or 1. */
static uint8_t count_of(const struct trial *t, const struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count_visible; i++) {
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
            return (uint8_t)d->operand[i].imm.value.u;
        if (d->operand[i].type == ZYDIS_OPERAND_TYPE_REGISTER && i > 0 &&
            d->operand[i].reg.value == ZYDIS_REGISTER_CL)
            return (uint8_t)t->before.gpr[REG_RCX];
    }
    return 1;
}

void opcode_find_form(struct trial *t)
{
    struct decoded d;
    bool mmx;

    if (!decode(t, &d))
        return;
    /* MOV SS and POP SS let one more instruction run: INT3 */
    memset(t->code + d.insn.length, 0xcc, OPCODE_BYTES - d.insn.length);
    mmx = uses_mmx(&d);
    for (unsigned i = 0; i < form_count; i++) {
        if (forms[i].mnemonic != d.insn.mnemonic ||
            (forms[i].group == GROUP_MMX) != mmx)
            continue;
        t->parts[0] = (struct part){
            (uint16_t)i, 0, (uint8_t)(d.operand[0].size / 8), count_of(t, &d)};
        return;
    }
}
