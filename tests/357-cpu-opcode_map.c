/*
 * 357-cpu-opcode_map.c - claim: each instruction that Zydis finds in the opcode
 * maps, in 64-, 32- and 16-bit mode, either belongs to a set that the simulator
 * models whole, and then executes, or to one that it does not model, and then
 * raises #UD; and there is no third kind.
 *
 * Intel SDM vol. 2, "Opcode Map".  Sets are Zydis's; the exceptions are in
 * opcode_sets.def with the reason.  What the bytes do: 355, 350.
 */
#include "tests/cpu_groups.h"

#include <stdio.h>
#include <Zydis/Zydis.h>

#include "sim/cpu/decode.h"

/* What the simulator does with a set. */
enum fate { FATE_UNKNOWN, FATE_MODELLED, FATE_ABSENT };

static const uint8_t set_fates[ZYDIS_ISA_SET_MAX_VALUE + 1] = {
#define MODELLED(set) [ZYDIS_ISA_SET_##set] = FATE_MODELLED,
#define ABSENT(set)   [ZYDIS_ISA_SET_##set] = FATE_ABSENT,
#define MUST_UD(mnemonic)
#define MUST_RUN(mnemonic)
#include "tests/opcode_sets.def"
#undef MODELLED
#undef ABSENT
#undef MUST_UD
#undef MUST_RUN
};

/* Mnemonics whose fate is not that of their set. */
static const uint8_t mnemonic_fates[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
#define MODELLED(set)
#define ABSENT(set)
#define MUST_UD(mnemonic)  [ZYDIS_MNEMONIC_##mnemonic] = FATE_ABSENT,
#define MUST_RUN(mnemonic) [ZYDIS_MNEMONIC_##mnemonic] = FATE_MODELLED,
#include "tests/opcode_sets.def"
#undef MODELLED
#undef ABSENT
#undef MUST_UD
#undef MUST_RUN
};

enum { MODES = 3, MAPS = 4, VEX_MAPS = 3, MOST_REPORTS = 20 };

/* What was seen of the instructions, in any mode and form. */
struct census {
    struct machine machine;
    struct decoder ours;
    ZydisDecoder zydis;
    uint8_t runs[ZYDIS_MNEMONIC_MAX_VALUE + 1];
    uint8_t seen[ZYDIS_MNEMONIC_MAX_VALUE + 1];
    unsigned long encodings;
    unsigned wrong;
};

static const ZydisMachineMode machine_modes[MODES] = {
    ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
    ZYDIS_MACHINE_MODE_LONG_COMPAT_16};
static const ZydisStackWidth stack_widths[MODES] = {
    ZYDIS_STACK_WIDTH_64, ZYDIS_STACK_WIDTH_32, ZYDIS_STACK_WIDTH_16};

/* A kernel in 64-bit, or 32- or 16-bit compatibility mode. */
static void census_open(struct census *s, unsigned mode)
{
    static const uint16_t code[MODES] = {0xa09b, 0xc09b, 0x809b};
    struct cpu_state *state;

    memset(s, 0, sizeof(*s));
    machine_init_groups(&s->machine,
                        &(struct machine_options){.timing = TIMING_FAST},
                        ALL_GROUPS);
    state = cpu_state(s->machine.cpu);
    state->cr4 |= CR4_OSXSAVE;
    state->seg[SEG_CS].attributes = code[mode];
    cpu_sync(s->machine.cpu);
    decoder_init(&s->ours);
    ck_assert(ZYAN_SUCCESS(
        ZydisDecoderInit(&s->zydis, machine_modes[mode], stack_widths[mode])));
}

static void report(struct census *s, const ZydisDecodedInstruction *i,
                   const uint8_t *bytes, const char *what)
{
    if (s->wrong++ >= MOST_REPORTS)
        return;
    printf("%s (%s) %s:", ZydisMnemonicGetString(i->mnemonic),
           ZydisISASetGetString(i->meta.isa_set), what);
    for (unsigned n = 0; n < i->length; n++)
        printf(" %02x", bytes[n]);
    printf("\n");
}

