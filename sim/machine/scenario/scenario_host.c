#include "sim/machine/scenario/scenario_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t khz_of(const struct scenario_host *h)
{
    return h->job->config.cpu.tsc_khz;
}

uint64_t scenario_host_cycles(const struct scenario_host *h, uint64_t us)
{
    return us / 1000 * khz_of(h) + us % 1000 * khz_of(h) / 1000;
}

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY, "out of memory");
}

static const struct scenario_vm *kind_of(const struct scenario_host *h,
                                         unsigned vm)
{
    return &h->job->scenario->vms[h->guests[vm].kind];
}

static enum status parse_programs(struct scenario_host *h, unsigned kind,
                                  struct error *e)
{
    const struct scenario *s = h->job->scenario;
    const struct scenario_lines *lines = &s->vms[kind].workload;
    struct error why;

    h->programs[kind] = calloc(lines->count, sizeof *h->programs[kind]);
    if (!h->programs[kind])
        return out_of_memory(e);
    for (unsigned i = 0; i < lines->count; i++) {
        if (phase_program_parse(&h->programs[kind][i], lines->line[i],
                                khz_of(h), &why) != STATUS_OK)
            return error_set(e, STATUS_USAGE, "%s:%u: VM %s: workload: %.200s",
                             s->path, s->vms[kind].at_line, s->vms[kind].name,
                             why.text);
        h->program_counts[kind]++;
    }
    return STATUS_OK;
}

static struct phase_costs costs_of(const struct config *c,
                                   const struct scenario_vm *vm)
{
    const struct sched_config *s = &c->hv.sched;
    bool ple = scenario_is(vm->ple, c->hv.exit_on.pause_loop) && c->hv.has_ple;

    return (struct phase_costs){
        .lock_cycles = s->phase.lock_cycles,
        .touch_cycles = s->phase.touch_cycles,
        .send_cycles = s->phase.send_cycles,
        .call_cycles = s->phase.call_cycles,
        .ipi_cycles = s->phase.ipi_cycles,
        .flush_cycles = s->phase.flush_cycles,
        .refill_cycles = s->phase.refill_cycles,
        .migrate_cycles = s->phase.migrate_cycles,
        .remote_pct = s->phase.remote_pct,
        .pv_spin_cycles = s->phase.pv_spin_cycles,
        .ple_window_cycles = ple ? c->hv.ple_window_cycles : 0,
        .ple_grow = sched_all[s->policy]->kvm ? s->ple_grow : 1};
}

static enum phase_lock_kind lock_kind_of(const struct config *c,
                                         const struct scenario_vm *vm)
{
    if (strcmp(vm->locks, "pv") == 0 || (!vm->locks[0] && c->hv.kvm.pv_unhalt))
        return LOCK_PV;
    return strcmp(vm->locks, "unfair") == 0 ? LOCK_UNFAIR : LOCK_TICKET;
}

static enum status read_requests(const struct scenario_host *h,
                                 const struct scenario_vm *vm,
                                 struct phase_vm_config *c, struct error *e)
{
    struct error why;

    if (!vm->request_every[0])
        return STATUS_OK;
    if (phase_amount_parse(&c->arrival, vm->request_every, khz_of(h), &why) ==
            STATUS_OK &&
        phase_amount_parse(&c->service, vm->request_service, khz_of(h), &why) ==
            STATUS_OK)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "%s:%u: requests: %.400s",
                     h->job->scenario->path, vm->at_line, why.text);
}

static void begin_phase_vm(struct host_vm *vm, uint64_t cycle)
{
    phase_vm_start(vm->guest, cycle);
}

static enum status build_phase_vm(struct scenario_host *h, unsigned n,
                                  struct error *e)
{
    const struct scenario_vm *vm = kind_of(h, n);
    const struct config *config = &h->job->config;
    struct scenario_guest *g = &h->guests[n];
    struct phase_vm_config c = {
        .programs = h->programs[g->kind],
        .program_count = h->program_counts[g->kind],
        .vcpus = (unsigned)vm->vcpus,
        .lock_kind = lock_kind_of(config, vm),
        .pv_flush = scenario_is(vm->pv_flush, config->hv.kvm.pv_tlb_flush),
        .pv_ipi = scenario_is(vm->pv_ipi, config->hv.kvm.pv_ipi),
        .costs = costs_of(config, vm),
        .home = scenario_near_pcpus(h->job->scenario, vm),
        .seed = config->seed * 1000003 + n};
    enum status s = read_requests(h, vm, &c, e);

    if (s != STATUS_OK)
        return s;
    g->phase = phase_vm_new(&c, e);
    if (!g->phase)
        return STATUS_MEMORY;
    for (unsigned i = 0; i < vm->vcpus; i++)
        g->bodies[i] = phase_vm_body(g->phase, i);
    h->vms[n].ops = &phase_body_ops;
    h->vms[n].begin = begin_phase_vm;
    h->vms[n].guest = g->phase;
    return STATUS_OK;
}

