/*
 * guest_rig.h - the smallest machine that runs a guest under a technique: one
 * pCPU, one VM, and the run loop of struct technique_ops, for tests.
 */
#ifndef TESTS_GUEST_RIG_H
#define TESTS_GUEST_RIG_H
#include <check.h>
#include <string.h>

#include "hypervisor-model/hypervisor.h"
#include "sim/core/macros.h"

struct rig {
    struct memory dram;
    struct mmu_config mmu_config;
    struct cpu_config cpu_config;
    struct hv_config hv_config;
    struct hypervisor hv;
    struct mmu *mmu;
    struct cpu *cpu;
    struct vm *vm;
    bool check; /* the technique's invariants, after every event */
};

/* How a run ended. */
enum rig_end {
    RIG_EXITED,
    RIG_CRASHED,
    RIG_LIMIT,
    RIG_ASLEEP,
    RIG_STUCK, /* many events, no instruction retires */
};

static inline void rig_defaults(struct rig *r)
{
    const struct tlb_geometry tlb = {64, 4}, large = {8, 8};

    memset(r, 0, sizeof *r);
    r->mmu_config = (struct mmu_config){
        .tlb_enabled = true,
        .psc_enabled = true,
        .cache_enabled = true,
        .fast_path = true,
        .l1d_tlb = {.page_4k = tlb, .page_2m = large, .page_1g = large},
        .l1i_tlb = {.page_4k = tlb, .page_2m = large, .page_1g = large},
        .l2_tlb = {.page_4k = {512, 4}, .page_2m = large, .hit_cycles = 7},
        .ntlb = {32, 4},
        .psc_guest = {.entries = {0, 0, 16, 4, 2, 0}},
        .psc_host = {.entries = {0, 0, 16, 4, 2, 0}},
        .l1d = {32768, 8, 4, REPL_LRU},
        .l1i = {32768, 8, 4, REPL_LRU},
        .l2 = {262144, 8, 12, REPL_LRU},
        .line_bytes = 64,
        .dram_cycles = 200,
        .walkers = 1,
        .miss_buffers = 10,
    };
    r->cpu_config = (struct cpu_config){.timing = TIMING_FAST,
                                        .width = 4,
                                        .window = 64,
                                        .block_cache = true,
                                        .has_nx = true,
                                        .has_smep = true,
                                        .has_smap = true,
                                        .has_1g_pages = true,
                                        .tsc_khz = 1000000};
    memcpy(r->cpu_config.vendor, "GenuineIntel", 13);
    r->hv_config = (struct hv_config){
        .host_page_shift = 12,
        .has_nested = true,
        .has_vpid = true,
        .shadow_pages = 256,
        .exit_on = {.hlt = true, .rdpmc = true, .mov_dr = true, .wbinvd = true},
        .exit_roundtrip_cycles = 1000,
        .exit_share_pct = 50};
    r->check = true;
}

static inline void rig_open(struct rig *r,
                            const struct technique_ops *technique,
                            uint64_t memory_bytes)
{
    uint64_t pool = hv_pool_bytes(technique, &r->hv_config, memory_bytes);
    struct error e = {{0}};

    ck_assert_msg(memory_init(&r->dram, memory_bytes + pool, &e) == STATUS_OK,
                  "%s", e.text);
    ck_assert(hypervisor_init(&r->hv, &r->hv_config, &r->dram, &e) ==
              STATUS_OK);
    r->vm = vm_new(&r->hv, technique, memory_bytes, 1, &e);
    ck_assert_msg(r->vm != NULL, "%s", e.text);
    r->mmu =
        mmu_new(&r->mmu_config, &r->dram, NULL, &r->vm->vcpus[0]->counters, &e);
    ck_assert_msg(r->mmu != NULL, "%s", e.text);
    r->cpu = cpu_new(&r->cpu_config, r->mmu, &r->dram, &e);
    ck_assert_msg(r->cpu != NULL, "%s", e.text);
}

static inline void rig_close(struct rig *r)
{
    cpu_free(r->cpu);
    mmu_free(r->mmu);
    vm_free(r->vm);
    memory_free(&r->dram);
}

/* Loads code at 1 MiB and enters it as PVH says: 32-bit, paging off. */
static inline void rig_boot(struct rig *r, const uint8_t *code, size_t bytes)
{
    const struct vm_segment segment = {.at = gpa(0x100000),
                                       .data = code,
                                       .file_bytes = bytes,
                                       .memory_bytes = bytes};
    const struct vm_boot boot = {.segments = &segment,
                                 .segment_count = 1,
                                 .pvh_entry = 0x100000,
                                 .command_line = ""};
    struct error e = {{0}};

    ck_assert_msg(r->vm->technique->boot(r->vm, &boot, &e) == STATUS_OK, "%s",
                  e.text);
    vcpu_load(r->vm->vcpus[0], r->cpu);
}

/* A value in the guest's memory. */
static inline void rig_put32(struct rig *r, uint64_t at, uint32_t value)
{
    ck_assert(vm_copy_in(r->vm, gpa(at), &value, sizeof value));
}

static inline void rig_put64(struct rig *r, uint64_t at, uint64_t value)
{
    ck_assert(vm_copy_in(r->vm, gpa(at), &value, sizeof value));
}

static inline void rig_check(const struct rig *r)
{
    const struct technique_ops *ops = r->vm->technique;
    struct error e = {{0}};

    if (r->check && ops->check)
        ck_assert_msg(ops->check(r->vm->vcpus[0], r->cpu, &e), "%s", e.text);
}

/* Runs until the guest ends, or limit instructions retired. */
static inline enum rig_end rig_run(struct rig *r, uint64_t limit)
{
    const struct technique_ops *ops = r->vm->technique;
    struct vcpu *v = r->vm->vcpus[0];
    uint64_t turns = 0;

    while (cpu_retired(r->cpu) < limit && turns++ < 20 * limit + 1000) {
        struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                    .until_instruction = limit};
        struct cpu_event event;
        enum vcpu_action action;

        ops->budget(v, r->cpu, &budget);
        event = cpu_run(r->cpu, &budget);
        action = ops->handle(v, r->cpu, &event);
        rig_check(r);
        if (action == VCPU_EXITED)
            return RIG_EXITED;
        if (action == VCPU_CRASHED)
            return RIG_CRASHED;
        if (action == VCPU_HALT && ops->wake_cycle(v) == UINT64_MAX)
            return RIG_ASLEEP;
        if (action == VCPU_HALT && ops->wake_cycle(v) > cpu_now(r->cpu))
            cpu_charge(r->cpu, LEDGER_IDLE,
                       ops->wake_cycle(v) - cpu_now(r->cpu));
    }
    return cpu_retired(r->cpu) < limit ? RIG_STUCK : RIG_LIMIT;
}

/* FNV-1a over the guest's memory. */
static inline uint64_t rig_hash_memory(const struct rig *r)
{
    const uint8_t *at = memory_at(&r->dram, r->vm->memory_base);
    uint64_t hash = 0xcbf29ce484222325;

    for (uint64_t i = 0; i < r->vm->memory_bytes; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3;
        hash ^= hash >> 29;
    }
    return hash;
}

#endif
