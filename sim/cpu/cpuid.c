/*
 * cpuid.c - CPUID: claims exactly what this CPU executes.
 *
 * Hardware  Intel SDM vol. 2, "CPUID"; AMD APM vol. 3, "Obtaining Processor
 *           Information via the CPUID Instruction".
 * Model     no SSE3 or later, no XSAVE, no AVX, no RDRAND, no BMI: programs
 *           take their baseline paths.
 */
#include <string.h>

#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

enum { LAST_BASIC = 0x16 };
#define FIRST_EXTENDED 0x80000000u
#define LAST_EXTENDED  0x80000008u

enum { EAX, EBX, ECX, EDX };

static uint32_t bit(unsigned n)
{
    return (uint32_t)1 << n;
}

static uint32_t four_bytes(const char *text)
{
    uint32_t value;

    memcpy(&value, text, 4);
    return value;
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
           | bit(13) /* PGE */
           | bit(15) /* CMOV */
           | bit(16) /* PAT */
           | bit(17) /* PSE-36 */
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
    out[EBX] = 8u << 8 | 1u << 16; /* CLFLUSH line, one logical CPU */
    out[ECX] = bit(13)             /* CMPXCHG16B */
               | bit(21)           /* x2APIC */
               | bit(24);          /* TSC deadline */
    if (c->config.has_pcid)
        out[ECX] |= bit(17);
    if (c->control.virt != VIRT_NONE)
        out[ECX] |= bit(31); /* hypervisor present */
    out[EDX] = basic_features() | bit(19) /* CLFSH */;
}

static void leaf_extended_features(const struct cpu *c, uint32_t out[4])
{
    if (c->config.has_smep)
        out[EBX] |= bit(7);
    if (c->config.has_smap)
        out[EBX] |= bit(20);
    if (c->config.has_pcid)
        out[EBX] |= bit(10); /* INVPCID */
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
    bool amd = strcmp(c->config.vendor, "AuthenticAMD") == 0;

    out[EAX] = c->config.signature;
    out[ECX] = bit(0); /* LAHF in 64-bit mode */
    out[EDX] = bit(11) /* SYSCALL */ | bit(27) /* RDTSCP */ | bit(29); /* LM */
    if (amd)
        out[EDX] |= basic_features() & 0x0183f3ff;
    if (c->config.has_nx)
        out[EDX] |= bit(20);
    if (c->config.has_1g_pages)
        out[EDX] |= bit(26);
}

static void leaf_brand(const struct cpu *c, unsigned part, uint32_t out[4])
{
    memcpy(out, c->config.brand + (size_t)16 * part, 16);
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
    case 7:
        if (subleaf == 0)
            leaf_extended_features(c, out);
        break;
    case 0xb: /* one thread, one core, x2APIC id 0 */
        out[ECX] = subleaf & 0xff;
        break;
    case 0x15:
        leaf_tsc(c, out);
        break;
    case 0x16:
        leaf_frequency(c, out);
        break;
    }
}

void cpu_cpuid(const struct cpu *c, uint32_t leaf, uint32_t subleaf,
               uint32_t out[4])
{
    memset(out, 0, 16);
    switch (leaf) {
    case FIRST_EXTENDED:
        leaf_vendor(c, out);
        out[EAX] = LAST_EXTENDED;
        return;
    case FIRST_EXTENDED + 1:
        leaf_long_mode(c, out);
        return;
    case FIRST_EXTENDED + 2:
    case FIRST_EXTENDED + 3:
    case FIRST_EXTENDED + 4:
        leaf_brand(c, leaf - FIRST_EXTENDED - 2, out);
        return;
    case FIRST_EXTENDED + 7:
        out[EDX] = bit(8); /* invariant TSC */
        return;
    case FIRST_EXTENDED + 8:
        out[EAX] = 48u << 8 | 46u; /* linear and physical address bits */
        return;
    }
    if (leaf <= LAST_BASIC)
        basic_leaf(c, leaf, subleaf, out);
}

op_function exec_cpuid, exec_rdtsc, exec_rdtscp;

enum op_result exec_cpuid(struct cpu *c, const struct op *op)
{
    uint64_t *g = c->state.gpr;
    uint32_t out[4];

    if (c->control.exit_cpuid && c->control.virt != VIRT_NONE &&
        !c->control.emulate) {
        if (c->control.virt == VIRT_DEPRIVED)
            return cpu_gp0(c);
        return guest_exit(c, op, VMEXIT_CPUID);
    }
    cpu_cpuid(c, (uint32_t)g[REG_RAX], (uint32_t)g[REG_RCX], out);
    g[REG_RAX] = out[EAX];
    g[REG_RBX] = out[EBX];
    g[REG_RCX] = out[ECX];
    g[REG_RDX] = out[EDX];
    cpu_serialize(c, c->config.cpuid_cycles);
    return OP_END;
}

static enum op_result read_tsc(struct cpu *c, const struct op *op,
                               enum vmexit reason)
{
    uint64_t now;

    if ((c->state.cr4 & CR4_TSD) && c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_rdtsc)
        return guest_exit(c, op, reason);
    cpu_serialize(c, c->config.rdtsc_cycles);
    now = cpu_tsc(c, op);
    c->state.gpr[REG_RAX] = (uint32_t)now;
    c->state.gpr[REG_RDX] = now >> 32;
    return OP_NEXT;
}

enum op_result exec_rdtsc(struct cpu *c, const struct op *op)
{
    return read_tsc(c, op, VMEXIT_RDTSC);
}

enum op_result exec_rdtscp(struct cpu *c, const struct op *op)
{
    enum op_result r;

    if (guest_mode(c) && !c->control.enable_rdtscp)
        return cpu_fault(c, VECTOR_UD);
    r = read_tsc(c, op, VMEXIT_RDTSCP);
    if (r == OP_NEXT)
        c->state.gpr[REG_RCX] = (uint32_t)c->state.tsc_aux;
    return r;
}
