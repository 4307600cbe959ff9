/*
 * exit_basic.c - exits that need little: HLT, CPUID, VMCALL and the fatal ones.
 *
 * Hardware  Intel SDM vol. 3, "Instructions That Cause VM Exits".
 */
#include <inttypes.h>

#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/kvm_pv.h"
#include "hypervisor-model/exits/trip.h"
#include "sim/core/macros.h"

/* A #DB behind HLT (single step) ends the sleep before it begins. */
enum vcpu_action exit_hlt(struct trip *t)
{
    struct guest_vcpu *g = guest_vcpu(t->v);

    trip_skip(t);
    if (cpu_state_peek(t->c)->pending_debug)
        return VCPU_RESUME;
    if (g->kicked) { /* while it was about to halt */
        g->kicked = false;
        return VCPU_RESUME;
    }
    g->halted = true;
    g->masked = !(cpu_state_peek(t->c)->rflags & RFLAGS_IF);
    return VCPU_HALT;
}

/* MONITOR and MWAIT would only exit. */
static void mask_monitor(uint32_t leaf, uint32_t out[4])
{
    if (leaf == 1)
        out[2] &= ~((uint32_t)1 << 3);
    for (unsigned i = 0; leaf == 5 && i < 4; i++)
        out[i] = 0;
}

enum vcpu_action exit_cpuid(struct trip *t)
{
    static const enum cpu_reg targets[4] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX};
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    struct cpu_state *s = cpu_state(t->c);
    uint32_t leaf = (uint32_t)s->gpr[REG_RAX];
    uint32_t out[4];

    cpu_cpuid(t->c, leaf, (uint32_t)s->gpr[REG_RCX], out);
    kvm_pv_cpuid(t->v->vm, leaf, out);
    if (paging->mask_cpuid)
        paging->mask_cpuid(leaf, out);
    if (trip_config(t)->exit_on.mwait)
        mask_monitor(leaf, out);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        s->gpr[targets[i]] = out[i];
    trip_skip(t);
    return VCPU_RESUME;
}

enum vcpu_action exit_vmcall(struct trip *t)
{
    if (cpu_state_peek(t->c)->cpl != 0)
        return trip_inject(t, VECTOR_UD, false, 0);
    trip_skip(t);
    return kvm_pv_call(t);
}

enum vcpu_action exit_triple_fault(struct trip *t)
{
    return vm_triple_fault(t->v->vm, cpu_state_peek(t->c)->rip);
}

enum vcpu_action exit_invalid_state(struct trip *t)
{
    return vm_crash(t->v->vm,
                    "VM entry refused: the guest's state is not legal at rip "
                    "0x%" PRIx64,
                    cpu_state_peek(t->c)->rip);
}
