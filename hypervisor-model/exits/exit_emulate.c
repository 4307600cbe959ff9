/*
 * exit_emulate.c - exits whose instruction does for the guest what it would
 * have done without the exit, and those that have nothing to do.
 *
 * Hardware  Intel SDM vol. 3, "Instructions That Cause VM Exits
 *           Conditionally", "Task Switches", "VMX-Preemption Timer".
 */
#include <string.h>

#include "hypervisor-model/exits/emulate.h"
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

enum vcpu_action exit_emulate(struct trip *t)
{
    bool done;

    return trip_emulate(t, &done);
}

/* There is no VMX for the guest. */
enum vcpu_action exit_undefined(struct trip *t)
{
    return trip_inject(t, VECTOR_UD, false, 0);
}

/*
 * As in KVM, nothing to do: caches are never incoherent with the guest's
 * memory, a guest that spins loses its turn but there is nobody else to run,
 * and one that waits by MONITOR and MWAIT, which CPUID does not claim, spins.
 */
enum vcpu_action exit_nothing(struct trip *t)
{
    trip_skip(t);
    return VCPU_RESUME;
}

/*
 * As KVM: the debug registers become the guest's own until it exits again,
 * and the instruction is executed again.
 */
enum vcpu_action exit_dr_access(struct trip *t)
{
    cpu_control(t->c)->exit_mov_dr = false;
    trip_vmwrite(t, 1);
    return VCPU_RESUME;
}

/* What PAE has in registers: the CPU could not read it for the new task. */
static void load_pdptes(struct trip *t, const struct paging_ops *paging)
{
    if (!paging->before_control || !t->delivered)
        return;
    paging->before_control(t);
    memcpy(cpu_state(t->c)->pdpte, cpu_control(t->c)->pdpte,
           sizeof cpu_control(t->c)->pdpte);
}

/*
 * The event that a task gate was to handle is delivered by the emulator; an
 * instruction is executed by it.
 */
enum vcpu_action exit_task_switch(struct trip *t)
{
    const struct cpu_exit *x = t->exit;
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    enum vcpu_action action;
    bool done;

    trip_vmread(t, 1); /* qualification */
    if (trip_is_injected(x))
        trip_inject_again(t);
    action = trip_emulate(t, &done);
    load_pdptes(t, paging);
    if (action == VCPU_RESUME && paging->regime_changed)
        action = paging->regime_changed(t, REGIME_CR3);
    return action;
}

/* Each instruction exits, until exit.on.instruction is off. */
enum vcpu_action exit_monitor_trap(struct trip *t)
{
    cpu_control(t->c)->monitor_trap = trip_config(t)->exit_on.instruction;
    return VCPU_RESUME;
}
