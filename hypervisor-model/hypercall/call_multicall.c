/*
 * call_multicall.c - several hypercalls in one trip.
 *
 * Source  Xen public xen.h, struct multicall_entry.
 * NOT MODELLED  calls that replace the registers (iret) inside a batch: each
 *         is refused with -ENOSYS, as is a nested multicall with -EINVAL.
 */
#include <stddef.h>

#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_guest.h"

static int64_t make_one(struct pv_turn *t, const struct multicall_entry *e)
{
    uint64_t args[HYPERCALL_ARGS];

    for (unsigned i = 0; i < HYPERCALL_ARGS; i++)
        args[i] = e->args[i];
    t->work_cycles += t->costs->pv_multicall_cycles;
    if (e->op == __HYPERVISOR_multicall)
        return -XEN_EINVAL;
    if (e->op == __HYPERVISOR_iret)
        return -XEN_ENOSYS;
    return hypercall_make(t, e->op, args);
}

int64_t call_multicall(struct pv_turn *t, const uint64_t *args)
{
    uint64_t at = args[0];

    for (uint64_t i = 0; i < args[1] && t->action == VCPU_RESUME; i++) {
        struct multicall_entry e;

        if (!pv_turn_request(t))
            return -XEN_EINVAL;
        if (!pv_copy_from(t, &e, at, sizeof(e)))
            return -XEN_EFAULT;
        e.result = (uint64_t)make_one(t, &e);
        if (!pv_copy_to(t, at + offsetof(struct multicall_entry, result),
                        &e.result, sizeof(e.result)))
            return -XEN_EFAULT;
        at += sizeof(e);
    }
    return 0;
}
