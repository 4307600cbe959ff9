/*
 * pv_fixture.h - a pv domain on a pCPU, for the tests 7xx: hypercalls are made
 * as the guest makes them (registers and a SYSCALL trap), code is real.
 */
#ifndef TESTS_PV_FIXTURE_H
#define TESTS_PV_FIXTURE_H
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/pv/pv.h"
#include "hypervisor-model/pv/pv_build.h"
#include "hypervisor-model/pv/pv_check.h"
#include "hypervisor-model/pv/pv_page.h"
#include "sim/cpu/cpu.h"

enum {
    PV_DOMAIN_BYTES = 16 << 20,
    PV_DRAM_BYTES = 64 << 20,
    PV_IMAGE_BYTES = 0x4000,
};

#define PV_VIRT_BASE 0xffffffff80000000u
#define PV_CODE      (PV_VIRT_BASE + 0x10000u) /* the image: code here */
#define PV_HANDLERS  (PV_CODE + 0x1000u)       /* vector v: HLT at + 16 v */
#define PV_HYPERCALL (PV_CODE + 0x2000u)
#define PV_DATA      (PV_CODE + 0x3000u)

struct pv_machine {
    struct hv_config config;
    struct mmu_config mmu_config;
    struct cpu_config cpu_config;
    struct memory dram;
    struct hypervisor hv;
    struct vm *vm;
    struct vcpu *v;
    struct pv_domain *d;
    struct mmu *mmu;
    struct cpu *cpu;
    struct start_info info;
    uint8_t image[PV_IMAGE_BYTES];
};

static inline struct mmu_config pv_mmu_config(void)
{
    return (struct mmu_config){
        .tlb_enabled = true,
        .psc_enabled = true,
        .cache_enabled = true,
        .fast_path = true,
        .l1d_tlb = {.page_4k = {64, 4}, .page_2m = {32, 4}, .page_1g = {4, 4}},
        .l1i_tlb = {.page_4k = {128, 8}, .page_2m = {8, 8}},
        .l2_tlb = {.page_4k = {1536, 12},
                   .shared_4k_2m = true,
                   .hit_cycles = 7},
        .ntlb = {32, 32},
        .psc_guest = {.entries = {0, 0, 32, 4, 2, 0}},
        .psc_host = {.entries = {0, 0, 32, 4, 2, 0}},
        .l1d = {.bytes = 32 << 10, .ways = 8, .hit_cycles = 4},
        .l1i = {.bytes = 32 << 10, .ways = 8, .hit_cycles = 4},
        .l2 = {.bytes = 256 << 10, .ways = 4, .hit_cycles = 14},
        .line_bytes = 64,
        .dram_cycles = 200,
        .walkers = 2,
        .miss_buffers = 10,
        .seed = 1,
    };
}

static inline struct cpu_config pv_cpu_config(void)
{
    return (struct cpu_config){
        .timing = TIMING_WINDOW,
        .width = 4,
        .window = 64,
        .block_cache = true,
        .alu_cycles = 1,
        .multiply_cycles = 3,
        .divide_cycles = 25,
        .branch_cycles = 1,
        .lock_cycles = 18,
        .pause_cycles = 40,
        .string_start_cycles = 20,
        .exception_cycles = 300,
        .iret_cycles = 200,
        .syscall_cycles = 60,
        .rdtsc_cycles = 25,
        .cpuid_cycles = 200,
        .vendor = "GenuineIntel",
        .signature = 0x506e3,
        .has_nx = true,
        .tsc_khz = 2000000,
    };
}

/* Guest memory by the tables in CR3; the test's own, plain walk. */
static inline uint64_t pv_entry_at(const struct pv_machine *m, uint64_t va)
{
    uint64_t table = hfn_to_hpa(pv_vcpu_of(m->v)->kernel_root).v;

    for (unsigned level = 4; level > 1; level--)
        table = memory_read64(&m->dram,
                              hpa(table + pt_entry_offset(&pt_geom_x86_4level,
                                                          level, va))) &
                PTE_ADDRESS;
    return table + pt_entry_offset(&pt_geom_x86_4level, 1, va);
}

static inline uint64_t pv_entry(const struct pv_machine *m, uint64_t va)
{
    return memory_read64(&m->dram, hpa(pv_entry_at(m, va)));
}

static inline uint8_t *pv_byte(const struct pv_machine *m, uint64_t va)
{
    return memory_at(&m->dram,
                     hpa((pv_entry(m, va) & PTE_ADDRESS) + page_offset(va)));
}

static inline void pv_poke(struct pv_machine *m, uint64_t va, const void *from,
                           size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *pv_byte(m, va + i) = ((const uint8_t *)from)[i];
}

static inline void pv_peek(const struct pv_machine *m, uint64_t va, void *to,
                           size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)to)[i] = *pv_byte(m, va + i);
}

static inline uint64_t pv_peek64(const struct pv_machine *m, uint64_t va)
{
    uint64_t value;

    pv_peek(m, va, &value, sizeof(value));
    return value;
}

