/*
 * phase_steps.c - what each phase of a program does when its turn comes.
 */
#include "hypervisor-model/phase/phase_internal.h"

/* Phases that take no time, at a stretch; then a cycle for each passes, so that
   a program of nothing else does not stop the clock. */
enum { MOST_AT_ONCE = 16 };

static const struct phase_program *program_of(const struct vcpu_body *b)
{
    const struct phase_vm_config *c = &b->vm->config;

    return &c->programs[b->id % c->program_count];
}

/* The phase takes so many cycles; not none, for it has to end. */
static void work(struct vcpu_body *b, uint64_t cycles)
{
    b->state = PHASE_WORKS;
    b->work = (cycles ? cycles : 1) * 1000;
}

static void sleep(struct vcpu_body *b, uint64_t cycles, uint64_t at_cycle)
{
    b->state = PHASE_SLEEPS;
    b->wake_cycle = at_cycle + cycles;
}

static uint64_t packets(uint64_t bytes)
{
    return (bytes + 1499) / 1500;
}

/* False: b was the last, and all go on. */
static bool wait_at_barrier(struct vcpu_body *b)
{
    struct phase_vm *vm = b->vm;

    if (++vm->at_barrier == vm->config.vcpus) {
        vm->at_barrier = 0;
        vm->generation++;
        return false;
    }
    b->state = PHASE_SPINS_BARRIER;
    b->generation = vm->generation;
    b->spun_cycles = 0;
    return true;
}

/*
 * Sleeping vCPUs are left out, as Linux leaves out CPUs that idle with lazy
 * TLBs; with a pv flush those too that wait for a pCPU: they flush as they come
 * back.
 */
static void shoot_down(struct vcpu_body *b)
{
    struct phase_vm *vm = b->vm;
    const struct phase_costs *costs = &vm->config.costs;
    unsigned targets = 0;

    b->unanswered = 0;
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        struct vcpu_body *other = &vm->bodies[i];

        if (other == b || other->state == PHASE_SLEEPS ||
            other->state == PHASE_HALTS)
            continue;
        if (vm->config.pv_flush && !other->running)
            continue;
        other->to_answer |= (uint64_t)1 << b->id;
        b->unanswered |= (uint64_t)1 << i;
        targets++;
    }
    if (vm->config.pv_ipi && targets > 0)
        targets = 1;
    vm->counts.shootdowns++;
    if (targets == 0)
        return; /* it goes on: at most MOST_AT_ONCE times without a cycle */
    b->interrupt_work += (uint64_t)targets * costs->ipi_cycles * 1000;
    b->state = PHASE_SPINS_ANSWERS;
    b->spun_cycles = 0;
}

static void repeat(struct vcpu_body *b, const struct phase *phase)
{
    b->repeats[b->depth++] = (uint32_t)phase->amount.low;
}

static void again(struct vcpu_body *b, const struct phase *phase)
{
    if (--b->repeats[b->depth - 1] != 0)
        b->next = phase->target + 1;
    else
        b->depth--;
}

/* The phase that is next; a program begins again at its end. */
static const struct phase *take_phase(struct vcpu_body *b)
{
    const struct phase_program *p = program_of(b);

    if (b->next == p->count) {
        b->next = 0;
        if (b->vm->counts_rounds)
            b->vm->counts.done++;
    }
    return &p->phases[b->next++];
}

/* Begins it; what it says of result.stop and .touched is kept. */
static void begin(struct vcpu_body *b, const struct phase *phase,
                  struct body_result *result)
{
    const struct phase_costs *costs = &b->vm->config.costs;
    uint64_t amount = phase_amount_draw(&phase->amount, &b->rng);

    switch (phase->kind) {
    case PHASE_COMPUTE:
        work(b, amount);
        break;
    case PHASE_BLOCK:
        sleep(b, amount, result->at_cycle);
        result->stop = BODY_BLOCKS;
        break;
    case PHASE_SLEEP_UNTIL:
        sleep(b, amount - result->at_cycle % amount, result->at_cycle);
        result->stop = BODY_BLOCKS;
        break;
    case PHASE_LOCK:
        phase_lock_take(b, (unsigned)amount);
        break;
    case PHASE_UNLOCK:
        phase_lock_give(b, (unsigned)amount, result->at_cycle);
        result->touched = true;
        break;
    case PHASE_TOUCH:
        work(b, amount * costs->touch_cycles);
        break;
    case PHASE_SEND:
        work(b, packets(amount) * costs->send_cycles);
        break;
    case PHASE_BARRIER:
        result->touched |= !wait_at_barrier(b);
        break;
    case PHASE_SHOOTDOWN:
        shoot_down(b);
        result->touched = true;
        break;
    case PHASE_YIELD:
        work(b, costs->call_cycles);
        result->stop = BODY_YIELDS;
        break;
    case PHASE_DONE:
        b->vm->counts.done++;
        break;
    case PHASE_REPEAT:
        repeat(b, phase);
        break;
    case PHASE_AGAIN:
        again(b, phase);
        break;
    case PHASE_COUNT:
        break;
    }
}

struct body_result phase_advance(struct vcpu_body *b, uint64_t at_cycle)
{
    struct body_result result = {.stop = BODY_GOES_ON, .at_cycle = at_cycle};

    b->state = PHASE_WORKS;
    b->work = 0;
    for (unsigned i = 0; i < MOST_AT_ONCE && b->work == 0 &&
                         b->state == PHASE_WORKS && result.stop == BODY_GOES_ON;
         i++)
        begin(b, take_phase(b), &result);
    if (b->state == PHASE_WORKS && b->work == 0)
        work(b, MOST_AT_ONCE);
    return result;
}
