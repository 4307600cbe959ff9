/*
 * phase_locks.c - spinlocks of modelled guests.
 *
 * Source  ticket locks: Corbet, "Ticket spinlocks" (LWN, 2008); the kick of pv
 *         locks: Linux Documentation/virt/kvm/x86/hypercalls.rst,
 *         KVM_HC_KICK_CPU.
 */
#include "hypervisor-model/phase/phase_internal.h"

static struct phase_lock *lock_of(const struct vcpu_body *b, unsigned lock)
{
    return &b->vm->locks[lock];
}

void phase_lock_take(struct vcpu_body *b, unsigned lock)
{
    struct phase_lock *l = lock_of(b, lock);
    bool queued = b->vm->config.lock_kind == LOCK_TICKET && l->waiter_count;

    b->lock = lock;
    if (l->owner == PHASE_NOBODY && !queued) {
        l->owner = b->id;
        b->work = (uint64_t)b->vm->config.costs.lock_cycles * 1000 + 1;
        return;
    }
    b->state = PHASE_SPINS_LOCK;
    b->spun_cycles = 0;
    l->waiters[l->waiter_count++] = (uint8_t)b->id;
}

static void leave_queue(struct phase_lock *l, unsigned id)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < l->waiter_count; i++)
        if (l->waiters[i] != id)
            l->waiters[kept++] = l->waiters[i];
    l->waiter_count = kept;
}

/* Nobody who runs wants it: the first of those who halted is woken. */
static void kick_halted(struct phase_vm *vm, const struct phase_lock *l,
                        uint64_t at_cycle)
{
    for (unsigned i = 0; i < l->waiter_count; i++)
        if (vm->bodies[l->waiters[i]].running)
            return;
    for (unsigned i = 0; i < l->waiter_count; i++) {
        struct vcpu_body *w = &vm->bodies[l->waiters[i]];

        if (w->state != PHASE_HALTS)
            continue;
        w->state = PHASE_SPINS_LOCK;
        w->spun_cycles = 0;
        w->wake_cycle = at_cycle;
        vm->counts.kicks++;
        return;
    }
}

void phase_lock_give(struct vcpu_body *b, unsigned lock, uint64_t at_cycle)
{
    struct phase_lock *l = lock_of(b, lock);

    if (l->owner != b->id)
        return;
    l->owner = PHASE_NOBODY;
    if (l->waiter_count == 0)
        return;
    if (b->vm->config.lock_kind == LOCK_TICKET)
        l->owner = l->waiters[0];
    if (b->vm->config.lock_kind == LOCK_PV)
        kick_halted(b->vm, l, at_cycle);
}

bool phase_lock_comes(const struct vcpu_body *b)
{
    unsigned owner = lock_of(b, b->lock)->owner;

    return owner == b->id ||
           (owner == PHASE_NOBODY && b->vm->config.lock_kind != LOCK_TICKET);
}

void phase_lock_enter(struct vcpu_body *b)
{
    struct phase_lock *l = lock_of(b, b->lock);

    l->owner = b->id;
    leave_queue(l, b->id);
    b->state = PHASE_WORKS;
    b->work = (uint64_t)b->vm->config.costs.lock_cycles * 1000 + 1;
}
