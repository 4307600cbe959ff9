/*
 * fair_load.c - how many vCPUs of a VM wanted to run on a pCPU of late.
 *
 * Source        Corbet, "Per-entity load tracking" (LWN 531853, 2013).
 * Model         the number of vCPUs, averaged with weights that halve every 32
 *               ms, as Linux has it for groups.  So a VM that sleeps for a
 *               moment does not look smaller for it, and the weight that it has
 *               elsewhere does not jump: by heads alone a VM whose vCPUs sleep
 *               for a microsecond before each tick would win 5 %.
 * NOT MODELLED  the averages of single vCPUs and of pCPUs: balancing goes by
 *               the load of the moment.
 */
#include "hypervisor-model/sched/fair.h"

/* Time is counted in 1024 ns, 1024 of which are a period. */
enum { UNIT_BITS = 10, PERIOD_BITS = 10, HALF_LIFE_BITS = 5 };

/* What is left after 1, 2, 4, 8 and 16 of the 32 periods in which a load
   halves; in 2^-32. */
static const uint32_t left[HALF_LIFE_BITS] = {
    0xfa83b2db, 0xf5257d15, 0xeac0c6e8, 0xd744fccb, 0xb504f334,
};

static uint64_t times(uint64_t load, uint32_t factor)
{
    return load * factor >> 32;
}

/* Loads are below 2^32: 4096 vCPUs of 2^20. */
static uint64_t decayed(uint64_t load, uint64_t units)
{
    uint64_t periods = units >> PERIOD_BITS, part;

    if (periods >> HALF_LIFE_BITS >= 32)
        return 0;
    load >>= periods >> HALF_LIFE_BITS;
    for (unsigned i = 0; i < HALF_LIFE_BITS; i++)
        if (periods >> i & 1)
            load = times(load, left[i]);
    /* Within a period, along a line. */
    part = units & ((1 << PERIOD_BITS) - 1);
    return load - ((load - times(load, left[0])) * part >> PERIOD_BITS);
}

/* g's vCPUs have been as many as now since it was last looked at. */
static void look_at(struct fair_vm *vm, struct fair_group *g, uint64_t now_ns)
{
    uint64_t load = (uint64_t)g->queue.count * FAIR_NICE0;
    uint64_t units = (now_ns - g->load_ns) >> UNIT_BITS;

    if (units == 0)
        return;
    g->load_ns += units << UNIT_BITS;
    vm->load_avg -= g->load_avg;
    if (g->load_avg > load)
        g->load_avg = load + decayed(g->load_avg - load, units);
    else
        g->load_avg = load - decayed(load - g->load_avg, units);
    vm->load_avg += g->load_avg;
}

/* Those that nobody else looks at: once a period. */
static void look_at_all(const struct sched *s, struct fair_vm *vm)
{
    if (s->now_ns - vm->looked_ns < (uint64_t)1 << (UNIT_BITS + PERIOD_BITS))
        return;
    vm->looked_ns = s->now_ns;
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (vm->groups[i].load_avg != 0 || vm->groups[i].queue.count != 0)
            look_at(vm, &vm->groups[i], s->now_ns);
}

void fair_load_look(const struct sched *s, const struct sched_vm *vm,
                    unsigned pcpu)
{
    look_at(fair_vm_of(vm), fair_group_on(vm, pcpu), s->now_ns);
    look_at_all(s, fair_vm_of(vm));
}

uint64_t fair_load_weight(const struct sched_vm *vm, unsigned pcpu)
{
    const struct fair_vm *fvm = fair_vm_of(vm);
    const struct fair_group *g = &fvm->groups[pcpu];
    uint64_t here = (uint64_t)g->queue.count * FAIR_NICE0, all, weight;

    if (here < g->load_avg)
        here = g->load_avg;
    all = fvm->load_avg - g->load_avg + here;
    weight = all ? fvm->shares * here / all : fvm->shares;
    return weight < FAIR_LEAST_WEIGHT ? FAIR_LEAST_WEIGHT : weight;
}
