/*
 * vcpu_switch.c - what of a vCPU a pCPU holds beside its registers, when it
 * comes and when it goes.
 *
 * Hardware  Intel SDM vol. 3, "Guest Non-Register State", "Changes to
 *           Instruction Behavior in VMX Non-Root Operation" (PAUSE: a loop is
 *           seen anew after a VM entry).
 * Model     the record of what is left (cpu_rest.h) is read and written whole;
 *           where the last block was is forgotten: it led somewhere else.
 */
#include "sim/cpu/cpu_internal.h"

void cpu_set_identity(struct cpu *c, uint32_t apic_id, uint32_t logical_cpus)
{
    c->config.apic_id = apic_id;
    c->config.logical_cpus = logical_cpus;
}

struct cpu_rest cpu_rest_peek(const struct cpu *c)
{
    return (struct cpu_rest){.late = c->late,
                             .late_fault = c->late_fault,
                             .task_rest = c->task_rest,
                             .trap_pending = c->trap_pending,
                             .behind = c->behind,
                             .monitor = c->monitor,
                             .monitor_armed = c->monitor_armed};
}

void cpu_set_rest(struct cpu *c, const struct cpu_rest *rest)
{
    c->late = rest->late;
    c->late_fault = rest->late_fault;
    c->task_rest = rest->task_rest;
    c->trap_pending = rest->trap_pending;
    c->behind = rest->behind;
    c->monitor = rest->monitor;
    c->monitor_armed = rest->monitor_armed;
    c->ple_first_cycle = c->ple_last_cycle = 0;
    c->last_block = NULL;
    c->resume.block = NULL;
}

bool cpu_posts(const struct cpu *c)
{
    return c->device.posted != 0;
}
