/*
 * cpu_groups.h - the machine of cpu_fixture.h with chosen instruction groups.
 */
#ifndef TESTS_CPU_GROUPS_H
#define TESTS_CPU_GROUPS_H
#include "sim/cpu/cpu_features.h"
#include "tests/cpu_fixture.h"

/* groups: 1 << enum cpu_feature, or-ed. */
static inline void machine_init_groups(struct machine *m,
                                       const struct machine_options *o,
                                       uint64_t groups)
{
    struct mmu_config mc = machine_mmu_config(o);
    struct cpu_config cc = machine_cpu_config(o);
    struct error e;

#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    cc.has_##field = groups >> FEATURE_##id & 1;
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
    if (o->amd)
        memcpy(cc.vendor, "AuthenticAMD", sizeof("AuthenticAMD"));
    memset(m, 0, sizeof *m);
    ck_assert_int_eq(memory_init(&m->dram, MACHINE_BYTES, &e), STATUS_OK);
    m->mmu = mmu_new(&mc, &m->dram, NULL, &m->counters, &e);
    ck_assert_ptr_nonnull(m->mmu);
    m->cpu = cpu_new(&cc, m->mmu, &m->dram, &e);
    ck_assert_ptr_nonnull(m->cpu);
    cpu_set_record(m->cpu, &m->counters, &m->ledger);
    machine_tables(m);
    machine_enter(m, 0);
}

#define ALL_GROUPS (~(uint64_t)0)

#endif
