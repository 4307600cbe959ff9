/*
 * cpus.c - which of the other CPUs is concerned.
 */
#include "workloads/kernel/cpus.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/tlb.h"

void cpus_call_idle(uint64_t cpus)
{
    for (unsigned i = 0; i < kernel.cpu_count; i++) {
        struct cpu *c = &kernel.cpus[i];

        if (c != kernel.here && c->idle && !c->called && (cpus >> i & 1)) {
            c->called = true;
            kernel.pv->cpu_interrupt(c);
            return;
        }
    }
}

void cpus_interrupt(const struct process *p)
{
    for (unsigned i = 0; i < kernel.cpu_count; i++) {
        struct cpu *c = &kernel.cpus[i];

        if (c != kernel.here && c->current == p)
            kernel.pv->cpu_interrupt(c);
    }
}

void cpus_expel(const struct process *p)
{
    for (unsigned i = 0; i < kernel.cpu_count; i++) {
        struct cpu *c = &kernel.cpus[i];
        bool here = c == kernel.here;

        if ((here ? kernel.current : c->current) != p || (p->cpus >> i & 1))
            continue;
        c->need_switch = true;
        if (!here)
            kernel.pv->cpu_interrupt(c);
    }
}

void cpus_flush(const struct tlb_batch *b)
{
    uint32_t concerned = 0;

    for (unsigned i = 0; i < kernel.cpu_count; i++)
        if (&kernel.cpus[i] != kernel.here && kernel.cpus[i].space == b->space)
            concerned |= 1u << i;
    if (concerned)
        kernel.pv->flush_others(concerned, b);
}