/* What our decoder makes of what Zydis's knows. */
static void take(struct census *s, const uint8_t *bytes, unsigned count)
{
    struct decode_source from = {bytes, count, 0};
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecodedInstruction i;
    enum fate fate;
    struct op op;
    bool runs;

    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&s->zydis, bytes, count, &i, operands)))
        return;
    s->encodings++;
    decode_op(&s->ours, s->machine.cpu, &from, &op);
    runs = op.run != exec_undefined;
    fate = (enum fate)mnemonic_fates[i.mnemonic];
    if (fate == FATE_UNKNOWN)
        fate = (enum fate)set_fates[i.meta.isa_set];
    if (fate == FATE_UNKNOWN)
        report(s, &i, bytes, "is in no row of opcode_sets.def");
    if (fate == FATE_ABSENT && runs)
        report(s, &i, bytes, "runs, and no CPU here has it");
    s->seen[i.mnemonic] |= fate == FATE_MODELLED;
    s->runs[i.mnemonic] |= runs;
}

static void take_opcode(struct census *s, uint8_t *bytes, unsigned at)
{
    for (unsigned modrm = 0; modrm < 256; modrm++) {
        if ((modrm & 7) > 1 && modrm < 0xc0)
            continue; /* memory operands differ in their address alone */
        bytes[at] = (uint8_t)modrm;
        take(s, bytes, 15);
    }
}

static void take_legacy(struct census *s)
{
    static const uint8_t prefixes[][3] = {
        {0},       {1, 0x66},       {1, 0xf2},       {1, 0xf3},
        {1, 0x48}, {2, 0x66, 0x48}, {2, 0xf2, 0x48}, {2, 0xf3, 0x48},
        {1, 0x67}, {1, 0xf0},       {2, 0x66, 0xf2}, {2, 0x66, 0xf3}};
    static const uint8_t maps[MAPS][3] = {
        {0}, {1, 0x0f}, {2, 0x0f, 0x38}, {2, 0x0f, 0x3a}};

    for (unsigned p = 0; p < ARRAY_LEN(prefixes); p++) {
        for (unsigned n = 0; n < MAPS * 256; n++) {
            const uint8_t *map = maps[n / 256];
            uint8_t bytes[16] = {0};
            unsigned at = prefixes[p][0];

            memcpy(bytes, prefixes[p] + 1, at);
            memcpy(bytes + at, map + 1, map[0]);
            at += map[0];
            bytes[at] = (uint8_t)n;
            take_opcode(s, bytes, at + 1);
        }
    }
}

/* Third byte: W, vvvv all ones or not, L, pp. */
static void take_vex(struct census *s)
{
    for (unsigned n = 0; n < VEX_MAPS * 256; n++) {
        for (unsigned third = 0; third < 32; third++) {
            uint8_t vvvv = third & 16 ? 0x78 : 0x50;
            uint8_t bytes[16] = {
                0xc4, (uint8_t)(0xe0 | (1 + n / 256)),
                (uint8_t)((third & 8) << 4 | vvvv | (third & 7)), (uint8_t)n};

            bytes[4] = 0xc1;
            take(s, bytes, 15);
            bytes[4] = 0x01;
            take(s, bytes, 15);
        }
    }
}

START_TEST(test_cpu_opcode_map_executes_what_it_models)
{
    static struct census s;
    unsigned modelled = 0, runs = 0;

    census_open(&s, (unsigned)_i);
    take_legacy(&s);
    take_vex(&s);
    for (unsigned m = 0; m <= ZYDIS_MNEMONIC_MAX_VALUE; m++) {
        modelled += s.seen[m];
        runs += s.seen[m] && s.runs[m];
        if (s.seen[m] && !s.runs[m])
            printf("%s raises #UD\n", ZydisMnemonicGetString((ZydisMnemonic)m));
    }
    printf("%u bits: %lu encodings, %u mnemonics modelled, %u of them run, "
           "%u wrong\n",
           64u >> _i, s.encodings, modelled, runs, s.wrong);
    fflush(stdout);
    ck_assert_uint_eq(s.wrong, 0);
    ck_assert_uint_gt(modelled, 500);
    ck_assert_uint_eq(runs, modelled);
    machine_free(&s.machine);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("opcode map");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_cpu_opcode_map_executes_what_it_models, 0,
                        MODES);
    return machine_main(t, "cpu-opcode_map");
}