static void name_vm(char name[SCHED_NAME_BYTES], const struct scenario_vm *vm,
                    unsigned copy)
{
    if (vm->copies == 1)
        snprintf(name, SCHED_NAME_BYTES, "%.24s", vm->name);
    else
        snprintf(name, SCHED_NAME_BYTES, "%.24s-%u", vm->name, copy + 1);
}

static void promise(const struct scenario_host *h, unsigned n, unsigned copy)
{
    const struct scenario_vm *vm = kind_of(h, n);
    struct sched_vm_config *c = &h->sched_vms[n];

    name_vm(c->name, vm, copy);
    c->vcpus = (unsigned)vm->vcpus;
    c->weight = (uint32_t)vm->weight;
    c->cap_pct = (uint32_t)(vm->cap ? vm->cap : vm->limit);
    c->reservation_pct = (uint32_t)vm->reservation;
    c->period_us = vm->period_us;
    c->budget_us = vm->budget_us;
    c->extra = vm->extra;
    c->warp = (uint32_t)vm->warp;
    c->affinity = vm->affinity
                      ? vm->affinity
                      : pcpu_set_first((unsigned)h->job->scenario->pcpus);
    c->soft_affinity = vm->soft_affinity;
    h->vms[n].start_cycle = scenario_host_cycles(h, vm->start_us);
    h->vms[n].stop_cycle =
        vm->stop_us ? scenario_host_cycles(h, vm->stop_us) : UINT64_MAX;
}

static enum status build_vm(struct scenario_host *h, unsigned n, unsigned copy,
                            struct error *e)
{
    const struct scenario_vm *vm = kind_of(h, n);
    struct scenario_guest *g = &h->guests[n];

    promise(h, n, copy);
    g->bodies = calloc(vm->vcpus, sizeof(struct vcpu_body *));
    if (!g->bodies)
        return out_of_memory(e);
    h->vms[n].bodies = g->bodies;
    if (strcmp(vm->kernel, "phases") == 0)
        return build_phase_vm(h, n, e);
    return scenario_real_add(&h->real, g->kind, n, e);
}

static enum status build_vms(struct scenario_host *h, struct error *e)
{
    const struct scenario *s = h->job->scenario;
    enum status status = STATUS_OK;
    unsigned n = 0;

    for (unsigned kind = 0; kind < s->vm_count && status == STATUS_OK; kind++) {
        if (strcmp(s->vms[kind].kernel, "phases") == 0)
            status = parse_programs(h, kind, e);
        for (unsigned copy = 0;
             copy < s->vms[kind].copies && status == STATUS_OK; copy++, n++) {
            h->guests[n].kind = kind;
            status = build_vm(h, n, copy, e);
        }
    }
    return status;
}

static enum status build_host(struct scenario_host *h, struct error *e)
{
    const struct scenario *s = h->job->scenario;
    const struct config *c = &h->job->config;
    const struct host_config config = {
        .sched = {.sched = &c->hv.sched,
                  .topology = scenario_topology(s),
                  .vms = h->sched_vms,
                  .vm_count = h->vm_count},
        .khz = c->cpu.tsc_khz,
        .smt_permille = c->hv.sched.smt_pct * 10,
        .quantum_cycles = c->smp_quantum_cycles,
        .check = c->hv.check};
    struct error why;
    enum status status = host_init(&h->host, &config, h->vms, &why);

    if (status != STATUS_OK)
        return error_set(e, status, "%s: %.400s", h->job->scenario->path,
                         why.text);
    if (h->real.host)
        real_host_attach(h->real.host, &h->host);
    return STATUS_OK;
}

enum status scenario_host_init(struct scenario_host *h,
                               const struct scenario_job *job, struct error *e)
{
    enum status s = STATUS_OK;

    memset(h, 0, sizeof *h);
    h->job = job;
    h->vm_count = scenario_vm_count(job->scenario);
    h->guests = calloc(h->vm_count, sizeof *h->guests);
    h->vms = calloc(h->vm_count, sizeof *h->vms);
    h->sched_vms = calloc(h->vm_count, sizeof *h->sched_vms);
    if (!h->guests || !h->vms || !h->sched_vms)
        s = out_of_memory(e);
    if (s == STATUS_OK)
        s = scenario_real_init(&h->real, job, h->vm_count, e);
    if (s == STATUS_OK)
        s = build_vms(h, e);
    if (s == STATUS_OK)
        s = scenario_real_build(&h->real, h->vms, e);
    if (s == STATUS_OK)
        s = build_host(h, e);
    if (s != STATUS_OK)
        scenario_host_free(h);
    return s;
}

void scenario_host_free(struct scenario_host *h)
{
    if (h->host.vms)
        host_free(&h->host);
    scenario_real_free(&h->real);
    for (unsigned n = 0; h->guests && n < h->vm_count; n++) {
        phase_vm_free(h->guests[n].phase);
        free(h->guests[n].bodies);
    }
    for (unsigned kind = 0; kind < SCENARIO_MAX_KINDS; kind++) {
        for (unsigned i = 0; i < h->program_counts[kind]; i++)
            phase_program_free(&h->programs[kind][i]);
        free(h->programs[kind]);
    }
    free(h->guests);
    free(h->vms);
    free(h->sched_vms);
    memset(h, 0, sizeof *h);
}
