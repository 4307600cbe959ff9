/*
 * cpu_config.h - what one CPU generation costs and claims to be.
 *
 * Filled from a profile and --set; every field is a row of params.def.
 */
#ifndef SIM_CPU_CPU_CONFIG_H
#define SIM_CPU_CPU_CONFIG_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu_config.h"

/* TIMING_COUNT: a clock that counts retired instructions, and nothing else. */
enum timing_model { TIMING_WINDOW, TIMING_FAST, TIMING_COUNT };

struct cpu_config {
    enum timing_model timing;
    uint32_t width;   /* instructions issued and retired per cycle, 1 .. 8 */
    uint32_t window;  /* reorder window in instructions, 1 .. 1024 */
    bool block_cache; /* off: decode every time; same results */
    uint32_t stress_preempt; /* 0 off; else interrupt check every n insns */

    /* Latencies of instruction classes, cycles. */
    uint32_t alu_cycles, multiply_cycles, divide_cycles;
    uint32_t vector_cycles, fp_add_cycles, fp_multiply_cycles, fp_divide_cycles;
    uint32_t branch_cycles, lock_cycles, pause_cycles;
    uint32_t string_start_cycles; /* REP set-up; each element is a load/store */

    /* Serializing and system operations, cycles. */
    uint32_t exception_cycles; /* deliver through the IDT */
    uint32_t interrupt_cycles;
    uint32_t iret_cycles;
    uint32_t syscall_cycles, sysret_cycles;
    uint32_t cr_write_cycles, cr3_write_cycles;
    uint32_t invlpg_cycles, invpcid_cycles;
    uint32_t msr_cycles, cpuid_cycles, rdtsc_cycles, port_cycles;
    uint32_t fxsave_cycles, wbinvd_cycles;

    /* CPUID. */
    char vendor[13];    /* "GenuineIntel", "AuthenticAMD" */
    uint32_t signature; /* leaf 1 EAX: family, model, stepping */
    char brand[49];
    bool has_pcid, has_smep, has_smap, has_1g_pages, has_nx;
    /* Optional instruction groups: has_sse3 and so on. */
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text) bool has_##field;
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
    bool hide_hypervisor; /* in guests CPUID looks as on the bare machine */
    struct cache_config l1d, l1i, l2, l3; /* for CPUID alone */
    uint64_t seed;                        /* of RDRAND and RDSEED */
    uint32_t apic_id;                     /* 0 .. logical_cpus - 1 */
    uint32_t logical_cpus;                /* of the package, 0 means 1 */
    uint64_t tsc_khz; /* nominal clock: cycles per millisecond */
};

#endif
