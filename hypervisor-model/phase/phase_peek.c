/*
 * phase_peek.c - what a modelled vCPU does, to be read and not touched.
 */
#include "hypervisor-model/phase/phase_internal.h"

static uint32_t locks_of(const struct vcpu_body *b)
{
    uint32_t locks = 0;

    for (unsigned i = 0; i < PHASE_LOCKS; i++)
        if (b->vm->locks[i].owner == b->id)
            locks |= 1u << i;
    return locks;
}

struct phase_peek phase_vm_peek(const struct phase_vm *vm, unsigned id)
{
    const struct vcpu_body *b = &vm->bodies[id];

    return (struct phase_peek){.state = b->state,
                               .answers = b->answering,
                               .serves = b->serving,
                               .lock = b->lock,
                               .owner = vm->locks[b->lock].owner,
                               .holds = locks_of(b),
                               .at_barrier = vm->at_barrier,
                               .unanswered = b->unanswered,
                               .to_answer = b->to_answer,
                               .wake_cycle = b->wake_cycle};
}

bool phase_spins(const struct vcpu_body *b)
{
    bool spins = b->state == PHASE_SPINS_LOCK ||
                 b->state == PHASE_SPINS_BARRIER ||
                 b->state == PHASE_SPINS_ANSWERS;

    return spins && !b->answering && !b->serving;
}

bool phase_holds_lock(const struct vcpu_body *b)
{
    return locks_of(b) != 0;
}
