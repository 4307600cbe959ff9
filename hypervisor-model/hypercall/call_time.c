/*
 * call_time.c - timers, vCPUs and the scheduler.
 *
 * Source  Xen public xen.h (set_timer_op), vcpu.h, sched.h.
 * NOT MODELLED  bringing up further vCPUs, runstate areas, poll with ports.
 */
#include <stddef.h>

#include "hypervisor-model/hypercall/hypercall.h"
#include "hypervisor-model/pv/pv_clock.h"
#include "hypervisor-model/pv/pv_event.h"
#include "hypervisor-model/pv/pv_guest.h"
#include "hypervisor-model/pv/pv_page.h"
#include "hypervisor-model/pv/pv_trap.h"

enum { SHORTEST_PERIOD_NS = 1000000 };

int64_t call_set_timer_op(struct pv_turn *t, const uint64_t *args)
{
    t->vcpu->oneshot_ns = args[0] ? args[0] : UINT64_MAX;
    return 0;
}

static int64_t set_periodic(struct pv_turn *t, uint64_t at)
{
    struct vcpu_set_periodic_timer p;

    if (!pv_copy_from(t, &p, at, sizeof(p)))
        return -XEN_EFAULT;
    if (p.period_ns < SHORTEST_PERIOD_NS || p.period_ns >> 62)
        return -XEN_EINVAL;
    t->vcpu->period_ns = p.period_ns;
    t->vcpu->periodic_next_ns = pv_clock_now_ns(t) + p.period_ns;
    return 0;
}

static int64_t set_singleshot(struct pv_turn *t, uint64_t at)
{
    struct vcpu_set_singleshot_timer s;

    if (!pv_copy_from(t, &s, at, sizeof(s)))
        return -XEN_EFAULT;
    if (s.flags & VCPU_SSHOTTMR_future && s.timeout_abs_ns < pv_clock_now_ns(t))
        return -XEN_ETIME;
    t->vcpu->oneshot_ns = s.timeout_abs_ns;
    return 0;
}

/* Moves struct vcpu_info into a page of the guest's; once. */
static int64_t register_info(struct pv_turn *t, uint64_t at)
{
    struct memory *dram = t->domain->dram;
    struct vcpu_register_vcpu_info r;
    struct vcpu_info info;
    int rc;

    if (!pv_copy_from(t, &r, at, sizeof(r)))
        return -XEN_EFAULT;
    if (hpa_to_hfn(t->vcpu->info).v != t->domain->shared_info.v ||
        r.offset > PAGE_BYTES - sizeof(info) || r.offset % 8)
        return -XEN_EINVAL;
    rc = pv_page_use(t, hfn(r.mfn), PV_TYPE_WRITABLE);
    if (rc)
        return rc;
    memory_copy_out(dram, &info, t->vcpu->info, sizeof(info));
    t->vcpu->info = hpa_add(hfn_to_hpa(hfn(r.mfn)), r.offset);
    memory_copy_in(dram, t->vcpu->info, &info, sizeof(info));
    return 0;
}

int64_t call_vcpu_op(struct pv_turn *t, const uint64_t *args)
{
    if (args[1] != t->v->id)
        return args[1] < t->v->vm->vcpu_count ? -XEN_ENOSYS : -XEN_ENOENT;
    switch (args[0]) {
    case VCPUOP_is_up:
        return 1;
    case VCPUOP_up:
        return 0;
    case VCPUOP_set_periodic_timer:
        return set_periodic(t, args[2]);
    case VCPUOP_stop_periodic_timer:
        t->vcpu->periodic_next_ns = UINT64_MAX;
        return 0;
    case VCPUOP_set_singleshot_timer:
        return set_singleshot(t, args[2]);
    case VCPUOP_stop_singleshot_timer:
        t->vcpu->oneshot_ns = UINT64_MAX;
        return 0;
    case VCPUOP_register_vcpu_info:
        return register_info(t, args[2]);
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}

static int64_t shut_down(struct pv_turn *t, uint64_t at)
{
    struct bus *b = &t->domain->vm->platform.bus;
    struct sched_shutdown s;

    if (!pv_copy_from(t, &s, at, sizeof(s)))
        return -XEN_EFAULT;
    if (s.reason != SHUTDOWN_poweroff && !b->exited) {
        pv_crash(t, "the guest shut down with reason", s.reason);
        return 0;
    }
    b->exited = true;
    t->action = VCPU_EXITED;
    return 0;
}

int64_t call_sched_op(struct pv_turn *t, const uint64_t *args)
{
    switch (args[0]) {
    case SCHEDOP_yield:
        return 0;
    case SCHEDOP_block:
        pv_block(t);
        return 0;
    case SCHEDOP_shutdown:
        return shut_down(t, args[1]);
    default: /* Xen's numbers */
        return -XEN_ENOSYS;
    }
}