/* Machine frame of a page of the bootstrap region. */
static inline uint64_t pv_mfn_of(const struct pv_machine *m, uint64_t va)
{
    return (pv_entry(m, va) & PTE_ADDRESS) >> PAGE_SHIFT;
}

static inline void pv_machine_boot(struct pv_machine *m)
{
    struct error e = {""};
    const struct vm_segment segment = {.data = m->image,
                                       .file_bytes = PV_IMAGE_BYTES,
                                       .memory_bytes = PV_IMAGE_BYTES,
                                       .va = PV_CODE};
    const struct vm_boot boot = {
        .segments = &segment,
        .segment_count = 1,
        .pv_entry = PV_CODE,
        .pv_virt_base = PV_VIRT_BASE,
        .pv_hypercall_page = PV_HYPERCALL,
    };

    ck_assert_int_eq(memory_init(&m->dram, PV_DRAM_BYTES, &e), STATUS_OK);
    hypervisor_init(&m->hv, &m->config, &m->dram, &e);
    m->vm = vm_new(&m->hv, &technique_pv, PV_DOMAIN_BYTES, 1, &e);
    ck_assert_msg(m->vm != NULL, "%s", e.text);
    m->v = m->vm->vcpus[0];
    m->d = pv_domain_of(m->vm);
    m->mmu = mmu_new(&m->mmu_config, &m->dram, NULL, &m->v->counters, &e);
    ck_assert_msg(m->mmu != NULL, "%s", e.text);
    m->cpu = cpu_new(&m->cpu_config, m->mmu, &m->dram, &e);
    ck_assert_msg(m->cpu != NULL, "%s", e.text);
    ck_assert_msg(technique_pv.boot(m->vm, &boot, &e) == STATUS_OK, "%s",
                  e.text);
    vcpu_load(m->v, m->cpu);
    pv_peek(m, cpu_state(m->cpu)->gpr[REG_RSI], &m->info, sizeof(m->info));
}

/* code runs at PV_CODE; each handler is a HLT. */
static inline void pv_machine_start(struct pv_machine *m, const uint8_t *code,
                                    size_t bytes)
{
    *m = (struct pv_machine){
        .config = {.pv_trap_cycles = 300, .pv_validate_cycles = 30},
        .mmu_config = pv_mmu_config(),
        .cpu_config = pv_cpu_config(),
    };
    for (unsigned vector = 0; vector < 256; vector++)
        m->image[0x1000 + vector * 16] = 0xf4;
    memcpy(m->image, code, bytes);
    pv_machine_boot(m);
}

static inline void pv_machine_finish(struct pv_machine *m)
{
    struct error e = {""};

    ck_assert_msg(pv_check_types(m->d, &e), "%s", e.text);
    ck_assert_uint_eq(ledger_total(&m->v->ledger), cpu_now(m->cpu));
    cpu_free(m->cpu);
    mmu_free(m->mmu);
    vm_free(m->vm);
    memory_free(&m->dram);
}

/* The guest's kernel makes one hypercall; its result. */
static inline int64_t pv_call(struct pv_machine *m, unsigned number, uint64_t a,
                              uint64_t b, uint64_t c, uint64_t d)
{
    const struct cpu_event event = {
        .kind = CPU_EVENT_TRAP, .trap = {.kind = TRAP_SYSCALL, .length = 2}};
    struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                .until_instruction = UINT64_MAX};
    struct cpu_state *s = cpu_state(m->cpu);
    uint64_t rip = s->rip;
    int64_t result;

    technique_pv.budget(m->v, m->cpu, &budget);
    s->gpr[REG_RAX] = number;
    s->gpr[REG_RDI] = a;
    s->gpr[REG_RSI] = b;
    s->gpr[REG_RDX] = c;
    s->gpr[REG_R10] = d;
    technique_pv.handle(m->v, m->cpu, &event);
    result = (int64_t)s->gpr[REG_RAX];
    s->rip = rip;
    return result;
}

/* The run loop, until the domain does not want to go on. */
static inline enum vcpu_action pv_run(struct pv_machine *m)
{
    for (unsigned turn = 0; turn < 100000; turn++) {
        struct cpu_budget budget = {.until_cycle = UINT64_MAX,
                                    .until_instruction = UINT64_MAX};
        struct cpu_event event;
        enum vcpu_action action;

        technique_pv.budget(m->v, m->cpu, &budget);
        event = cpu_run(m->cpu, &budget);
        action = technique_pv.handle(m->v, m->cpu, &event);
        if (action != VCPU_RESUME)
            return action;
    }
    ck_abort_msg("the guest runs for ever");
}

/* Handlers of all vectors and callbacks: HLT at PV_HANDLERS + 16 v. */
static inline void pv_install_handlers(struct pv_machine *m)
{
    struct pv_vcpu *pv = pv_vcpu_of(m->v);

    for (unsigned vector = 0; vector < 32; vector++)
        pv->traps[vector] = (struct pv_trap_handler){
            .address = PV_HANDLERS + vector * 16u, .flags = 4};
    pv->event.address = PV_HANDLERS + 100 * 16;
    pv->syscall = (struct pv_callback){PV_HANDLERS + 101 * 16, true};
}

#endif
