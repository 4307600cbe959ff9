/*
 * sched_balance.c - balance scheduling: CFS that never lets two vCPUs of a VM
 * wait in one queue.
 *
 * Source  Sukwong & Kim, "Is co-scheduling too expensive for SMP VMs?",
 *         EuroSys 2011: siblings in one run queue run one after another, so a
 *         lock's holder cannot run while its waiter does; on different pCPUs
 *         they are likely to run together, without the fragmentation of
 *         co-scheduling.
 * Model   sched_cfs.c with its constants; placement and balancing leave out
 *         pCPUs that have another vCPU of the VM (fair_apart()).
 * INVARIANT  (balance_check asserts it)  A VM with no more vCPUs than pCPUs
 *         where they may run has at most one vCPU on each.
 */
#include "hypervisor-model/sched/fair.h"
#include "hypervisor-model/sched/policies.h"

static void balance_init(struct sched *s)
{
    fair_init(s, &cfs_rules);
    fair_host_of(s)->apart = true;
}

static unsigned pcpus_for(const struct sched *s, const struct sched_vm *vm)
{
    unsigned count = 0;

    for (unsigned i = 0; i < s->pcpu_count; i++)
        count += pcpu_in(vm->config.affinity, i) ? 1 : 0;
    return count;
}

static bool are_apart(const struct sched_vm *vm)
{
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        if (fair_group_of(&vm->vcpus[i])->queue.count > 1)
            return false;
    return true;
}

static bool balance_check(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct sched_vm *vm = &s->vms[i];

        if (vm->config.vcpus > pcpus_for(s, vm) || are_apart(vm))
            continue;
        error_set(e, STATUS_USAGE, "balance: VM %s is twice on one pCPU",
                  vm->config.name);
        return false;
    }
    return fair_check(s, e);
}

const struct sched_ops sched_balance = {
    .name = "balance",
    .sentence = "balance scheduling: CFS, the vCPUs of a VM always on "
                "different pCPUs",
    .source = "Sukwong & Kim, EuroSys 2011",
    .options = "weight cap affinity",
    .kvm = true,
    .sched_bytes = sizeof(struct fair_host),
    .pcpu_bytes = sizeof(struct fair_pcpu),
    .vm_bytes = sizeof(struct fair_vm),
    .vcpu_bytes = sizeof(struct fair_vcpu),
    .init = balance_init,
    .add = fair_add,
    .enqueue = fair_enqueue,
    .dequeue = fair_dequeue,
    .pick = fair_pick,
    .charge = fair_charge,
    .block = fair_block,
    .tick = fair_tick,
    .tick_ns = fair_tick_ns,
    .timer = fair_bandwidth_refill,
    .timer_ns = fair_timer_ns,
    .yield_to = fair_yield_to,
    .tell = fair_tell,
    .check = balance_check,
};
