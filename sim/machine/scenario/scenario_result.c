#include "sim/machine/scenario/scenario_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine/progress.h"
#include "sim/machine/session.h"

enum { STEPS = 100 };

/* How long the host may be at it between two looks at ^C: about. */
static const double part_seconds = 0.05;

/* What had been by the end of the warm-up. */
struct before {
    uint64_t state_cycles[SCHED_STATES];
    uint64_t switches, migrations;
};

struct runner {
    struct scenario_result *result;
    struct scenario_host *host;
    struct before *vms; /* by VM */
    struct pcpu_result pcpus[SCHED_MAX_PCPUS];
    uint64_t begin_cycle, end_cycle;
    uint64_t at_cycle, part_cycles;
    struct progress *progress;
};

static struct sched *sched_of(const struct runner *r)
{
    return &r->host->host.dispatch.sched;
}

/* Who was picked waits until the switch is over: part of that may lie ahead. */
static uint64_t ahead_cycles(const struct runner *r, const struct sched_vcpu *v,
                             uint64_t at_cycle)
{
    uint64_t most = r->result->job->config.hv.sched.switch_cycles;
    uint64_t ahead = v->state == SCHED_RUNNING && v->since_cycle > at_cycle
                         ? v->since_cycle - at_cycle
                         : 0;

    return ahead < most ? ahead : most;
}

/* Sums over a VM's vCPUs, up to now. */
static struct before sum_vm(const struct runner *r, unsigned n,
                            uint64_t at_cycle)
{
    const struct sched_vm *vm = &sched_of(r)->vms[n];
    struct before sum = {{0}, 0, 0};

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];

        for (int state = 0; state < SCHED_STATES; state++)
            sum.state_cycles[state] +=
                dispatch_state_cycles(v, (enum sched_state)state, at_cycle);
        sum.state_cycles[SCHED_RUNNABLE] -= ahead_cycles(r, v, at_cycle);
        sum.switches += v->switches;
        sum.migrations += v->migrations;
    }
    return sum;
}

/* Up to a cycle, to which its clock has not come yet, or which it is past: by
   the rest of a switch, or a real guest's last instructions. */
static struct pcpu_result peek_pcpu(const struct runner *r, unsigned n,
                                    uint64_t at_cycle)
{
    const struct host_pcpu *p = &r->host->host.pcpus[n];
    const struct sched_vcpu *v = sched_of(r)->pcpus[n].current;
    struct pcpu_result result = {p->guest_cycles, p->scheduler_cycles,
                                 p->idle_cycles};
    uint64_t ahead = v ? ahead_cycles(r, v, at_cycle) : 0;
    uint64_t rest = at_cycle - p->now_cycle + ahead; /* may be below 0 */

    result.scheduler_cycles -= ahead;
    if (v || p->now_cycle > at_cycle)
        result.guest_cycles += rest;
    else
        result.idle_cycles += rest;
    return result;
}

/* The warm-up is over. */
static void begin_measuring(struct runner *r)
{
    struct sched *s = sched_of(r);

    for (unsigned n = 0; n < s->vm_count; n++) {
        r->vms[n] = sum_vm(r, n, r->begin_cycle);
        memset(&s->vms[n].wake, 0, sizeof s->vms[n].wake);
        memset(&s->vms[n].wait, 0, sizeof s->vms[n].wait);
        s->vms[n].deadline_misses = 0;
        if (r->host->guests[n].phase)
            phase_vm_forget_counts(r->host->guests[n].phase);
    }
    for (unsigned n = 0; n < s->pcpu_count; n++)
        r->pcpus[n] = peek_pcpu(r, n, r->begin_cycle);
}

static void show_progress(const struct runner *r)
{
    const struct scenario_job *job = r->result->job;
    double done = (double)r->at_cycle / (double)r->end_cycle;
    char text[384];

    r->result->done = done;
    if (!r->progress)
        return;
    snprintf(text, sizeof text, "%.200s%s%.40s: %.0f %%", job->scenario->path,
             job->label[0] ? ": " : "", job->label, 100.0 * done);
    progress_show(r->progress, text);
}

/*
 * Part of the way to limit_cycle: to a cycle, or until ^C.  The host's clock
 * says only how often we look, which changes nothing.
 */
