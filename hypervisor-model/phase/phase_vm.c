/*
 * phase_vm.c - time and interrupts of a modelled VM.
 */
#include "hypervisor-model/phase/phase_vm.h"

#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/phase/phase_internal.h"

static bool says_done(const struct phase_vm_config *c)
{
    for (unsigned i = 0; i < c->program_count; i++)
        for (unsigned n = 0; n < c->programs[i].count; n++)
            if (c->programs[i].phases[n].kind == PHASE_DONE)
                return true;
    return false;
}

struct phase_vm *phase_vm_new(const struct phase_vm_config *config,
                              struct error *e)
{
    struct phase_vm *vm = calloc(1, sizeof *vm);

    if (!vm) {
        error_set(e, STATUS_MEMORY, "out of memory");
        return NULL;
    }
    vm->config = *config;
    vm->counts_rounds = !says_done(config);
    vm->next_arrival = UINT64_MAX;
    rng_init(&vm->arrivals, config->seed);
    for (unsigned i = 0; i < PHASE_LOCKS; i++)
        vm->locks[i].owner = PHASE_NOBODY;
    for (unsigned i = 0; i < config->vcpus; i++) {
        struct vcpu_body *b = &vm->bodies[i];

        b->vm = vm;
        b->id = i;
        b->window_cycles = config->costs.ple_window_cycles;
        b->wake_cycle = UINT64_MAX;
        rng_init(&b->rng, rng_next(&vm->arrivals));
    }
    return vm;
}

void phase_vm_free(struct phase_vm *vm)
{
    free(vm);
}

static void expect_request(struct phase_vm *vm, uint64_t after_cycle)
{
    if (vm->config.service.low != 0)
        vm->next_arrival =
            after_cycle + phase_amount_draw(&vm->config.arrival, &vm->arrivals);
}

void phase_vm_start(struct phase_vm *vm, uint64_t cycle)
{
    expect_request(vm, cycle);
}

struct vcpu_body *phase_vm_body(struct phase_vm *vm, unsigned id)
{
    return &vm->bodies[id];
}

const struct phase_counts *phase_vm_counts(const struct phase_vm *vm)
{
    return &vm->counts;
}

void phase_vm_forget_counts(struct phase_vm *vm)
{
    memset(&vm->counts, 0, sizeof vm->counts);
}

/* Requests that have come by now go to the queue. */
static void take_arrivals(struct phase_vm *vm, uint64_t at_cycle)
{
    while (vm->next_arrival <= at_cycle) {
        unsigned place = (vm->queue_first + vm->queue_count) % PHASE_QUEUE;

        if (vm->queue_count == PHASE_QUEUE) {
            vm->counts.requests_lost++;
        } else {
            vm->queue[place] = vm->next_arrival;
            vm->queue_count++;
        }
        expect_request(vm, vm->next_arrival);
    }
}

/* One at a time: what waits becomes work before the program goes on. */
static void take_interrupts(struct vcpu_body *b, uint64_t at_cycle)
{
    struct phase_vm *vm = b->vm;

    if (b->id == 0)
        take_arrivals(vm, at_cycle);
    if (b->interrupt_work != 0 || b->answering || b->serving)
        return;
    if (b->to_answer != 0) {
        b->answering = true;
        b->interrupt_work = (uint64_t)vm->config.costs.flush_cycles * 1000 + 1;
    } else if (b->id == 0 && vm->queue_count != 0) {
        b->serving = true;
        b->interrupt_work =
            phase_amount_draw(&vm->config.service, &vm->arrivals) * 1000;
    }
}

static void answer_shootdowns(struct vcpu_body *b)
{
    for (unsigned i = 0; i < b->vm->config.vcpus; i++)
        if (b->to_answer >> i & 1)
            b->vm->bodies[i].unanswered &= ~((uint64_t)1 << b->id);
    b->to_answer = 0;
    b->answering = false;
}

static void answer_request(struct vcpu_body *b, uint64_t at_cycle)
{
    struct phase_vm *vm = b->vm;
    uint64_t came = vm->queue[vm->queue_first];

    vm->queue_first = (vm->queue_first + 1) % PHASE_QUEUE;
    vm->queue_count--;
    vm->counts.requests++;
    latency_add(&vm->counts.response, at_cycle - came);
    b->serving = false;
}

