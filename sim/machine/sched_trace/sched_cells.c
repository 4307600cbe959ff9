#include "sim/machine/sched_trace/sched_cells.h"

#include <stdlib.h>
#include <string.h>

bool sched_cells_init(struct sched_cells *c, const struct sched_view *v,
                      uint64_t step_cycles)
{
    memset(c, 0, sizeof *c);
    c->pcpus = v->replay.host.pcpus;
    c->vcpus = v->replay.vcpu_count;
    c->begin_cycle = v->from_cycle;
    c->step_cycles = step_cycles;
    for (unsigned i = 0; i < c->pcpus; i++)
        c->now[i].vcpu = SCHED_LOG_NO_VCPU;
    c->ran_cycles =
        calloc((size_t)c->pcpus * (c->vcpus + 1), sizeof *c->ran_cycles);
    return c->ran_cycles != NULL;
}

void sched_cells_free(struct sched_cells *c)
{
    free(c->ran_cycles);
    c->ran_cycles = NULL;
}

/* Nobody is counted, too: behind the vCPUs. */
static uint64_t *row_of(struct sched_cells *c, unsigned pcpu)
{
    return &c->ran_cycles[(size_t)pcpu * (c->vcpus + 1)];
}

/* Adds what pcpu has had in this step, up to a cycle. */
static void account(struct sched_cells *c, unsigned pcpu, uint64_t cycle)
{
    struct sched_replay_pcpu *p = &c->now[pcpu];
    uint64_t since = p->since_cycle;

    if (since < c->begin_cycle)
        since = c->begin_cycle;
    if (cycle > since)
        row_of(c, pcpu)[p->vcpu == SCHED_LOG_NO_VCPU ? c->vcpus : p->vcpu] +=
            cycle - since;
    p->since_cycle = cycle;
}

void sched_cells_event(struct sched_cells *c, const struct sched_view *v)
{
    const struct sched_event *event = &v->record.event;

    if (v->replay.pcpus[event->pcpu].vcpu == c->now[event->pcpu].vcpu)
        return;
    account(c, event->pcpu, event->cycle);
    c->now[event->pcpu].vcpu = v->replay.pcpus[event->pcpu].vcpu;
}

/* Nobody only if that is longer than any vCPU had it. */
static uint16_t longest_of(const uint64_t *ran_cycles, unsigned vcpus)
{
    unsigned best = vcpus;

    for (unsigned i = 0; i < vcpus; i++)
        if (ran_cycles[i] > ran_cycles[best] ||
            (best == vcpus && ran_cycles[i] != 0 &&
             ran_cycles[i] == ran_cycles[best]))
            best = i;
    return best == vcpus ? SCHED_LOG_NO_VCPU : (uint16_t)best;
}

void sched_cells_next(struct sched_cells *c, uint64_t end_cycle,
                      uint16_t longest[SCHED_LOG_MAX_PCPUS])
{
    for (unsigned i = 0; i < c->pcpus; i++) {
        account(c, i, end_cycle);
        longest[i] = longest_of(row_of(c, i), c->vcpus);
        memset(row_of(c, i), 0, (c->vcpus + 1) * sizeof *c->ran_cycles);
    }
    c->begin_cycle += c->step_cycles;
}
