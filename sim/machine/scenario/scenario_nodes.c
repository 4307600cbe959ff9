/*
 * scenario_nodes.c - where a scenario's pCPUs and memory are in its host.
 */
#include "sim/machine/scenario/scenario.h"

struct sched_topology scenario_topology(const struct scenario *s)
{
    return (struct sched_topology){.pcpus = (unsigned)s->pcpus,
                                   .threads_per_core =
                                       (unsigned)s->threads_per_core,
                                   .nodes = (unsigned)s->nodes};
}

static uint64_t nodes_of(const struct scenario *s, pcpu_set_t pcpus)
{
    const struct sched_topology t = scenario_topology(s);
    uint64_t nodes = 0;

    for (unsigned i = 0; i < t.pcpus; i++)
        if (pcpu_in(pcpus, i))
            nodes |= (uint64_t)1 << sched_node_of(&t, i);
    return nodes;
}

uint64_t scenario_memory_nodes(const struct scenario *s,
                               const struct scenario_vm *vm)
{
    if (vm->memory_nodes)
        return vm->memory_nodes;
    return nodes_of(s, vm->soft_affinity ? vm->soft_affinity : vm->affinity);
}

pcpu_set_t scenario_near_pcpus(const struct scenario *s,
                               const struct scenario_vm *vm)
{
    const struct sched_topology t = scenario_topology(s);
    pcpu_set_t near = 0;

    if (!vm->memory_nodes)
        return vm->soft_affinity;
    for (unsigned i = 0; i < t.pcpus; i++)
        if (vm->memory_nodes >> sched_node_of(&t, i) & 1)
            near |= (pcpu_set_t)1 << i;
    return near;
}
