#include "sim/machine/scenario/scenario_stage.h"

#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"

enum status scenario_stage_init(struct scenario_stage *s,
                                const struct scenario_job *job, struct error *e)
{
    enum status status;

    memset(s, 0, sizeof *s);
    status = scenario_host_init(&s->host, job, e);
    if (status != STATUS_OK)
        return status;
    s->log.recent = &s->recent;
    if (!dispatch_log_begin(&s->host.host.dispatch, &s->log)) {
        scenario_host_free(&s->host);
        return error_set(e, STATUS_MEMORY, "out of memory");
    }
    s->warm_cycle = scenario_host_cycles(&s->host, job->scenario->warmup_us);
    s->end_cycle = scenario_host_cycles(&s->host, job->scenario->length_us);
    s->warm = s->warm_cycle == 0;
    return STATUS_OK;
}

void scenario_stage_free(struct scenario_stage *s)
{
    scenario_host_free(&s->host);
    sched_recent_free(&s->recent);
}

static void end(struct scenario_stage *s, const char *text)
{
    s->ended = true;
    snprintf(s->text, sizeof s->text, "%.250s", text);
}

static bool all_vms_ended(const struct scenario_stage *s)
{
    for (unsigned n = 0; n < s->host.vm_count; n++)
        if (s->host.vms[n].ended_cycle == UINT64_MAX)
            return false;
    return true;
}

void scenario_stage_step(struct scenario_stage *s)
{
    struct host *h = &s->host.host;
    uint64_t limit = s->warm ? s->end_cycle : s->warm_cycle;
    struct error e;
    bool ok = true;

    if (s->ended)
        return;
    if (host_due(h) < limit) {
        ok = host_step(h, limit, &e);
    } else {
        ok = host_bring_up(h, limit, &e);
        s->ended = s->warm;
        s->warm = true;
    }
    if (!ok)
        end(s, e.text);
    else if (s->ended)
        end(s, "the scenario's time is over");
    else if (all_vms_ended(s))
        end(s, "all VMs have ended");
}

static void add_counters(const struct scenario_stage *s, struct moment *now)
{
    const struct machine *m = scenario_stage_machine(s);

    for (unsigned n = 0; m && n < m->vm_count; n++)
        for (unsigned i = 0; i < m->vms[n]->vcpu_count; i++)
            counters_join(&now->counters, &m->vms[n]->vcpus[i]->counters);
}

static void add_figures(const struct scenario_stage *s, struct moment *now)
{
    const struct sched *sched = &s->host.host.dispatch.sched;

    now->measuring = true;
    now->position = scenario_stage_position(s);
    now->cycles = s->host.host.now_cycle;
    now->khz = s->host.host.config.khz;
    now->host[FIGURE_STEPS] = now->position;
    now->host[FIGURE_DECISIONS] = s->host.host.decisions;
    now->host[FIGURE_LOCK_HOLDERS] = s->host.host.lock_holders;
    for (unsigned i = 0; i < sched->vcpu_count; i++) {
        now->host[FIGURE_SWITCHES] += sched->vcpus[i].switches;
        now->host[FIGURE_MIGRATIONS] += sched->vcpus[i].migrations;
    }
}

static bool counts_guests(const struct milestone *m)
{
    return m->figure == FIGURE_COUNTER || m->figure == FIGURE_INSTRUCTIONS;
}

void scenario_stage_moment(const struct scenario_stage *s, struct moment *now)
{
    memset(now, 0, sizeof *now);
    add_figures(s, now);
    add_counters(s, now);
    now->instructions = now->counters.value[COUNTER_INSTRUCTIONS];
}

bool scenario_stage_reached(const struct scenario_stage *s,
                            const struct milestone *m)
{
    struct moment now;

    if (counts_guests(m)) {
        scenario_stage_moment(s, &now);
    } else {
        memset(now.host, 0, sizeof now.host);
        now.boot_cycles = 0;
        add_figures(s, &now);
    }
    return milestone_reached(m, &now);
}
