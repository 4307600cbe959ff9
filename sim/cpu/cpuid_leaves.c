/*
 * cpuid_leaves.c - what CPUID says: exactly what this CPU executes.
 *
 * Hardware  Intel SDM vol. 2, "CPUID"; AMD APM vol. 3, "Obtaining Processor
 *           Information via the CPUID Instruction".
 * Model     the optional groups are those of cpu_features.def that the profile
 *           has; caches are the profile's; one core is one logical CPU.
 * NOT MODELLED  performance monitoring, thermal leaves (all zero).
 */
#include <string.h>

#include "sim/cpu/cpu_features.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/xsave.h"

enum { LAST_BASIC = 0x16 };
#define FIRST_EXTENDED 0x80000000u
#define LAST_INTEL     0x80000008u
#define LAST_AMD       0x8000001eu

enum { EAX, EBX, ECX, EDX };

static uint32_t bit(unsigned n)
{
    return (uint32_t)1 << n;
}

static bool is_amd(const struct cpu *c)
{
    return strcmp(c->config.vendor, "AuthenticAMD") == 0;
}

static uint32_t logical_cpus(const struct cpu *c)
{
    return c->config.logical_cpus ? c->config.logical_cpus : 1;
}

static uint32_t four_bytes(const char *text)
{
    uint32_t value;

    memcpy(&value, text, 4);
    return value;
}

/* A row of cpu_features.def. */
struct claim {
    uint32_t leaf, subleaf;
    uint8_t reg, bit;
};

static const struct claim claims[] = {
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    {leaf, subleaf, reg, bit},
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
};

static void add_claims(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
                       uint32_t out[4])
{
    for (unsigned i = 0; i < ARRAY_LEN(claims); i++) {
        const struct claim *k = &claims[i];

        if (k->leaf == leaf && k->subleaf == subleaf)
            out[k->reg] |= (uint32_t)(c->features >> i & 1) << k->bit;
    }
}

/* Leaf 1 EDX, and what of it leaf 0x80000001 repeats on AMD. */
static uint32_t basic_features(void)
{
    return bit(0)    /* FPU */
           | bit(2)  /* DE */
           | bit(3)  /* PSE */
           | bit(4)  /* TSC */
           | bit(5)  /* MSR */
           | bit(6)  /* PAE */
           | bit(7)  /* MCE */
           | bit(8)  /* CX8 */
           | bit(9)  /* APIC */
           | bit(11) /* SEP */
           | bit(12) /* MTRR */
           | bit(13) /* PGE */
           | bit(14) /* MCA */
           | bit(15) /* CMOV */
           | bit(16) /* PAT */
           | bit(17) /* PSE-36 */
           | bit(23) /* MMX */
           | bit(24) /* FXSR */
           | bit(25) /* SSE */
           | bit(26) /* SSE2 */;
}

static void leaf_vendor(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = LAST_BASIC;
    out[EBX] = four_bytes(c->config.vendor);
    out[EDX] = four_bytes(c->config.vendor + 4);
    out[ECX] = four_bytes(c->config.vendor + 8);
}

static void leaf_features(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = c->config.signature;
    out[EBX] = c->config.apic_id << 24 | logical_cpus(c) << 16 |
               8u << 8; /* CLFLUSH line */
    out[ECX] = bit(13); /* CMPXCHG16B */
    if (c->config.has_pcid)
        out[ECX] |= bit(17);
    if (c->state.cr4 & CR4_OSXSAVE)
        out[ECX] |= bit(27);
    if (c->control.virt != VIRT_NONE && !c->config.hide_hypervisor)
        out[ECX] |= bit(31); /* hypervisor present */
    out[EDX] = basic_features() | bit(19) /* CLFSH */;
    if (logical_cpus(c) > 1)
        out[EDX] |= bit(28); /* HTT: more than one in the package */
}

static void leaf_extended_features(const struct cpu *c, uint32_t out[4])
{
    if (c->config.has_smep)
        out[EBX] |= bit(7);
    if (c->config.has_smap)
        out[EBX] |= bit(20);
    if (c->config.has_pcid)
        out[EBX] |= bit(10); /* INVPCID */
    if (c->state.cr4 & CR4_PKE)
        out[ECX] |= bit(4); /* OSPKE */
}

