/*
 * pv_turn.c - one visit to the hypervisor, and what it costs.
 *
 * Model  a trip is a ring switch (pv_trap_cycles, ledger row exit) plus the
 *        work of the handler: base costs from the profile and the memory
 *        that it touches, through the data caches.
 */
#include <inttypes.h>
#include <stdio.h>

#include "hypervisor-model/exit_note.h"
#include "hypervisor-model/pv/pv_domain.h"

struct pv_turn pv_turn_begin(struct vcpu *v, struct cpu *c)
{
    return (struct pv_turn){
        .domain = pv_domain_of(v->vm),
        .vcpu = pv_vcpu_of(v),
        .v = v,
        .c = c,
        .mmu = cpu_mmu(c),
        .costs = v->vm->hv->config,
        .start_cycle = cpu_now(c),
        .start_rip = cpu_state_peek(c)->rip,
        .action = VCPU_RESUME,
    };
}

void pv_turn_count(struct pv_turn *t, enum vmexit reason)
{
    exit_note_trap(t->v, t->c, t->start_rip, reason, t->trap);
    counter_add(&t->v->counters, COUNTER_EXIT_TOTAL, 1);
    counter_add(&t->v->counters, counter_of_exit(reason), 1);
    t->trip_cycle = cpu_now(t->c);
    t->reason = reason;
    t->counted = true;
    cpu_charge(t->c, LEDGER_EXIT,
               (uint64_t)t->costs->pv_trap_cycles +
                   t->costs->mitigation_cycles);
    t->start_cycle = cpu_now(t->c);
}

enum vcpu_action pv_turn_end(struct pv_turn *t, enum ledger_row row)
{
    cpu_charge(t->c, row, t->work_cycles);
    t->work_cycles = 0;
    t->start_cycle = cpu_now(t->c);
    if (t->counted)
        exit_note_end(t->v, t->c, t->reason, t->start_cycle - t->trip_cycle);
    t->counted = false;
    return t->action;
}

bool pv_turn_request(struct pv_turn *t)
{
    enum { MOST_REQUESTS = 65536 };

    return ++t->requests <= MOST_REQUESTS;
}

void pv_touch(struct pv_turn *t, hpa_t a, enum access_kind kind)
{
    if (t->mmu)
        t->work_cycles += mmu_touch(t->mmu, a, kind);
}

void pv_crash(struct pv_turn *t, const char *why, uint64_t value)
{
    struct vm *vm = t->domain->vm;
    uint64_t rip = t->c ? cpu_state(t->c)->rip : 0;

    snprintf(vm->crash, sizeof(vm->crash),
             "pv domain crashed: %s (0x%" PRIx64 ") at rip 0x%" PRIx64, why,
             value, rip);
    t->action = VCPU_CRASHED;
}

struct pv_page *pv_page_of(const struct pv_domain *d, hfn_t mfn)
{
    if (mfn.v >= d->first.v && mfn.v - d->first.v < d->frames)
        return &d->pages[mfn.v - d->first.v];
    if (mfn.v == d->shared_info.v)
        return &d->pages[d->frames];
    return NULL;
}

hfn_t pv_page_frame(const struct pv_domain *d, const struct pv_page *p)
{
    uint64_t index = (uint64_t)(p - d->pages);

    return index == d->frames ? d->shared_info : hfn(d->first.v + index);
}
