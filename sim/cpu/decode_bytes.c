/*
 * decode_bytes.c - what Zydis makes of an instruction's bytes.
 *
 * Hardware  Intel SDM vol. 2, "Instruction Format"; AMD APM vol. 3,
 *           "Instruction Prefixes".
 * Model     groups that no profile has decode as CPUs without them do (MPX,
 * CET, CLDEMOTE as NOPs); 66 before a branch of 64-bit mode is ignored, or
 *           narrows it, as the vendor's CPUs do; two answers of Zydis's that no
 *           CPU gives are put right.
 */
#include <string.h>

#include "sim/cpu/decode.h"
#include "sim/cpu/segment.h"

static void init_mode(ZydisDecoder *d, ZydisMachineMode mode,
                      ZydisStackWidth stack)
{
    static const ZydisDecoderMode absent[] = {
        ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
        ZYDIS_DECODER_MODE_WBNOINVD, ZYDIS_DECODER_MODE_CLDEMOTE};

    if (!ZYAN_SUCCESS(ZydisDecoderInit(d, mode, stack)))
        BUG("Zydis refuses its own decoder mode");
    for (size_t i = 0; i < ARRAY_LEN(absent); i++)
        ZydisDecoderEnableMode(d, absent[i], ZYAN_FALSE);
}

void decoder_init(struct decoder *d)
{
    init_mode(&d->mode64, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    d->mode64_amd = d->mode64;
    ZydisDecoderEnableMode(&d->mode64_amd, ZYDIS_DECODER_MODE_AMD_BRANCHES,
                           ZYAN_TRUE);
    init_mode(&d->mode32, ZYDIS_MACHINE_MODE_LEGACY_32, ZYDIS_STACK_WIDTH_32);
    init_mode(&d->mode16, ZYDIS_MACHINE_MODE_LEGACY_16, ZYDIS_STACK_WIDTH_16);
}

/*
 * SIB without base: a displacement alone, whatever REX.B says.  (Zydis takes
 * R13 for the base.)
 */
static bool has_no_base(const struct decoded *d)
{
    return (d->insn.attributes & ZYDIS_ATTRIB_HAS_SIB) &&
           d->insn.raw.modrm.mod == 0 && d->insn.raw.sib.base == 5;
}

static void drop_base(struct decoded *d)
{
    for (unsigned i = 0; i < d->insn.operand_count_visible; i++) {
        ZydisDecodedOperand *o = &d->operand[i];

        if (o->type != ZYDIS_OPERAND_TYPE_MEMORY)
            continue;
        o->mem.base = ZYDIS_REGISTER_NONE;
        o->mem.disp.has_displacement = ZYAN_TRUE;
        o->mem.disp.value = d->insn.raw.disp.value;
    }
}

static const ZydisDecoder *decoder_of(const struct decoder *d,
                                      const struct cpu *c)
{
    if (c->mode & MODE_64)
        return cpu_is_amd(c) ? &d->mode64_amd : &d->mode64;
    return c->mode & MODE_32 ? &d->mode32 : &d->mode16;
}

/*
 * F3 REX.B 90 is XCHG R8, RAX, and F3 says nothing.  (Zydis takes it for
 * PAUSE.)  The prefix becomes another that says nothing here.
 */
static ZyanStatus decode_exchange(const ZydisDecoder *z, struct decoded *d,
                                  const struct decode_source *from)
{
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    unsigned length = d->insn.length;

    memcpy(bytes, from->bytes, length);
    for (unsigned i = 0; i + 1 < length; i++)
        if (bytes[i] == 0xf3)
            bytes[i] = 0x3e;
    return ZydisDecoderDecodeFull(z, bytes, length, &d->insn, d->operand);
}

ZyanStatus decode_bytes(const struct decoder *decoder, const struct cpu *c,
                        const struct decode_source *from, struct decoded *d)
{
    const ZydisDecoder *z = decoder_of(decoder, c);
    ZyanStatus s = ZydisDecoderDecodeFull(z, from->bytes, from->available_bytes,
                                          &d->insn, d->operand);

    if (ZYAN_SUCCESS(s) && d->insn.mnemonic == ZYDIS_MNEMONIC_PAUSE &&
        d->insn.raw.rex.B)
        return decode_exchange(z, d, from);
    if (ZYAN_SUCCESS(s) && has_no_base(d))
        drop_base(d);
    return s;
}