/* Lines of 64 bytes; interrupts end a wait even if masked; C1. */
static void leaf_monitor(const struct cpu *c, uint32_t out[4])
{
    if (!c->config.has_monitor)
        return;
    out[EAX] = out[EBX] = CPU_WAIT_BYTES;
    out[ECX] = bit(0) | bit(1);
    out[EDX] = 1u << 4;
}

/* Deterministic cache parameters: L1D, L1I, L2, L3 by subleaf. */
static void leaf_caches(const struct cpu *c, uint32_t subleaf, uint32_t out[4])
{
    static const uint8_t type[4] = {1, 2, 3, 3}, level[4] = {1, 1, 2, 3};
    const struct cpu_config *g = &c->config;
    const struct cache_config *caches[4] = {&g->l1d, &g->l1i, &g->l2, &g->l3};
    uint32_t sharing, ways;

    if (subleaf > 3 || caches[subleaf]->bytes == 0)
        return;
    ways = caches[subleaf]->ways;
    sharing = subleaf == 3 ? logical_cpus(c) - 1 : 0;
    out[EAX] =
        type[subleaf] | (uint32_t)level[subleaf] << 5 | bit(8) | sharing << 14;
    if (!is_amd(c)) /* which reserves the bits */
        out[EAX] |= (logical_cpus(c) - 1) << 26;
    out[EBX] = (ways - 1) << 22 | 63;
    out[ECX] = (uint32_t)(caches[subleaf]->bytes / (64 * (uint64_t)ways)) - 1;
}

/* One thread a core; the package holds all. */
static void leaf_topology(const struct cpu *c, uint32_t subleaf,
                          uint32_t out[4])
{
    uint32_t shift = 0;

    while (subleaf == 1 && logical_cpus(c) > bit(shift))
        shift++;
    out[ECX] = subleaf & 0xff;
    out[EDX] = c->config.apic_id;
    if (subleaf > 1)
        return;
    out[EAX] = shift;
    out[EBX] = subleaf == 0 ? 1 : logical_cpus(c);
    out[ECX] |= (subleaf + 1) << 8; /* thread, core */
}

static void leaf_xsave(const struct cpu *c, uint32_t subleaf, uint32_t out[4])
{
    uint64_t supported = xsave_supported(c);

    if (!c->config.has_xsave)
        return;
    if (subleaf == 0) {
        out[EAX] = (uint32_t)supported;
        out[EBX] = xsave_area_bytes(c->state.xcr0, false);
        out[ECX] = xsave_area_bytes(supported, false);
    } else if (subleaf == 1) {
        if (c->config.has_xsavec)
            out[EBX] = xsave_area_bytes(c->state.xcr0 | c->state.xss, true);
    } else if (subleaf < 64 && subleaf >= 2 && (supported >> subleaf & 1)) {
        out[EAX] = XSAVE_PKRU_BYTES;
        out[EBX] = XSAVE_PKRU_OFFSET;
    }
}

/* TSC = crystal * EBX / EAX; the crystal is 1 MHz. */
static void leaf_tsc(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = 1000;
    out[EBX] = (uint32_t)c->config.tsc_khz;
    out[ECX] = 1000000;
}

static void leaf_frequency(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = out[EBX] = (uint32_t)(c->config.tsc_khz / 1000);
}

static void leaf_long_mode(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = c->config.signature;
    out[ECX] = bit(0);                          /* LAHF in 64-bit mode */
    out[EDX] = bit(11) /* SYSCALL */ | bit(29); /* LM */
    if (is_amd(c)) {
        out[ECX] |= bit(22); /* leaves 0x8000001d and 0x8000001e */
        out[EDX] |= basic_features() & 0x0183f3ff;
    }
    if (c->config.has_nx)
        out[EDX] |= bit(20);
    if (c->config.has_1g_pages)
        out[EDX] |= bit(26);
}

static void leaf_brand(const struct cpu *c, unsigned part, uint32_t out[4])
{
    memcpy(out, c->config.brand + (size_t)16 * part, 16);
}

/* AMD APM vol. 3, "L1 Cache and TLB Information": line, tags, ways, KB. */
static uint32_t l1_word(const struct cache_config *k)
{
    return (uint32_t)(k->bytes >> 10) << 24 | k->ways << 16 | 1u << 8 | 64;
}

