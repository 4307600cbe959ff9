/*
 * nested.c - guest mode with second-stage tables: the guest keeps its own
 * page tables, the hardware walks both.
 */
#include "hypervisor-model/boot.h"
#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/paging.h"
#include "hypervisor-model/presets/presets.h"

static enum status nested_supported(const struct hv_config *config,
                                    struct error *e)
{
    if (config->has_nested)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE,
                     "technique nested: this profile's CPU has no nested "
                     "paging; use shadow, or another --profile (ringside list "
                     "profiles)");
}

static enum status nested_vm_init(struct vm *vm, struct error *e)
{
    return guest_mode_init(vm, &paging_nested, e);
}

const struct technique_ops technique_nested = {
    .name = "nested",
    .sentence = "guest mode; the hardware walks the guest's tables and the "
                "hypervisor's second stage",
    .cpu_virt = "guest",
    .mmu_virt = "nested",
    .io_virt = "emulated",
    .supported = nested_supported,
    .vm_init = nested_vm_init,
    .vm_free = guest_mode_free,
    .boot = boot_guest,
    .budget = guest_mode_budget,
    .handle = guest_mode_handle,
    .wake_cycle = guest_mode_wake_cycle,
    .check = guest_mode_check,
    .switched_in = guest_mode_switched_in,
    .switched_out = guest_mode_switched_out,
};
