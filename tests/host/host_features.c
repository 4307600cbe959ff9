/*
 * host_features.c - see host_features.h.
 */
#include "tests/host/host_features.h"

#include "sim/core/macros.h"
#include "sim/cpu/cpu_features.h"
#include "sim/cpu/decode.h"

uint64_t segment_descriptor(uint32_t base, uint32_t limit, uint16_t attributes)
{
    return (uint64_t)(limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 |
           (uint64_t)(attributes & 0xff) << 40 |
           (uint64_t)(limit >> 16 & 0xf) << 48 |
           (uint64_t)(attributes >> 12) << 52 | (uint64_t)(base >> 24) << 56;
}

#if defined(__x86_64__)
#include <cpuid.h>

enum cpuid_register { EAX, EBX, ECX, EDX };

struct claim {
    uint32_t leaf, subleaf;
    enum cpuid_register reg;
    unsigned bit;
};

static const struct claim claims[] = {
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    {leaf, subleaf, reg, bit},
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
};

static bool host_claims(unsigned feature)
{
    const struct claim *c;
    uint32_t r[4] = {0, 0, 0, 0};

    if (feature >= ARRAY_LEN(claims))
        return true; /* FEATURE_NONE */
    c = &claims[feature];
    if (!__get_cpuid_count(c->leaf, c->subleaf, &r[EAX], &r[EBX], &r[ECX],
                           &r[EDX]))
        return false;
    return r[c->reg] >> c->bit & 1;
}

bool host_is_amd(void)
{
    uint32_t most, b = 0, c = 0, d = 0;

    /* the letters of AuthenticAMD */
    return __get_cpuid(0, &most, &b, &c, &d) && b == signature_AMD_ebx &&
           c == signature_AMD_ecx && d == signature_AMD_edx;
}

void host_gdt(uint64_t gdt[HOST_GDT_ENTRIES])
{
    for (uint32_t i = 0; i < HOST_GDT_ENTRIES; i++) {
        uint32_t rights = 0, limit = 0, selector = i << 3 | 3;

        __asm__("lar %2, %0; lsl %2, %1"
                : "+r"(rights), "+r"(limit)
                : "r"(selector)
                : "cc");
        if (rights >> 23 & 1) /* G */
            limit >>= 12;
        gdt[i] =
            rights ? segment_descriptor(0, limit, (uint16_t)(rights >> 8)) : 0;
    }
}

/* CPUID is slow in a virtual machine: ask once. */
static uint64_t host_set(void)
{
    static uint64_t set;

    if (set)
        return set;
    set = (uint64_t)1 << FEATURE_NONE;
    for (unsigned i = 0; i < ARRAY_LEN(claims); i++)
        set |= (uint64_t)host_claims(i) << i;
    return set;
}

#else

void host_gdt(uint64_t gdt[HOST_GDT_ENTRIES])
{
    for (unsigned i = 0; i < HOST_GDT_ENTRIES; i++)
        gdt[i] = 0;
}

bool host_is_amd(void)
{
    return false;
}

static uint64_t host_set(void)
{
    return 0;
}

#endif

bool host_has_form(const struct form *f)
{
    const struct insn_row *row = f->group == GROUP_MMX
                                     ? insn_find_mmx(f->mnemonic)
                                     : insn_find(f->mnemonic);
    unsigned feature = row ? row->feature : (unsigned)FEATURE_NONE;

    if (f->mnemonic == ZYDIS_MNEMONIC_LZCNT)
        feature = FEATURE_LZCNT;
    if (f->mnemonic == ZYDIS_MNEMONIC_TZCNT)
        feature = FEATURE_BMI1;
    return host_set() >> feature & 1;
}
