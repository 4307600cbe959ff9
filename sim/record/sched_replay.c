#include "sim/record/sched_replay.h"

#include <stdlib.h>
#include <string.h>

/* States as a set. */
enum {
    IF_ABSENT = 1 << SCHED_LOG_ABSENT,
    IF_BLOCKED = 1 << SCHED_LOG_BLOCKED,
    IF_RUNNABLE = 1 << SCHED_LOG_RUNNABLE,
    IF_RUNNING = 1 << SCHED_LOG_RUNNING,
};

/* From which states an event leads to which, and what is wrong otherwise. */
struct transition {
    unsigned from;
    enum sched_log_state to;
    const char *wrong;
};

static const char not_running[] = "a vCPU leaves a pCPU that it is not on";

static const struct transition transitions[SCHED_EVENT_COUNT] = {
    [SCHED_EVENT_START] = {IF_ABSENT, SCHED_LOG_BLOCKED,
                           "a vCPU starts that was started before"},
    [SCHED_EVENT_STOP] = {IF_BLOCKED | IF_RUNNABLE, SCHED_LOG_ABSENT,
                          "a vCPU stops that is not there or still runs"},
    [SCHED_EVENT_WAKE] = {IF_BLOCKED, SCHED_LOG_RUNNABLE,
                          "a vCPU wakes that was not blocked"},
    [SCHED_EVENT_RUN] = {IF_RUNNABLE, SCHED_LOG_RUNNING,
                         "a vCPU gets a pCPU and was not runnable"},
    [SCHED_EVENT_PREEMPT] = {IF_RUNNING, SCHED_LOG_RUNNABLE, not_running},
    [SCHED_EVENT_YIELD] = {IF_RUNNING, SCHED_LOG_RUNNABLE, not_running},
    [SCHED_EVENT_BLOCK] = {IF_RUNNING, SCHED_LOG_BLOCKED, not_running},
    [SCHED_EVENT_MIGRATE] = {IF_RUNNABLE, SCHED_LOG_RUNNABLE,
                             "a vCPU migrates and is not runnable"},
};

bool sched_replay_init(struct sched_replay *r,
                       const struct sched_log_host *host)
{
    memset(r, 0, sizeof *r);
    r->host = *host;
    r->vms = calloc(host->vm_count + 1, sizeof *r->vms);
    r->host.vms = r->vms;
    for (unsigned i = 0; r->vms && i < host->vm_count; i++) {
        r->vms[i] = host->vms[i];
        r->vms[i].first = r->vcpu_count;
        r->vcpu_count += r->vms[i].vcpus;
    }
    r->vcpus = calloc(r->vcpu_count + 1, sizeof *r->vcpus);
    for (unsigned i = 0; i < SCHED_LOG_MAX_PCPUS; i++)
        r->pcpus[i].vcpu = r->pcpus[i].last = SCHED_LOG_NO_VCPU;
    if (r->vms && r->vcpus)
        return true;
    sched_replay_free(r);
    return false;
}

void sched_replay_free(struct sched_replay *r)
{
    free(r->vms);
    free(r->vcpus);
    memset(r, 0, sizeof *r);
}

/* Halves the VMs until one is left: the last that begins no later. */
unsigned sched_replay_vm(const struct sched_replay *r, unsigned vcpu)
{
    unsigned low = 0, high = r->host.vm_count;

    while (high - low > 1) {
        unsigned middle = (low + high) / 2;

        if (r->vms[middle].first <= vcpu)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void sched_replay_pcpu(struct sched_replay_pcpu *p,
                       const struct sched_event *event, uint16_t vcpu)
{
    switch (event->kind) {
    case SCHED_EVENT_RUN:
        p->vcpu = vcpu;
        break;
    case SCHED_EVENT_PREEMPT:
    case SCHED_EVENT_YIELD:
    case SCHED_EVENT_BLOCK:
        p->vcpu = SCHED_LOG_NO_VCPU;
        p->last = vcpu;
        break;
    case SCHED_EVENT_IDLE:
        if (p->last == SCHED_LOG_NO_VCPU)
            return;
        p->last = SCHED_LOG_NO_VCPU;
        break;
    case SCHED_EVENT_START:
    case SCHED_EVENT_STOP:
    case SCHED_EVENT_WAKE:
    case SCHED_EVENT_MIGRATE:
    case SCHED_EVENT_COUNT:
        return;
    }
    p->since_cycle = event->cycle;
}

static void begin_run(struct sched_replay *r, const struct sched_event *event,
                      struct sched_step *step)
{
    struct sched_replay_vcpu *v = &r->vcpus[step->vcpu];
    const struct sched_replay_pcpu *p = &r->pcpus[event->pcpu];

    v->wait_cycles = event->cycle - v->left_cycle;
    v->delay_cycles = v->woken ? event->cycle - v->since_cycle : 0;
    v->pcpu = event->pcpu;
    step->woken = v->woken;
    step->pcpu_last = p->last;
    step->pcpu_since_cycle = p->since_cycle;
    v->woken = false;
}

static const char *idle(struct sched_replay *r, const struct sched_event *event,
                        struct sched_step *step)
{
    struct sched_replay_pcpu *p = &r->pcpus[event->pcpu];

    if (p->vcpu != SCHED_LOG_NO_VCPU)
        return "a pCPU is idle that has a vCPU";
    step->vcpu = SCHED_LOG_NO_VCPU;
    step->pcpu_last = p->last;
    step->pcpu_since_cycle = p->since_cycle;
    sched_replay_pcpu(p, event, SCHED_LOG_NO_VCPU);
    return NULL;
}

const char *sched_replay_step(struct sched_replay *r,
                              const struct sched_event *event,
                              struct sched_step *step)
{
    const struct transition *t = &transitions[event->kind];
    struct sched_replay_vcpu *v;

    memset(step, 0, sizeof *step);
    if (event->kind == SCHED_EVENT_IDLE)
        return idle(r, event, step);
    step->vcpu = (uint16_t)(r->vms[event->vm].first + event->vcpu);
    v = &r->vcpus[step->vcpu];
    if (!(t->from & 1u << v->state))
        return t->wrong;
    if (v->state == SCHED_LOG_RUNNING && v->pcpu != event->pcpu)
        return not_running;
    if (t->to == SCHED_LOG_RUNNING &&
        r->pcpus[event->pcpu].vcpu != SCHED_LOG_NO_VCPU)
        return "a vCPU gets a pCPU that has another one";
    step->before = v->state;
    step->since_cycle = v->since_cycle;
    if (t->to == SCHED_LOG_RUNNING)
        begin_run(r, event, step);
    step->wait_cycles = v->wait_cycles;
    step->delay_cycles = v->delay_cycles;
    sched_replay_pcpu(&r->pcpus[event->pcpu], event, step->vcpu);
    if (v->state == SCHED_LOG_RUNNING || event->kind == SCHED_EVENT_START)
        v->left_cycle = event->cycle;
    if (event->kind == SCHED_EVENT_WAKE)
        v->woken = true;
    if (event->kind == SCHED_EVENT_STOP)
        v->woken = false;
    if (event->kind == SCHED_EVENT_MIGRATE)
        return NULL;
    v->state = t->to;
    v->since_cycle = event->cycle;
    return NULL;
}