static bool advance(struct runner *r, uint64_t to_cycle, uint64_t limit_cycle,
                    struct error *e)
{
    while (r->at_cycle < to_cycle && !interrupt_pending()) {
        double began = host_seconds_now(), took;
        uint64_t left = to_cycle - r->at_cycle;

        r->at_cycle += left < r->part_cycles ? left : r->part_cycles;
        if (!host_advance(&r->host->host, r->at_cycle, limit_cycle, e))
            return false;
        took = host_seconds_now() - began;
        if (took > 2 * part_seconds && r->part_cycles > 1000)
            r->part_cycles /= 2;
        if (took < part_seconds / 2 && r->part_cycles < UINT64_MAX / 2)
            r->part_cycles *= 2;
        show_progress(r);
    }
    return true;
}

/* Nothing more will come: all VMs are at their end, and none starts later. */
static bool all_ended(const struct runner *r, uint64_t cycle)
{
    for (unsigned n = 0; n < r->result->vm_count; n++)
        if (r->host->vms[n].ended_cycle > cycle)
            return false;
    return true;
}

static bool run_warmup(struct runner *r, struct error *e)
{
    return r->begin_cycle == 0 ||
           (advance(r, r->begin_cycle, r->begin_cycle, e) &&
            (interrupt_pending() ||
             host_run(&r->host->host, r->begin_cycle, e)));
}

/* In steps: the end of all VMs is noticed at the end of one. */
static bool run_measured(struct runner *r, struct error *e)
{
    uint64_t length = r->end_cycle - r->begin_cycle;

    for (uint64_t i = 1; i < STEPS && !interrupt_pending(); i++) {
        uint64_t to = r->begin_cycle + length / STEPS * i;

        if (!advance(r, to, r->end_cycle, e))
            return false;
        if (!interrupt_pending() && all_ended(r, to)) {
            r->end_cycle = to;
            break;
        }
    }
    return advance(r, r->end_cycle, r->end_cycle, e) &&
           (interrupt_pending() || host_run(&r->host->host, r->end_cycle, e));
}

static void collect_guest(struct runner *r, unsigned n)
{
    struct guest_result *g = &r->result->vms[n].guest;
    const struct host_vm *row = &r->host->vms[n];
    struct run_record record;

    if (!scenario_real_record(&r->host->real, n, &record))
        return;
    g->real = true;
    g->ended = row->ended_cycle != UINT64_MAX && record.end != RUN_LIMIT;
    g->exit_status = run_exit_status(&record);
    g->instructions = record_count(&record, COUNTER_INSTRUCTIONS);
    g->cycles = record.cycles - record.ledger.cycles[LEDGER_IDLE] -
                record.ledger.cycles[LEDGER_STEAL];
    g->ledger = record.ledger;
    g->counters = record.counters;
    snprintf(g->stdout_sha256, sizeof g->stdout_sha256, "%s",
             record.stdout_sha256);
    if (!g->ended)
        return;
    g->end_ms = (double)(row->ended_cycle - row->start_cycle) /
                (double)r->host->host.config.khz;
    if (record.end != RUN_EXITED)
        snprintf(g->text, sizeof g->text, "%.150s", record.text);
}

static void collect_vm(struct runner *r, unsigned n)
{
    const struct sched_vm *vm = &sched_of(r)->vms[n];
    struct vm_result *v = &r->result->vms[n];
    const struct before now = sum_vm(r, n, r->end_cycle), *was = &r->vms[n];
    double life;

    snprintf(v->name, sizeof v->name, "%s", vm->config.name);
    v->kind = r->host->guests[n].kind;
    v->vcpus = vm->config.vcpus;
    v->weight = vm->config.weight;
    v->run_cycles =
        now.state_cycles[SCHED_RUNNING] - was->state_cycles[SCHED_RUNNING];
    v->wait_cycles =
        now.state_cycles[SCHED_RUNNABLE] - was->state_cycles[SCHED_RUNNABLE];
    v->block_cycles =
        now.state_cycles[SCHED_BLOCKED] - was->state_cycles[SCHED_BLOCKED];
    life = (double)(v->run_cycles + v->wait_cycles + v->block_cycles);
    if (life > 0) {
        v->steal = (double)v->wait_cycles / life;
        v->blocked = (double)v->block_cycles / life;
        v->obtained = (double)v->run_cycles * v->vcpus / life;
    }
    v->seconds = life / v->vcpus / ((double)r->host->host.config.khz * 1000.0);
    v->switches = now.switches - was->switches;
    v->migrations = now.migrations - was->migrations;
    v->wake = vm->wake;
    v->wait = vm->wait;
    v->deadline_misses = vm->deadline_misses;
    if (r->host->guests[n].phase)
        v->counts = *phase_vm_counts(r->host->guests[n].phase);
    else
        collect_guest(r, n);
}

