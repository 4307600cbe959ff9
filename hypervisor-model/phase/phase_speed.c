/*
 * phase_speed.c - how fast a modelled vCPU works: its core is shared, its
 * memory is on another node, its caches are cold.
 */
#include "hypervisor-model/phase/phase_internal.h"

/* Thousandths of a pCPU's full speed. */
uint64_t phase_rate_permille(const struct vcpu_body *b,
                             const struct body_place *place)
{
    uint64_t rate = place->rate_permille;

    if (b->remote)
        rate = rate * b->vm->config.costs.remote_pct / 100;
    return rate ? rate : 1;
}

/* Work on cold caches is half as fast: of what was done, so much got them warm.
 */
uint64_t phase_get_warm(struct vcpu_body *b, uint64_t done)
{
    uint64_t warmed = done / 2 < b->cold_work ? done / 2 : b->cold_work;

    b->cold_work -= warmed;
    b->vm->counts.warmup_cycles += warmed / 1000;
    return warmed;
}

/*
 * What others drove out has to be got again, as the work needs it.  To drive it
 * out took them as long, so that no more is cold than they ran.
 */
uint64_t phase_cold_work(const struct vcpu_body *b, uint64_t others_cycles)
{
    const struct phase_costs *costs = &b->vm->config.costs;
    uint64_t most = (uint64_t)costs->refill_cycles * 1000;

    if (others_cycles == UINT64_MAX)
        return most + (uint64_t)costs->migrate_cycles * 1000;
    if (b->cold_work >= most || others_cycles >= costs->refill_cycles)
        return b->cold_work > most ? b->cold_work : most;
    others_cycles = b->cold_work + others_cycles * 1000;
    return others_cycles < most ? others_cycles : most;
}
