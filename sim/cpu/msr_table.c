/*
 * msr_table.c - see msr_table.h.
 *
 * Model     the memory types of MTRRs and PAT are kept and change nothing: the
 *           cache model has one type.  Machine-check banks report what
 *           cpu_machine_check() put there.
 * NOT MODELLED  last-branch records, performance counters, power management:
 *           CPUID claims none of them, and their registers raise #GP.
 */
#include "sim/cpu/msr_table.h"

#include <string.h>

#include "mmu/pt_geom.h"
#include "sim/cpu/debug.h"
#include "sim/cpu/segment.h"

enum {
    APIC_RESERVED = 0x2ff,
    MTRR_RESERVED = 0xf00,      /* of a base */
    MTRR_MASK_RESERVED = 0x7ff, /* of a mask */
    MCG_CAP_CONTROL = 1 << 8,   /* MCG_CTL is there */
};

/*
 * Microcode revisions without the errata that kernels work around (such as
 * SKX "deadline timer", before 0x2000014): those of Intel's release of 2023
 * for Skylake-SP, and of AMD's for Zen 2.
 */
#define INTEL_REVISION ((uint64_t)0x02007006 << 32)
#define AMD_REVISION   ((uint64_t)0x0830107a)

#define PHYSICAL_MASK      (((uint64_t)1 << PT_MAXPHYADDR) - 1)
#define HWCR_STATUS_WRITES ((uint64_t)1 << 18)

#define FIELD(name)       offsetof(struct cpu_state, name)
#define ONE(name)         1, 1, FIELD(name)
#define MANY(count, name) count, 1, FIELD(name)
#define CONSTANT          1, 0, MSR_CONSTANT