static void collect_pcpus(struct runner *r)
{
    struct scenario_result *result = r->result;
    double least = 1, most = 0;

    for (unsigned n = 0; n < result->pcpu_count; n++) {
        struct pcpu_result p = peek_pcpu(r, n, r->end_cycle);
        double busy;

        p.guest_cycles -= r->pcpus[n].guest_cycles;
        p.scheduler_cycles -= r->pcpus[n].scheduler_cycles;
        p.idle_cycles -= r->pcpus[n].idle_cycles;
        result->pcpus[n] = p;
        busy = 1 - (double)p.idle_cycles / (double)result->cycles;
        least = busy < least ? busy : least;
        most = busy > most ? busy : most;
    }
    result->spread = most > least ? most - least : 0;
}

static enum status collect(struct runner *r, struct error *e)
{
    struct scenario_result *result = r->result;

    result->cycles = r->end_cycle - r->begin_cycle;
    result->decisions = r->host->host.decisions;
    for (unsigned n = 0; n < result->vm_count; n++)
        collect_vm(r, n);
    collect_pcpus(r);
    return scenario_fairness(result, r->host, r->begin_cycle, r->end_cycle, e);
}

static enum status run_all(struct runner *r, struct error *e)
{
    const struct scenario *s = r->result->job->scenario;

    r->begin_cycle = scenario_host_cycles(r->host, s->warmup_us);
    r->end_cycle = scenario_host_cycles(r->host, s->length_us);
    r->part_cycles = r->host->host.config.khz;
    if (!run_warmup(r, e))
        return STATUS_USAGE;
    begin_measuring(r);
    if (!run_measured(r, e))
        return STATUS_USAGE;
    return collect(r, e);
}

enum status scenario_result_init(struct scenario_result *r,
                                 const struct scenario_job *job,
                                 struct error *e)
{
    void *vms;

    memset(r, 0, sizeof *r);
    r->job = job;
    r->vm_count = scenario_vm_count(job->scenario);
    r->pcpu_count = (unsigned)job->scenario->pcpus;
    vms = mmap(NULL, r->vm_count * sizeof *r->vms, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (vms == MAP_FAILED)
        return error_set(e, STATUS_MEMORY, "out of memory");
    r->vms = vms;
    return STATUS_OK;
}

void scenario_result_free(struct scenario_result *r)
{
    if (r->vms)
        munmap(r->vms, r->vm_count * sizeof *r->vms);
    r->vms = NULL;
}

enum status scenario_run(struct scenario_result *result, struct sched_log *log,
                         struct progress *progress, struct error *e)
{
    struct scenario_host *host = calloc(1, sizeof *host);
    struct runner r = {.result = result, .host = host, .progress = progress};
    double began = host_seconds_now();
    enum status s;

    r.vms = calloc(result->vm_count, sizeof *r.vms);
    s = host && r.vms ? scenario_host_init(host, result->job, e)
                      : error_set(e, STATUS_MEMORY, "out of memory");
    if (s == STATUS_OK) {
        if (log && !dispatch_log_begin(&host->host.dispatch, log))
            s = error_set(e, STATUS_MEMORY, "out of memory");
        else
            s = run_all(&r, e);
        if (log)
            sched_log_end(log, host->host.now_cycle);
        scenario_host_free(host);
    }
    result->host_seconds = host_seconds_now() - began;
    if (progress)
        progress_clear(progress);
    free(host);
    free(r.vms);
    return s;
}
