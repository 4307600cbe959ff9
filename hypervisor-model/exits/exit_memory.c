/*
 * exit_memory.c - exits about memory go to the technique's paging.
 *
 * Hardware  Intel SDM vol. 3, "Exit Qualification for EPT Violations",
 *           "Exceptions" under "Other Causes of VM Exits".
 */
#include <inttypes.h>

#include "hypervisor-model/exits/emulate.h"
#include "hypervisor-model/exits/exit_device.h"
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

static const struct paging_ops *paging_of(const struct trip *t)
{
    return guest_vm(t->v->vm)->paging;
}

static enum vcpu_action unexpected(struct trip *t, const char *what)
{
    return vm_crash(t->v->vm, "unexpected %s exit at rip 0x%" PRIx64, what,
                    cpu_state_peek(t->c)->rip);
}

enum vcpu_action exit_exception(struct trip *t)
{
    const struct cpu_exit *x = t->exit;

    if (x->vector == VECTOR_PF && paging_of(t)->page_fault)
        return paging_of(t)->page_fault(t);
    return trip_inject(t, x->vector, x->has_error, x->error_code);
}

enum vcpu_action exit_ept_violation(struct trip *t)
{
    if (!paging_of(t)->second_stage_fault)
        return unexpected(t, "ept_violation");
    trip_vmread(t, 2); /* qualification, guest-physical address */
    return paging_of(t)->second_stage_fault(t);
}

/* Entries are misconfigured on purpose where devices are, as in KVM. */
enum vcpu_action exit_ept_misconfig(struct trip *t)
{
    trip_vmread(t, 1); /* guest-physical address */
    return trip_device(t, t->exit->gva, t->exit->gpa);
}

enum vcpu_action exit_invlpg(struct trip *t)
{
    trip_vmread(t, 1); /* qualification: the address */
    if (!paging_of(t)->invalidate_page)
        return exit_emulate(t);
    trip_skip(t);
    return paging_of(t)->invalidate_page(t, gva(t->exit->qualification));
}

/* Other contexts than this one are flushed when they are loaded. */
enum vcpu_action exit_invpcid(struct trip *t)
{
    const struct paging_ops *paging = paging_of(t);
    enum vcpu_action action;
    bool done;

    trip_vmread(t, 2); /* qualification, instruction information */
    action = trip_emulate(t, &done);
    if (!done || action != VCPU_RESUME || !paging->regime_changed)
        return action;
    return paging->regime_changed(t, REGIME_CR3 | REGIME_MODE);
}
