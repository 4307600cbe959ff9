/*
 * guest_setup.c - which instructions and events of a guest exit.
 *
 * Hardware  Intel SDM vol. 3, "VM-Execution Control Fields", "MSR-Bitmap
 *           Address".
 * Model     as KVM has it (Linux 6.1, vmx.c): every port, every MSR but those
 *           below, HLT, RDPMC, WBINVD, debug registers once an entry, PAUSE in
 *           loops.  exit.on.NAME turns each on or off.
 */
#include "hypervisor-model/exits/guest_apic.h"
#include "hypervisor-model/exits/guest_mode.h"
#include "sim/core/macros.h"

/* Where the four parts of the bitmap begin, in bytes. */
enum { READ_LOW = 0, READ_HIGH = 1024, WRITE_LOW = 2048, WRITE_HIGH = 3072 };

/* Registers that the guest reads, and writes, without an exit. */
static const struct {
    uint32_t index;
    bool write;
} open_msrs[] = {
    {0x10, false}, /* TSC: the offset is in the control block */
    {0x174, true}, /* SYSENTER_CS, _ESP, _EIP */
    {0x175, true},       {0x176, true},
    {0xc0000100u, true}, /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
    {0xc0000101u, true}, {0xc0000102u, true},
};

static void open_way(uint8_t map[PAGE_BYTES], uint32_t index, unsigned low,
                     unsigned high)
{
    uint32_t number = index & 0x1fff;
    unsigned part = index >> 31 ? high : low;

    map[part + number / 8] &= (uint8_t) ~(1u << number % 8);
}

static void open_msr(uint8_t map[PAGE_BYTES], uint32_t index, bool write)
{
    open_way(map, index, READ_LOW, READ_HIGH);
    if (write)
        open_way(map, index, WRITE_LOW, WRITE_HIGH);
}

/* The APIC's registers that the CPU has in the guest's place. */
static void open_apic(const struct hv_config *config, uint8_t map[PAGE_BYTES])
{
    for (uint32_t i = MSR_X2APIC_FIRST; i <= MSR_X2APIC_LAST; i++) {
        if (guest_apic_has_msr(config, i, false))
            open_way(map, i, READ_LOW, READ_HIGH);
        if (guest_apic_has_msr(config, i, true))
            open_way(map, i, WRITE_LOW, WRITE_HIGH);
    }
}

enum status guest_setup_vm(struct vm *vm, struct error *e)
{
    struct guest_vm *g = guest_vm(vm);
    uint8_t map[PAGE_BYTES];
    hfn_t frame;

    if (!frame_alloc(vm->hv, &frame))
        return error_set(e, STATUS_MEMORY, "no memory for an MSR bitmap");
    for (size_t i = 0; i < sizeof map; i++)
        map[i] = 0xff;
    for (size_t i = 0; i < ARRAY_LEN(open_msrs); i++)
        open_msr(map, open_msrs[i].index, open_msrs[i].write);
    open_apic(vm->hv->config, map);
    g->msr_bitmap = hfn_to_hpa(frame);
    memory_copy_in(vm->hv->dram, g->msr_bitmap, map, sizeof map);
    return STATUS_OK;
}

void guest_setup_vcpu(struct vcpu *v)
{
    const struct hv_config *config = v->vm->hv->config;
    const struct hv_intercepts *on = &config->exit_on;

    v->control = (struct guest_control){
        .virt = VIRT_GUEST,
        .vpid = ++v->vm->hv->vpids,
        .virtual_nmis = true,
        .exit_hlt = on->hlt,
        .exit_invlpg = on->invlpg,
        .exit_rdpmc = on->rdpmc,
        .exit_rdtsc = on->rdtsc,
        .exit_cr3_load = on->cr3,
        .exit_cr3_store = on->cr3,
        .exit_cr8_load = on->cr8,
        .exit_cr8_store = on->cr8,
        .exit_mov_dr = on->mov_dr,
        .exit_io = true,
        .msr_bitmaps = true,
        .msr_bitmap = guest_vm(v->vm)->msr_bitmap,
        .monitor_trap = on->instruction,
        .exit_pause = on->pause,
        .exit_monitor = on->mwait,
        .exit_mwait = on->mwait,
        .exit_cpuid = true,
        .exit_descriptor_table = on->descriptor_table,
        .exit_wbinvd = on->wbinvd,
        .exit_rdrand = on->rdrand,
        .exit_rdseed = on->rdseed,
        .exit_pause_loop = config->has_ple && on->pause_loop,
        .ple_gap_cycles = config->ple_gap_cycles,
        .ple_window_cycles = config->ple_window_cycles,
        .enable_rdtscp = true,
        .enable_invpcid = true,
        .enable_xsaves = true,
        .preemption_timer = config->preemption_timer,
        .preemption_value = UINT32_MAX,
    };
}
