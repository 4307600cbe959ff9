/*
 * fair_load.c - how many vCPUs of a VM wanted to run on a pCPU of late, and how
 * much all VMs together weighed there.
 *
 * Source        Corbet, "Per-entity load tracking" (LWN 531853, 2013).
 * Model         the number of vCPUs, averaged with weights that halve every 32
 *               ms, as Linux has it for groups.  So a VM that sleeps for a
 *               moment does not look smaller for it, and the weight that it has
 *               elsewhere does not jump: by heads alone a VM whose vCPUs sleep
 *               for a microsecond before each tick would win 5 %.  So has each
 *               pCPU for the weight in its root queue, which is what balancing
 *               compares: a capped VM that is throttled here a tick sooner than
 *               there leaves no gap that would have to be filled.  A vCPU that
 *               is moved takes its part of both averages along.
 * NOT MODELLED  the averages of single vCPUs: what one takes along is its part
 *               of those of its pCPU now; one that wakes elsewhere takes none.
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

/* An average, up to *since_ns, of what has been as now since then. */
static uint64_t averaged(uint64_t average, uint64_t now, uint64_t *since_ns,
                         uint64_t now_ns)
{
    uint64_t units = (now_ns - *since_ns) >> UNIT_BITS;

    *since_ns += units << UNIT_BITS;
    return average > now ? now + decayed(average - now, units)
                         : now - decayed(now - average, units);
}

/* g's vCPUs have been as many as now since it was last looked at. */
static void look_at(struct fair_vm *vm, struct fair_group *g, uint64_t now_ns)
{
    vm->load_avg -= g->load_avg;
    g->load_avg = averaged(g->load_avg, (uint64_t)g->queue.count * FAIR_NICE0,
                           &g->load_ns, now_ns);
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

void fair_load_take_along(const struct sched *s, const struct sched_vcpu *v,
                          const struct sched_pcpu *to)
{
    struct fair_vm *vm = fair_vm_of(v->vm);
    struct fair_group *from = fair_group_of(v), *there = &vm->groups[to->id];
    uint64_t part;

    look_at(vm, from, s->now_ns);
    look_at(vm, there, s->now_ns);
    part = from->load_avg / from->queue.count;
    from->load_avg -= part;
    there->load_avg += part;
}

/* In the kernel's coarser unit: all VMs' weights are below 2^32. */
void fair_load_look_at_pcpu(const struct sched *s, const struct sched_pcpu *p)
{
    struct fair_pcpu *fp = fair_pcpu_of(p);

    fp->load_avg =
        averaged(fp->load_avg, fp->root.weight >> 10, &fp->load_ns, s->now_ns);
}

uint64_t fair_load_of_pcpu(const struct sched *s, const struct sched_pcpu *p)
{
    fair_load_look_at_pcpu(s, p);
    return fair_pcpu_of(p)->load_avg << 10;
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