/* The encoding of associativity in leaf 0x80000006. */
static uint32_t way_code(uint32_t ways)
{
    static const uint8_t code[][2] = {{1, 1},  {2, 2},   {4, 4},   {8, 6},
                                      {16, 8}, {32, 10}, {48, 11}, {64, 12}};
    uint32_t best = 1;

    for (unsigned i = 0; i < ARRAY_LEN(code); i++)
        if (code[i][0] <= ways)
            best = code[i][1];
    return best;
}

static void leaf_l2(const struct cpu *c, uint32_t out[4])
{
    const struct cache_config *l2 = &c->config.l2, *l3 = &c->config.l3;

    if (l2->bytes)
        out[ECX] = (uint32_t)(l2->bytes >> 10) << 16 |
                   way_code(l2->ways) << 12 | 1u << 8 | 64;
    if (l3->bytes && is_amd(c))
        out[EDX] = (uint32_t)(l3->bytes >> 19) << 18 |
                   way_code(l3->ways) << 12 | 1u << 8 | 64;
}

/* AMD: one thread a core, one node. */
static void leaf_amd_topology(const struct cpu *c, uint32_t out[4])
{
    out[EAX] = c->config.apic_id;
    out[EBX] = c->config.apic_id; /* core; no second thread */
}

static void leaf_addresses(const struct cpu *c, uint32_t out[4])
{
    /* linear and physical address bits */
    out[EAX] = (c->config.has_la57 ? 57u : 48u) << 8 | 46u;
    if (is_amd(c))
        out[ECX] = logical_cpus(c) - 1;
}

static void basic_leaf(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
                       uint32_t out[4])
{
    switch (leaf) {
    case 0:
        leaf_vendor(c, out);
        break;
    case 1:
        leaf_features(c, out);
        break;
    case 2: /* see leaf 4 */
        if (!is_amd(c) && c->config.l1d.bytes)
            out[EAX] = 0x00feff01;
        break;
    case 4:
        if (!is_amd(c))
            leaf_caches(c, subleaf, out);
        break;
    case 5:
        leaf_monitor(c, out);
        break;
    case 6:
        out[EAX] = bit(2); /* ARAT: the APIC timer always runs */
        break;
    case 7:
        if (subleaf == 0)
            leaf_extended_features(c, out);
        break;
    case 0xb:
        leaf_topology(c, subleaf, out);
        break;
    case 0xd:
        leaf_xsave(c, subleaf, out);
        break;
    case 0x15:
        leaf_tsc(c, out);
        break;
    case 0x16:
        leaf_frequency(c, out);
        break;
    }
}

static uint32_t last_extended(const struct cpu *c)
{
    return is_amd(c) ? LAST_AMD : LAST_INTEL;
}

static void extended_leaf(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
                          uint32_t out[4])
{
    switch (leaf - FIRST_EXTENDED) {
    case 0:
        leaf_vendor(c, out);
        out[EAX] = last_extended(c);
        break;
    case 1:
        leaf_long_mode(c, out);
        break;
    case 2:
    case 3:
    case 4:
        leaf_brand(c, leaf - FIRST_EXTENDED - 2, out);
        break;
    case 5:
        if (is_amd(c)) {
            out[ECX] = l1_word(&c->config.l1d);
            out[EDX] = l1_word(&c->config.l1i);
        }
        break;
    case 6:
        leaf_l2(c, out);
        break;
    case 7:
        out[EDX] = bit(8); /* invariant TSC */
        break;
    case 8:
        leaf_addresses(c, out);
        break;
    case 0x1d: /* the format of leaf 4 */
        leaf_caches(c, subleaf, out);
        break;
    case 0x1e:
        leaf_amd_topology(c, out);
        break;
    }
}

void cpu_cpuid(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
               uint32_t out[4])
{
    bool has_subleaves = leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;

    memset(out, 0, 16);
    if (leaf > last_extended(c) || (leaf > LAST_BASIC && leaf < FIRST_EXTENDED))
        return;
    if (leaf <= LAST_BASIC)
        basic_leaf(c, leaf, subleaf, out);
    else
        extended_leaf(c, leaf, subleaf, out);
    add_claims(c, leaf, has_subleaves ? subleaf : 0, out);
}