static const struct msr_row rows[] = {
    {0x0000001b, ONE(apic_base), RULE_APIC, MSR_OF_BOTH, 0},
    {0x00000017, CONSTANT, RULE_NONE, MSR_OF_INTEL, 0}, /* PLATFORM_ID */
    {0x0000003a, ONE(feature_control), RULE_NONE, MSR_OF_INTEL, 0},
    {0x00000079, CONSTANT, RULE_IGNORE, MSR_OF_INTEL, 0}, /* microcode load */
    {0x0000008b, CONSTANT, RULE_IGNORE, MSR_OF_INTEL, INTEL_REVISION},
    {0x0000008b, CONSTANT, RULE_IGNORE, MSR_OF_AMD, AMD_REVISION},
    {0x000000e2, CONSTANT, RULE_IGNORE, MSR_OF_INTEL, 0}, /* C-states */
    {0x000000fe, CONSTANT, RULE_NONE, MSR_OF_BOTH, 0x500 | MTRR_VARIABLE},
    {0x00000174, ONE(sysenter_cs), RULE_ANY, MSR_OF_BOTH, 0},
    {0x00000175, ONE(sysenter_esp), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0x00000176, ONE(sysenter_eip), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0x00000179, CONSTANT, RULE_NONE, MSR_OF_BOTH, MCG_CAP_CONTROL | MCA_BANKS},
    {0x0000017a, ONE(mca.global_status), RULE_ANY, MSR_OF_BOTH, 0},
    {0x0000017b, ONE(mca.global_control), RULE_ANY, MSR_OF_BOTH, 0},
    {0x000001a0, ONE(misc_enable), RULE_ANY, MSR_OF_INTEL, 0},
    {0x000001d9, ONE(debug_control), RULE_DEBUG, MSR_OF_BOTH, 0},
    {0x000001fc, CONSTANT, RULE_IGNORE, MSR_OF_INTEL, 0}, /* POWER_CTL */
    {0x00000200, MANY(2 * MTRR_VARIABLE, mtrr.variable), RULE_MTRR_RANGE,
     MSR_OF_BOTH, 0},
    {0x00000250, MANY(1, mtrr.fixed[0]), RULE_MTRR_TYPES, MSR_OF_BOTH, 0},
    {0x00000258, MANY(2, mtrr.fixed[1]), RULE_MTRR_TYPES, MSR_OF_BOTH, 0},
    {0x00000268, MANY(8, mtrr.fixed[3]), RULE_MTRR_TYPES, MSR_OF_BOTH, 0},
    {0x00000277, ONE(pat), RULE_PAT, MSR_OF_BOTH, 0},
    {0x000002ff, ONE(mtrr.default_type), RULE_MTRR_DEFAULT, MSR_OF_BOTH, 0},
    {0x00000400, MANY(4 * MCA_BANKS, mca.bank), RULE_ZERO, MSR_OF_BOTH, 0},
    {0x00000da0, ONE(xss), RULE_XSS, MSR_OF_BOTH, 0},
    {0xc0000081, ONE(star), RULE_ANY, MSR_OF_BOTH, 0},
    {0xc0000082, ONE(lstar), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0xc0000083, ONE(cstar), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0xc0000084, ONE(fmask), RULE_32, MSR_OF_BOTH, 0},
    {0xc0000100, ONE(seg[SEG_FS].base), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0xc0000101, ONE(seg[SEG_GS].base), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0xc0000102, ONE(kernel_gs_base), RULE_CANONICAL, MSR_OF_BOTH, 0},
    {0xc0000103, ONE(tsc_aux), RULE_TSC_AUX, MSR_OF_BOTH, 0},
    {0xc0010010, ONE(amd_syscfg), RULE_ANY, MSR_OF_AMD, 0},
    {0xc0010015, ONE(amd_hwcr), RULE_ANY, MSR_OF_AMD, 0},
    {0xc001001a, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* TOP_MEM */
    {0xc001001d, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* TOP_MEM2 */
    {0xc001001f, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* NB_CFG */
    {0xc0010020, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* PATCH_LOADER */
    {0xc0010055, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* INTPEND */
    {0xc0011020, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* LS_CFG */
    {0xc0011021, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* IC_CFG */
    {0xc0011022, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* DC_CFG */
    {0xc0011028, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* FP_CFG */
    {0xc0011029, ONE(amd_de_cfg), RULE_ANY, MSR_OF_AMD, 0},
    {0xc001102a, CONSTANT, RULE_IGNORE, MSR_OF_AMD, 0}, /* BU_CFG2 */
};

static bool has_tsc_aux(const struct cpu *c)
{
    return c->features >> FEATURE_RDTSCP & 1 ||
           c->features >> FEATURE_RDPID & 1;
}

const struct msr_row *msr_find(const struct cpu *c, uint32_t index)
{
    enum msr_vendor other = cpu_is_amd(c) ? MSR_OF_INTEL : MSR_OF_AMD;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct msr_row *row = &rows[i];

        if (index - row->index >= row->count || row->vendor == other)
            continue;
        if (row->rule == RULE_XSS && !(c->features >> FEATURE_XSAVES & 1))
            continue;
        if (row->rule == RULE_TSC_AUX && !has_tsc_aux(c))
            continue;
        return row;
    }
    return NULL;
}

static size_t offset_of(const struct msr_row *row, uint32_t index)
{
    return row->offset + sizeof(uint64_t) * row->stride * (index - row->index);
}

uint64_t msr_field(const struct cpu *c, const struct msr_row *row,
                   uint32_t index)
{
    uint64_t value = row->constant;

    if (row->offset != MSR_CONSTANT)
        memcpy(&value, (const uint8_t *)&c->state + offset_of(row, index), 8);
    return value;
}

void msr_set_field(struct cpu *c, const struct msr_row *row, uint32_t index,
                   uint64_t value)
{
    if (row->offset != MSR_CONSTANT)
        memcpy((uint8_t *)&c->state + offset_of(row, index), &value, 8);
}

/* Memory types: 0, 1, 4, 5, 6, and 7 (UC-) in the PAT alone. */
static bool type_legal(unsigned type, unsigned most)
{
    return type <= most && type != 2 && type != 3;
}

static bool types_legal(uint64_t value, unsigned most)
{
    for (unsigned i = 0; i < 8; i++)
        if (!type_legal(value >> (8 * i) & 0xff, most))
            return false;
    return true;
}

static bool range_legal(uint32_t index, uint64_t value)
{
    if (value & ~PHYSICAL_MASK)
        return false;
    if (index & 1)
        return (value & MTRR_MASK_RESERVED) == 0;
    return (value & MTRR_RESERVED) == 0 && type_legal(value & 0xff, 6);
}

bool msr_takes(const struct cpu *c, const struct msr_row *row, uint32_t index,
               uint64_t value)
{
    switch ((enum msr_rule)row->rule) {
    case RULE_ANY:
    case RULE_IGNORE:
        return true;
    case RULE_CANONICAL:
        return cpu_base_canonical(c, value);
    case RULE_32:
    case RULE_TSC_AUX:
        return value >> 32 == 0;
    case RULE_PAT:
        return types_legal(value, 7);
    case RULE_APIC: /* base, x2APIC enable, enable, boot CPU */
        return (value & ~PHYSICAL_MASK) == 0 && (value & APIC_RESERVED) == 0;
    case RULE_DEBUG:
        return (value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF)) == 0;
    case RULE_ZERO: /* the first of each four is a control: any value */
        return value == 0 || ((index - row->index) & 3) == 0 ||
               (c->state.amd_hwcr & HWCR_STATUS_WRITES);
    case RULE_MTRR_DEFAULT:
        return (value & ~(uint64_t)0xcff) == 0 && type_legal(value & 0xff, 6);
    case RULE_MTRR_TYPES:
        return types_legal(value, 6);
    case RULE_MTRR_RANGE:
        return range_legal(index, value);
    case RULE_XSS: /* no supervisor component is modelled */
        return value == 0;
    case RULE_NONE:
        return false;
    }
    return false;
}