static bool spins(const struct vcpu_body *b)
{
    return b->state == PHASE_SPINS_LOCK || b->state == PHASE_SPINS_BARRIER ||
           b->state == PHASE_SPINS_ANSWERS;
}

static bool spin_is_over(const struct vcpu_body *b)
{
    switch (b->state) {
    case PHASE_SPINS_LOCK:
        return phase_lock_comes(b);
    case PHASE_SPINS_BARRIER:
        return b->generation != b->vm->generation;
    case PHASE_SPINS_ANSWERS:
        return b->unanswered == 0;
    case PHASE_WORKS:
    case PHASE_SLEEPS:
    case PHASE_HALTS:
        break;
    }
    return false;
}

/*
 * How long b spins before it does something else; UINT64_MAX: for ever.  A
 * barrier is of a parallel program, in user mode, and the CPU looks for PAUSE
 * loops in kernels only (SDM vol. 3, "Instructions That Cause VM Exits
 * Conditionally": PAUSE, CPL 0).
 */
static uint64_t patience_cycles(const struct vcpu_body *b)
{
    const struct phase_vm_config *c = &b->vm->config;

    if (b->state == PHASE_SPINS_BARRIER)
        return UINT64_MAX;
    if (b->state == PHASE_SPINS_LOCK && c->lock_kind == LOCK_PV)
        return c->costs.pv_spin_cycles;
    return b->window_cycles ? b->window_cycles : UINT64_MAX;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* The cycle, or when another vCPU last did something that b may see. */
static uint64_t not_before_touch(const struct vcpu_body *b, uint64_t cycle)
{
    return cycle > b->vm->touched_cycle ? cycle : b->vm->touched_cycle;
}

/* When b comes to the end of what it does now. */
static uint64_t end_cycle(const struct vcpu_body *b,
                          const struct body_place *place, uint64_t from_cycle)
{
    uint64_t work = b->interrupt_work, patience = patience_cycles(b), rate;

    if (work == 0 && !b->answering && !b->serving) {
        if (spin_is_over(b))
            return not_before_touch(b, from_cycle);
        if (spins(b))
            return add_capped(from_cycle, patience > b->spun_cycles
                                              ? patience - b->spun_cycles
                                              : 1);
        work = b->work;
    }
    work += work < b->cold_work ? work : b->cold_work;
    rate = phase_rate_permille(b, place);
    return from_cycle + (work + rate - 1) / rate;
}

static uint64_t phase_next_cycle(const struct vcpu_body *b,
                                 const struct body_place *place,
                                 uint64_t from_cycle)
{
    uint64_t next = end_cycle(b, place, from_cycle);

    if (b->to_answer != 0 && !b->answering && b->interrupt_work == 0)
        return not_before_touch(b, from_cycle);
    if (b->id == 0 && b->vm->next_arrival < next)
        next = b->vm->next_arrival;
    return next > from_cycle ? next : from_cycle;
}

/* Time passes for b; what it does is not at its end before. */
static void pass(struct vcpu_body *b, const struct body_place *place,
                 uint64_t cycles)
{
    uint64_t done = cycles * phase_rate_permille(b, place);
    uint64_t *work = b->interrupt_work != 0 ? &b->interrupt_work : &b->work;

    if (b->interrupt_work == 0 && spins(b)) {
        b->spun_cycles += cycles;
        b->vm->counts.spin_cycles += cycles;
        return;
    }
    done -= phase_get_warm(b, done);
    *work = *work > done ? *work - done : 0;
}

/* It spun for as long as anybody looks on. */
static struct body_result lose_patience(struct vcpu_body *b, uint64_t at_cycle)
{
    struct phase_vm *vm = b->vm;
    const struct phase_costs *costs = &vm->config.costs;
    bool halts =
        b->state == PHASE_SPINS_LOCK && vm->config.lock_kind == LOCK_PV;

    b->spun_cycles = 0;
    if (halts) {
        b->state = PHASE_HALTS;
        b->wake_cycle = UINT64_MAX;
        vm->counts.halts++;
        return (struct body_result){.stop = BODY_BLOCKS, .at_cycle = at_cycle};
    }
    vm->counts.ple_exits++;
    b->window_cycles *= costs->ple_grow ? costs->ple_grow : 1;
    if (b->window_cycles > UINT32_MAX)
        b->window_cycles = UINT32_MAX;
    b->interrupt_work += (uint64_t)costs->call_cycles * 1000;
    return (struct body_result){.stop = BODY_SPINS, .at_cycle = at_cycle};
}

/* It is awake: for an interrupt, which is dealt with, or for good? */
static struct body_result wake_up(struct vcpu_body *b, uint64_t at_cycle)
{
    if (b->state == PHASE_SLEEPS && at_cycle >= b->wake_cycle)
        return phase_advance(b, at_cycle);
    return (struct body_result){.stop = BODY_BLOCKS, .at_cycle = at_cycle};
}

/* b is at the end of what it did for an interrupt. */
static struct body_result settle_interrupt(struct vcpu_body *b,
                                           uint64_t at_cycle)
{
    struct body_result result = {.stop = BODY_GOES_ON, .at_cycle = at_cycle};

    if (b->answering) {
        answer_shootdowns(b);
        result.touched = true;
    } else if (b->serving) {
        answer_request(b, at_cycle);
    }
    return result;
}

/* b is at the end of what its program did. */
static struct body_result settle(struct vcpu_body *b, uint64_t at_cycle)
{
    struct body_result goes_on = {.stop = BODY_GOES_ON, .at_cycle = at_cycle};

    if (b->state == PHASE_SLEEPS || b->state == PHASE_HALTS)
        return wake_up(b, at_cycle);
    if (spins(b) && !spin_is_over(b))
        return lose_patience(b, at_cycle);
    if (b->state == PHASE_SPINS_LOCK) {
        phase_lock_enter(b);
        return goes_on;
    }
    return phase_advance(b, at_cycle);
}

/* Time up to what another vCPU did: it was not to be seen before. */
static uint64_t catch_up(struct vcpu_body *b, const struct body_place *place,
                         uint64_t from_cycle, uint64_t until_cycle)
{
    uint64_t to_cycle = not_before_touch(b, from_cycle);

    if (to_cycle > until_cycle)
        to_cycle = until_cycle;
    pass(b, place, to_cycle - from_cycle);
    return to_cycle;
}

static struct body_result phase_run(struct vcpu_body *b,
                                    const struct body_place *place,
                                    uint64_t from_cycle, uint64_t until_cycle)
{
    struct body_result result = {.stop = BODY_GOES_ON, .at_cycle = until_cycle};
    uint64_t next, end;
    bool interrupt;

    from_cycle = catch_up(b, place, from_cycle, until_cycle);
    take_interrupts(b, from_cycle);
    end = end_cycle(b, place, from_cycle);
    next = phase_next_cycle(b, place, from_cycle);
    if (next > until_cycle)
        next = until_cycle;
    interrupt = b->interrupt_work != 0 || b->answering || b->serving;
    pass(b, place, next - from_cycle);
    if (next == end)
        result = interrupt ? settle_interrupt(b, next) : settle(b, next);
    result.at_cycle = next;
    if (result.touched)
        b->vm->touched_cycle = next;
    return result;
}

static void phase_enter(struct vcpu_body *b, const struct body_place *place,
                        uint64_t others_cycles)
{
    const struct phase_vm_config *c = &b->vm->config;

    b->running = true;
    b->remote = c->costs.remote_pct != 0 && c->home != 0 &&
                !(c->home >> place->pcpu & 1);
    b->cold_work = phase_cold_work(b, others_cycles);
    b->window_cycles = c->costs.ple_window_cycles;
    b->spun_cycles = 0;
}

static void phase_leave(struct vcpu_body *b, uint64_t at_cycle)
{
    (void)at_cycle;
    b->running = false;
}

static uint64_t phase_wake_cycle(const struct vcpu_body *b)
{
    uint64_t wake = b->wake_cycle;

    if (b->id == 0 && b->vm->queue_count != 0)
        return 0;
    if (b->id == 0 && b->vm->next_arrival < wake)
        wake = b->vm->next_arrival;
    return wake;
}

const struct body_ops phase_body_ops = {
    .enter = phase_enter,
    .leave = phase_leave,
    .next_cycle = phase_next_cycle,
    .run = phase_run,
    .wake_cycle = phase_wake_cycle,
    .spins = phase_spins,
    .holds_lock = phase_holds_lock,
};
