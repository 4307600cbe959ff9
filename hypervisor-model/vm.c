/*
 * vm.c - a VM: its memory, its vCPUs, and how they move onto a pCPU.
 *
 * Model       guest-physical memory is one range of host frames, the hole for
 *             devices included (its frames are never touched), aligned so that
 *             large second-stage pages are possible.  A native machine has
 *             all of DRAM: there gpa = hpa.
 * INVARIANT   vm_gpa_to_hpa() answers only with frames that the VM owns.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/hypervisor.h"
#include "sim/core/units.h"

#define GIB ((uint64_t)1 << 30)
#define MIB ((uint64_t)1 << 20)

/* The host's first frames: its own, so that gpa = hpa holds nowhere by luck. */
static const uint64_t host_reserved_bytes = 2 * MIB;

static bool technique_is_native(const struct technique_ops *technique)
{
    return strcmp(technique->cpu_virt, "none") == 0;
}

static bool technique_has_devices(const struct technique_ops *technique)
{
    return strcmp(technique->cpu_virt, "deprived") != 0;
}

static uint64_t hole_bytes(const struct technique_ops *technique,
                           uint64_t memory_bytes)
{
    return technique_has_devices(technique) && memory_bytes > VM_HOLE_BEGIN
               ? VM_HOLE_END - VM_HOLE_BEGIN
               : 0;
}

/* Large backing for large VMs, so that second-stage pages can be large. */
static uint64_t memory_alignment(uint64_t memory_bytes)
{
    return memory_bytes >= GIB ? GIB : 2 * MIB;
}

uint64_t hv_pool_bytes(const struct technique_ops *technique,
                       const struct hv_config *config, uint64_t memory_bytes)
{
    /* Second-stage and M2P tables take 8 bytes a page, p2m as many. */
    uint64_t tables = memory_bytes / 512 * 3 + 16 * MIB;
    uint64_t shadow = (uint64_t)config->shadow_pages * PAGE_BYTES;

    if (technique_is_native(technique))
        return hole_bytes(technique, memory_bytes);
    return host_reserved_bytes + memory_alignment(memory_bytes) + tables +
           shadow + hole_bytes(technique, memory_bytes);
}

static bool vm_alloc_memory(struct vm *vm)
{
    uint64_t frames = vm->memory_end.v / PAGE_BYTES;
    uint64_t align = memory_alignment(vm->memory_bytes) / PAGE_BYTES;
    hfn_t first;

    if (technique_is_native(vm->technique)) {
        if (!frame_alloc_range(vm->hv, frames, 1, &first) || first.v != 0)
            return false;
        if (vm->memory_end.v != vm->memory_bytes)
            memory_set_hole(vm->hv->dram, hpa(VM_HOLE_BEGIN), hpa(VM_HOLE_END));
    } else {
        if (vm->hv->pool.next.v == 0 &&
            !frame_alloc_range(vm->hv, host_reserved_bytes / PAGE_BYTES, 1,
                               &first))
            return false;
        if (!frame_alloc_range(vm->hv, frames, align, &first))
            return false;
    }
    vm->memory_base = hfn_to_hpa(first);
    return true;
}

/* Registers after reset that no boot protocol speaks of. */
static struct cpu_state vcpu_reset_state(bool boot)
{
    return (struct cpu_state){
        .rflags = RFLAGS_FIXED,
        .cr0 = CR0_ET,
        .dr = {[6] = 0xffff0ff0, [7] = 0x400},
        .apic_base = boot ? 0xfee00900 : 0xfee00800,
        .pat = 0x0007040600070406,
        .misc_enable = 1,                /* fast strings */
        .feature_control = 1,            /* locked by firmware, without VMX */
        .amd_hwcr = 1 << 24,             /* the TSC counts at P0's clock */
        .mtrr = {.default_type = 0x806}, /* as firmware: all write-back */
        .mxcsr = 0x1f80,
        .fcw = 0x37f,
    };
}

static bool vm_add_vcpu(struct vm *vm)
{
    struct vcpu *v = calloc(1, sizeof *v);

    if (!v)
        return false;
    v->vm = vm;
    v->id = vm->vcpu_count;
    v->state = vcpu_reset_state(v->id == 0);
    v->waits_for_startup = v->id != 0;
    vm->vcpus[vm->vcpu_count++] = v;
    return true;
}

/* Devices reach the guest's memory, and nothing else of the host's. */
static enum status vm_add_devices(struct vm *vm, struct error *e)
{
    struct platform_config c = vm->hv->platform;
    bool hole = vm->memory_end.v != vm->memory_bytes;
    uint64_t low_bytes = hole ? VM_HOLE_BEGIN : vm->memory_bytes;

