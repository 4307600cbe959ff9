/*
 * shadow.c - guest mode with shadow page tables: the hardware walks tables
 * that the hypervisor keeps in step with the guest's.
 */
#include "hypervisor-model/paging/shadow.h"
#include "hypervisor-model/boot.h"
#include "hypervisor-model/exits/guest_mode.h"
#include "hypervisor-model/paging/paging.h"
#include "hypervisor-model/presets/presets.h"

static enum status shadow_supported(const struct hv_config *config,
                                    struct error *e)
{
    if (config->shadow_pages >= SHADOW_LEAST_PAGES)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE,
                     "technique shadow: shadow.pages=%u is not enough for one "
                     "address space; %d is the least",
                     config->shadow_pages, SHADOW_LEAST_PAGES);
}

static enum status shadow_vm_init(struct vm *vm, struct error *e)
{
    return guest_mode_init(vm, &paging_shadow, e);
}

const struct technique_ops technique_shadow = {
    .name = "shadow",
    .sentence = "guest mode; the hardware walks shadow tables that the "
                "hypervisor keeps in step with the guest's",
    .cpu_virt = "guest",
    .mmu_virt = "shadow",
    .io_virt = "emulated",
    .supported = shadow_supported,
    .vm_init = shadow_vm_init,
    .vm_free = guest_mode_free,
    .boot = boot_guest,
    .budget = guest_mode_budget,
    .handle = guest_mode_handle,
    .wake_cycle = guest_mode_wake_cycle,
    .check = guest_mode_check,
    .switched_in = guest_mode_switched_in,
    .switched_out = guest_mode_switched_out,
};
