#include "sim/machine/turns.h"

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t wake_cycle(const struct pcpu *p)
{
    return p->vcpu->vm->technique->wake_cycle(p->vcpu);
}

uint64_t pcpu_ready_cycle(const struct pcpu *p)
{
    uint64_t now = cpu_now(p->cpu), wake;

    if (!p->idle)
        return now;
    wake = wake_cycle(p);
    return wake > now ? wake : now;
}

struct pcpu *machine_next_pcpu(struct machine *m)
{
    struct pcpu *next = NULL;
    uint64_t earliest = UINT64_MAX;

    for (unsigned i = 0; i < m->pcpu_count; i++) {
        uint64_t ready = pcpu_ready_cycle(&m->pcpus[i]);

        if (ready < earliest) {
            next = &m->pcpus[i];
            earliest = ready;
        }
    }
    return next;
}

uint64_t machine_turn_end(const struct machine *m, const struct pcpu *p)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < m->pcpu_count; i++) {
        const struct pcpu *other = &m->pcpus[i];
        uint64_t ready = other == p ? UINT64_MAX : pcpu_ready_cycle(other);

        next = ready < next ? ready : next;
    }
    return add_capped(next, m->config->smp_quantum_cycles);
}

uint64_t pcpu_pass_time(const struct pcpu *p, uint64_t until_cycle)
{
    uint64_t now = cpu_now(p->cpu);

    if (until_cycle <= now)
        return 0;
    cpu_charge(p->cpu, LEDGER_IDLE, until_cycle - now);
    return until_cycle - now;
}

bool pcpu_wakes_now(const struct pcpu *p)
{
    return p->idle && wake_cycle(p) == 0;
}

void machine_pass_idle_time(struct machine *m, uint64_t until_cycle)
{
    for (unsigned i = 0; i < m->pcpu_count; i++) {
        const struct pcpu *p = &m->pcpus[i];
        uint64_t ready = pcpu_ready_cycle(p);

        if (p->idle)
            pcpu_pass_time(p, ready < until_cycle ? ready : until_cycle);
    }
}