    c.vcpus = vm->vcpu_count;
    c.memory = (struct guest_memory){.dram = vm->hv->dram};
    guest_memory_add(&c.memory, gpa(0), low_bytes, vm->memory_base);
    if (hole)
        guest_memory_add(&c.memory, gpa(VM_HOLE_END),
                         vm->memory_end.v - VM_HOLE_END,
                         hpa_add(vm->memory_base, VM_HOLE_END));
    return platform_init(&vm->platform, &c, e);
}

static enum status vm_fill(struct vm *vm, unsigned vcpu_count, struct error *e)
{
    char size[32];
    enum status s;

    while (vm->vcpu_count < vcpu_count)
        if (!vm_add_vcpu(vm))
            return error_set(e, STATUS_MEMORY, "out of host memory");
    if (!vm_alloc_memory(vm))
        return error_set(e, STATUS_MEMORY,
                         "the machine's memory has no room for a VM of %s",
                         units_format(vm->memory_bytes, size, sizeof size));
    s = vm_add_devices(vm, e);
    return s == STATUS_OK ? vm->technique->vm_init(vm, e) : s;
}

struct vm *vm_new(struct hypervisor *hv, const struct technique_ops *technique,
                  uint64_t memory_bytes, unsigned vcpu_count, struct error *e)
{
    struct vm *vm;

    if (technique->supported(hv->config, e) != STATUS_OK)
        return NULL;
    if (memory_bytes < MIB || memory_bytes % PAGE_BYTES != 0) {
        error_set(e, STATUS_USAGE,
                  "memory: a VM needs 1M or more, in whole pages of 4K");
        return NULL;
    }
    if (vcpu_count < 1 || vcpu_count > VM_MAX_VCPUS) {
        error_set(e, STATUS_USAGE, "vcpus: %u is not in 1 .. %d", vcpu_count,
                  VM_MAX_VCPUS);
        return NULL;
    }
    vm = calloc(1, sizeof *vm);
    if (!vm) {
        error_set(e, STATUS_MEMORY, "out of host memory");
        return NULL;
    }
    vm->hv = hv;
    vm->technique = technique;
    vm->kvm = hv->config->kvm;
    vm->memory_bytes = memory_bytes;
    vm->memory_end = gpa(memory_bytes + hole_bytes(technique, memory_bytes));
    if (vm_fill(vm, vcpu_count, e) != STATUS_OK) {
        vm_free(vm);
        return NULL;
    }
    return vm;
}

void vm_free(struct vm *vm)
{
    if (!vm)
        return;
    vm->technique->vm_free(vm);
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        free(vm->vcpus[i]);
    platform_free(&vm->platform);
    free(vm);
}

enum vcpu_action vm_crash(struct vm *vm, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(vm->crash, sizeof vm->crash, format, args);
    va_end(args);
    return VCPU_CRASHED;
}

enum vcpu_action vm_triple_fault(struct vm *vm, uint64_t rip)
{
    vm->shut_down = true;
    return vm_crash(vm, "triple fault at rip 0x%" PRIx64, rip);
}

bool vm_has_memory(const struct vm *vm, gpa_t at, uint64_t bytes)
{
    bool hole = vm->memory_end.v != vm->memory_bytes;

    if (at.v > vm->memory_end.v || bytes > vm->memory_end.v - at.v)
        return false;
    return !hole || at.v >= VM_HOLE_END || at.v + bytes <= VM_HOLE_BEGIN;
}

bool vm_gpa_to_hpa(const struct vm *vm, gpa_t a, hpa_t *out)
{
    if (!vm_has_memory(vm, a, 1))
        return false;
    *out = hpa_add(vm->memory_base, a.v);
    return true;
}

bool vm_copy_in(struct vm *vm, gpa_t to, const void *from, uint64_t bytes)
{
    return vm_has_memory(vm, to, bytes) &&
           memory_copy_in(vm->hv->dram, hpa_add(vm->memory_base, to.v), from,
                          bytes);
}

bool vm_copy_out(const struct vm *vm, void *to, gpa_t from, uint64_t bytes)
{
    return vm_has_memory(vm, from, bytes) &&
           memory_copy_out(vm->hv->dram, to, hpa_add(vm->memory_base, from.v),
                           bytes);
}

void vcpu_load(struct vcpu *v, struct cpu *c)
{
    *cpu_state(c) = v->state;
    *cpu_control(c) = v->control;
    cpu_set_identity(c, v->id, v->vm->vcpu_count);
    cpu_set_rest(c, &v->rest);
    cpu_set_record(c, &v->counters, &v->ledger);
    mmu_set_counters(cpu_mmu(c), &v->counters);
    if (v->waits_for_startup)
        cpu_init_signal(c); /* IA32_APIC_BASE says it is not the first */
    cpu_sync(c);
}

void vcpu_save(struct vcpu *v, struct cpu *c)
{
    v->state = *cpu_state(c);
    v->control = *cpu_control(c);
    v->rest = cpu_rest_peek(c);
}
