/*
 * scenario_fairness.c - what each VM of a run was entitled to, what was due to
 * it given what it wanted, and how fair what it had was.
 *
 * Model  shares are of the VMs that live at a time; a VM's is their mean over
 *        its life.
 */
#include <stdlib.h>

#include "sim/machine/scenario/scenario_result.h"

/* A run, and its part that is measured. */
struct window {
    struct scenario_result *result;
    const struct scenario_host *host;
    uint64_t begin_cycle, end_cycle;
};

/* What a VM can use at most, in pCPUs. */
static double room_of(const struct sched_vm *vm)
{
    double places = 0;

    for (unsigned i = 0; i < SCHED_MAX_PCPUS; i++)
        places += pcpu_in(vm->config.affinity, i);
    return places < vm->config.vcpus ? places : vm->config.vcpus;
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* What the policy promises a VM, of what it can use. */
static struct fair_claim claim_of(const struct sched *s,
                                  const struct sched_vm *vm, double usable)
{
    struct sched_promise p = sched_promised(s, vm);
    double limit = p.limit_ppm == UINT64_MAX
                       ? usable
                       : lesser((double)p.limit_ppm / 1e6, usable);

    return (struct fair_claim){.weight = (double)p.weight,
                               .floor =
                                   lesser((double)p.floor_ppm / 1e6, limit),
                               .limit = limit,
                               .beyond_floor = p.beyond_floor};
}

/* Room for a claim of each VM, and of those that live at a time. */
struct fairness {
    struct fair_claim *claims, *alive;
    double *ratios;
};

/* Its part of the time that is measured; false: none. */
static bool life_of(const struct window *w, unsigned n, uint64_t *from,
                    uint64_t *to)
{
    const struct host_vm *vm = &w->host->vms[n];

    *from = vm->start_cycle > w->begin_cycle ? vm->start_cycle : w->begin_cycle;
    *to = vm->stop_cycle < w->end_cycle ? vm->stop_cycle : w->end_cycle;
    if (vm->ended_cycle < *to)
        *to = vm->ended_cycle;
    return *from < *to;
}

/* Until then the same VMs live as now. */
static uint64_t same_until(const struct window *w, uint64_t now)
{
    uint64_t until = w->end_cycle, from, to;

    for (unsigned n = 0; n < w->result->vm_count; n++) {
        if (!life_of(w, n, &from, &to))
            continue;
        if (from > now && from < until)
            until = from;
        if (to > now && to < until)
            until = to;
    }
    return until;
}

/* Adds shares times cycles to those of the VMs that live from now on. */
static void share_out(const struct window *w, struct fairness *f, uint64_t now,
                      uint64_t until)
{
    unsigned count = 0;
    uint64_t from, to;

    for (unsigned n = 0; n < w->result->vm_count; n++)
        if (life_of(w, n, &from, &to) && from <= now && to > now)
            f->alive[count++] = f->claims[n];
    fair_shares(f->alive, count, w->result->pcpu_count);
    count = 0;
    for (unsigned n = 0; n < w->result->vm_count; n++)
        if (life_of(w, n, &from, &to) && from <= now && to > now)
            f->claims[n].share +=
                f->alive[count++].share * (double)(until - now);
}

/* While it lives, on average.  by_demand: none has more than it could have
   used. */
static void entitle(const struct window *w, bool by_demand, struct fairness *f)
{
    const struct sched *s = &w->host->host.dispatch.sched;
    uint64_t from, to;

    for (unsigned n = 0; n < s->vm_count; n++) {
        const struct vm_result *v = &w->result->vms[n];
        double life = v->seconds > 0 ? v->seconds : 1;
        double wanted = (double)(v->run_cycles + v->wait_cycles) /
                        (life * (double)w->host->host.config.khz * 1000);
        double usable = room_of(&s->vms[n]);

        if (by_demand)
            usable = lesser(wanted, usable);
        f->claims[n] = claim_of(s, &s->vms[n], usable);
    }
    for (uint64_t now = w->begin_cycle; now < w->end_cycle;
         now = same_until(w, now))
        share_out(w, f, now, same_until(w, now));
    for (unsigned n = 0; n < s->vm_count; n++)
        f->claims[n].share = life_of(w, n, &from, &to)
                                 ? f->claims[n].share / (double)(to - from)
                                 : 0;
}

static void collect_fairness(const struct window *w, struct fairness *f)
{
    struct scenario_result *result = w->result;
    unsigned counted = 0;

    entitle(w, false, f);
    for (unsigned n = 0; n < result->vm_count; n++)
        result->vms[n].entitled = f->claims[n].share;
    entitle(w, true, f);
    for (unsigned n = 0; n < result->vm_count; n++) {
        result->vms[n].due = f->claims[n].share;
        if (f->claims[n].share > 0)
            f->ratios[counted++] = result->vms[n].obtained / f->claims[n].share;
    }
    result->jain = jain_index(f->ratios, counted);
}

enum status scenario_fairness(struct scenario_result *result,
                              const struct scenario_host *host,
                              uint64_t begin_cycle, uint64_t end_cycle,
                              struct error *e)
{
    const struct window w = {result, host, begin_cycle, end_cycle};
    struct fairness f = {.claims = calloc(result->vm_count, sizeof *f.claims),
                         .alive = calloc(result->vm_count, sizeof *f.alive),
                         .ratios = calloc(result->vm_count, sizeof *f.ratios)};
    bool room = f.claims && f.alive && f.ratios;

    if (room)
        collect_fairness(&w, &f);
    free(f.claims);
    free(f.alive);
    free(f.ratios);
    return room ? STATUS_OK : error_set(e, STATUS_MEMORY, "out of memory");
}
