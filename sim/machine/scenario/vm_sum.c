/*
 * vm_sum.c - figures of VMs that are alike, taken together.
 */
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/scenario/scenario_report.h"

double scenario_us(const struct scenario_result *r, uint64_t cycles)
{
    return (double)cycles * 1000 / (double)r->job->config.cpu.tsc_khz;
}

static void add_counts(struct vm_sum *sum, const struct vm_result *v)
{
    const struct phase_counts *c = &v->counts;
    double seconds = v->seconds > 0 ? v->seconds : 1;

    sum->done += (double)c->done / seconds;
    sum->requests += (double)c->requests / seconds;
    sum->lost += c->requests_lost;
    sum->ple_exits += c->ple_exits;
    sum->halts += c->halts;
    sum->kicks += c->kicks;
    sum->shootdowns += c->shootdowns;
    latency_merge(&sum->response, &c->response);
    if (v->run_cycles)
        sum->spin += (double)c->spin_cycles / (double)v->run_cycles;
}

static void add_guest(struct vm_sum *sum, const struct guest_result *g)
{
    if (!g->real)
        return;
    sum->guests++;
    sum->instructions += (double)g->instructions;
    sum->cycles += (double)g->cycles;
    sum->smt_cycles += (double)g->ledger.cycles[LEDGER_SMT];
    sum->l2_misses += (double)g->counters.value[COUNTER_L2_MISS];
    sum->l3_misses += (double)g->counters.value[COUNTER_L3_MISS];
    sum->remote_lines += (double)g->counters.value[COUNTER_MEM_REMOTE];
    if (!g->ended)
        return;
    sum->ended++;
    sum->end_ms += g->end_ms;
    if (g->exit_status > sum->exit_status)
        sum->exit_status = g->exit_status;
}

static void add(struct vm_sum *sum, const struct vm_result *v)
{
    double seconds = v->seconds > 0 ? v->seconds : 1;

    if (sum->vms == 0 || v->obtained < sum->least)
        sum->least = v->obtained;
    sum->vms++;
    sum->vcpus = v->vcpus;
    sum->weight = v->weight;
    sum->obtained += v->obtained;
    sum->entitled += v->entitled;
    sum->steal += v->steal;
    sum->seconds += v->seconds;
    sum->switches += (double)v->switches / seconds;
    sum->migrations += (double)v->migrations / seconds;
    sum->deadline_misses += v->deadline_misses;
    latency_merge(&sum->wake, &v->wake);
    latency_merge(&sum->wait, &v->wait);
    add_counts(sum, v);
    add_guest(sum, &v->guest);
}

static void divide(struct vm_sum *sum)
{
    double *const means[] = {&sum->obtained, &sum->entitled,   &sum->steal,
                             &sum->seconds,  &sum->spin,       &sum->done,
                             &sum->switches, &sum->migrations, &sum->requests};

    double *const of_guests[] = {&sum->instructions, &sum->cycles,
                                 &sum->smt_cycles,   &sum->l2_misses,
                                 &sum->l3_misses,    &sum->remote_lines};

    for (size_t i = 0; sum->vms && i < ARRAY_LEN(means); i++)
        *means[i] /= sum->vms;
    for (size_t i = 0; sum->guests && i < ARRAY_LEN(of_guests); i++)
        *of_guests[i] /= sum->guests;
    if (sum->ended)
        sum->end_ms /= sum->ended;
}

/* It was promised a budget in each period, by a policy that heeds that. */
static bool has_deadlines(const struct scenario_result *r, unsigned kind)
{
    const struct sched_ops *ops = sched_all[r->job->config.hv.sched.policy];

    return r->job->scenario->vms[kind].budget_us > 0 &&
           strstr(ops->options, "period") != NULL;
}

void vm_sum_kind(struct vm_sum *sum, const struct scenario_result *r,
                 unsigned kind)
{
    const struct scenario_vm *vm = &r->job->scenario->vms[kind];

    memset(sum, 0, sizeof *sum);
    for (unsigned n = 0; n < r->vm_count; n++)
        if (r->vms[n].kind == kind)
            add(sum, &r->vms[n]);
    divide(sum);
    sum->has_deadlines = has_deadlines(r, kind);
    if (sum->vms == 1)
        snprintf(sum->name, sizeof sum->name, "%.24s", vm->name);
    else
        snprintf(sum->name, sizeof sum->name, "%.24s x%u", vm->name, sum->vms);
}

void vm_sum_one(struct vm_sum *sum, const struct scenario_result *r,
                unsigned vm)
{
    memset(sum, 0, sizeof *sum);
    add(sum, &r->vms[vm]);
    divide(sum);
    sum->has_deadlines = has_deadlines(r, r->vms[vm].kind);
    snprintf(sum->name, sizeof sum->name, "%s", r->vms[vm].name);
}
