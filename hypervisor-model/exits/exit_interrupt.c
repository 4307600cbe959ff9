/*
 * exit_interrupt.c - a timer of the host ends the guest's turn; the guest
 * opens its interrupt window.
 *
 * Hardware  Intel SDM vol. 3, "External-Interrupt Exiting", "Interrupt-Window
 *           Exiting and Virtual-Interrupt Delivery".
 * Both only bring the vCPU here: what is pending is injected at the next
 * entry, by guest_mode_budget().
 */
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

enum vcpu_action exit_external_interrupt(struct trip *t)
{
    platform_advance(trip_platform(t), t->v->id, cpu_now(t->c));
    cpu_charge(t->c, LEDGER_DEVICE, trip_config(t)->device_cycles);
    return VCPU_RESUME;
}

/* The guest's APIC timer, backed by the CPU's preemption timer. */
enum vcpu_action exit_preemption_timer(struct trip *t)
{
    return exit_external_interrupt(t);
}

/* Also the NMI window. */
enum vcpu_action exit_interrupt_window(struct trip *t)
{
    trip_vmwrite(t, 1); /* interrupt-window exiting off again */
    return VCPU_RESUME;
}

/* INIT, or startup, reached the CPU: guest_mode_budget() takes it. */
enum vcpu_action exit_signal(struct trip *t)
{
    if (t->exit->reason == VMEXIT_STARTUP_IPI)
        trip_vmread(t, 1); /* qualification: the vector */
    return VCPU_RESUME;
}
