#include "sim/record/sched_chrome.h"

static void name_of(const struct sched_chrome *c, unsigned vcpu,
                    char text[static 64])
{
    const struct sched_log_vm *vm =
        &c->replay.vms[sched_replay_vm(&c->replay, vcpu)];

    snprintf(text, 64, "%s.%u", vm->name, vcpu - vm->first);
}

static void name_tracks(struct sched_chrome *c)
{
    const struct sched_log_host *host = &c->replay.host;
    unsigned pid = c->first_pid + host->vm_count;
    char name[64];

    trace_chrome_name_vm(c->out, pid, "pCPUs");
    trace_chrome_sort_vm(c->out, pid, -1);
    for (unsigned i = 0; i < host->pcpus; i++) {
        snprintf(name, sizeof name, "pCPU %u", i);
        trace_chrome_name_vcpu(c->out, pid, i, name);
    }
    for (unsigned i = 0; i < host->vm_count; i++) {
        trace_chrome_name_vm(c->out, c->first_pid + i, host->vms[i].name);
        for (unsigned j = 0; j < host->vms[i].vcpus; j++) {
            name_of(c, host->vms[i].first + j, name);
            trace_chrome_name_vcpu(c->out, c->first_pid + i, j, name);
        }
    }
}

bool sched_chrome_begin(struct sched_chrome *c, struct trace_chrome *out,
                        unsigned first_pid, const struct sched_log_host *host)
{
    if (!sched_replay_init(&c->replay, host))
        return false;
    c->out = out;
    out->tsc_khz = host->khz;
    c->first_pid = first_pid;
    c->silent = false;
    name_tracks(c);
    return true;
}

/* A vCPU was in a state until a cycle; the pCPU where it ran is shown, too. */
static void put_state(struct sched_chrome *c, unsigned vcpu,
                      enum sched_log_state state, uint64_t since_cycle,
                      uint64_t cycle)
{
    const struct sched_replay_vcpu *v = &c->replay.vcpus[vcpu];
    unsigned vm = sched_replay_vm(&c->replay, vcpu);
    bool ran = state == SCHED_LOG_RUNNING;
    char args[32] = "", name[64];
    struct trace_span span = {.name = ran ? "running" : "runnable",
                              .category = "sched",
                              .pid = c->first_pid + vm,
                              .tid = vcpu - c->replay.vms[vm].first,
                              .begin_cycle = since_cycle,
                              .end_cycle = cycle,
                              .args = args};

    if (c->silent || (!ran && state != SCHED_LOG_RUNNABLE) ||
        since_cycle >= cycle)
        return;
    if (ran)
        snprintf(args, sizeof args, "\"pCPU\":%u", (unsigned)v->pcpu);
    trace_chrome_span(c->out, &span);
    if (!ran)
        return;
    name_of(c, vcpu, name);
    span.name = name;
    span.pid = c->first_pid + c->replay.host.vm_count;
    span.tid = v->pcpu;
    args[0] = '\0';
    trace_chrome_span(c->out, &span);
}

const char *sched_chrome_put(struct sched_chrome *c,
                             const struct sched_event *event)
{
    struct sched_step step;
    const char *wrong = sched_replay_step(&c->replay, event, &step);

    if (!wrong && step.vcpu != SCHED_LOG_NO_VCPU &&
        event->kind != SCHED_EVENT_MIGRATE)
        put_state(c, step.vcpu, step.before, step.since_cycle, event->cycle);
    return wrong;
}

void sched_chrome_end(struct sched_chrome *c, uint64_t cycle)
{
    for (unsigned i = 0; i < c->replay.vcpu_count; i++)
        put_state(c, i, c->replay.vcpus[i].state,
                  c->replay.vcpus[i].since_cycle, cycle);
    sched_replay_free(&c->replay);
}
