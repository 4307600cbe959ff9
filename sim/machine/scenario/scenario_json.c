/*
 * scenario_json.c - a scenario's results as JSON ("ringside/1").
 *
 * host_seconds is the only value that the host decides.
 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "sim/machine/report.h"
#include "sim/machine/report_parts.h"
#include "sim/machine/scenario/scenario_report.h"
#include "sim/machine/scenario/scenario_resolved.h"

static json_t *latency_json(const struct scenario_result *r,
                            const struct latency *l)
{
    return json_pack("{s:o, s:f, s:f, s:f, s:f}", "count", count_json(l->count),
                     "mean", scenario_us(r, latency_mean(l)), "p50",
                     scenario_us(r, latency_permille(l, 500)), "p99",
                     scenario_us(r, latency_permille(l, 990)), "max",
                     scenario_us(r, l->greatest));
}

static json_t *counts_json(const struct scenario_result *r,
                           const struct phase_counts *c)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "done",
        count_json(c->done), "spin_cycles", count_json(c->spin_cycles),
        "warmup_cycles", count_json(c->warmup_cycles), "ple_exits",
        count_json(c->ple_exits), "halts", count_json(c->halts), "kicks",
        count_json(c->kicks), "shootdowns", count_json(c->shootdowns),
        "requests", count_json(c->requests), "requests_lost",
        count_json(c->requests_lost), "response_us",
        latency_json(r, &c->response));
}

static json_t *guest_json(const struct guest_result *g)
{
    json_t *json =
        json_pack("{s:o, s:o, s:s, s:b}", "instructions",
                  count_json(g->instructions), "cycles", count_json(g->cycles),
                  "stdout_sha256", g->stdout_sha256, "ended", (int)g->ended);

    json_object_set_new(json, "ledger", ledger_json(&g->ledger));
    json_object_set_new(json, "counters", counters_json(&g->counters));
    if (g->ended) {
        json_object_set_new(json, "exit_status", json_integer(g->exit_status));
        json_object_set_new(json, "end_ms", json_real(g->end_ms));
        json_object_set_new(json, "text", json_string(g->text));
    }
    return json;
}

static json_t *vm_json(const struct scenario_result *r,
                       const struct vm_result *v)
{
    json_t *vm = json_pack("{s:o, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f}",
                           "name", text_json(v->name), "vcpus", (int)v->vcpus,
                           "weight", (int)v->weight, "seconds", v->seconds,
                           "cpu", v->obtained, "entitled", v->entitled, "due",
                           v->due, "steal", v->steal, "blocked", v->blocked);

    json_object_set_new(vm, "run_cycles", count_json(v->run_cycles));
    json_object_set_new(vm, "wait_cycles", count_json(v->wait_cycles));
    json_object_set_new(vm, "block_cycles", count_json(v->block_cycles));
    json_object_set_new(vm, "switches", count_json(v->switches));
    json_object_set_new(vm, "migrations", count_json(v->migrations));
    json_object_set_new(vm, "deadline_misses", count_json(v->deadline_misses));
    json_object_set_new(vm, "wake_us", latency_json(r, &v->wake));
    json_object_set_new(vm, "wait_us", latency_json(r, &v->wait));
    if (v->guest.real)
        json_object_set_new(vm, "guest", guest_json(&v->guest));
    else
        json_object_set_new(vm, "counts", counts_json(r, &v->counts));
    return vm;
}

static json_t *pcpus_json(const struct scenario_result *r)
{
    json_t *all = json_array();

    for (unsigned n = 0; n < r->pcpu_count; n++)
        json_array_append_new(
            all, json_pack("{s:o, s:o, s:o}", "guest",
                           count_json(r->pcpus[n].guest_cycles), "scheduler",
                           count_json(r->pcpus[n].scheduler_cycles), "idle",
                           count_json(r->pcpus[n].idle_cycles)));
    return all;
}

static json_t *run_json(const struct scenario_result *r)
{
    const struct config *c = &r->job->config;
    json_t *vms = json_array();

    for (unsigned n = 0; n < r->vm_count; n++)
        json_array_append_new(vms, vm_json(r, &r->vms[n]));
    return json_pack(
        "{s:o, s:s, s:s, s:o, s:o, s:o, s:f, s:f, s:o, s:o, s:o, "
        "s:o, s:f}",
        "label", text_json(r->job->label), "sched",
        sched_all[c->hv.sched.policy]->name, "profile", c->profile_name, "seed",
        count_json(c->seed), "cycles", count_json(r->cycles), "decisions",
        count_json(r->decisions), "jain", r->jain, "spread", r->spread, "vms",
        vms, "pcpus", pcpus_json(r), "resolved", scenario_resolved_json(r->job),
        "config", config_json(c), "host_seconds", r->host_seconds);
}

enum status scenario_json(FILE *out, const struct scenario_results *r,
                          struct error *e)
{
    json_t *runs = json_array(), *all;
    int failed;

    for (unsigned i = 0; i < r->count; i++)
        json_array_append_new(runs, run_json(&r->runs[i]));
    all = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "schema", "ringside/1",
                    "version", ringside_version, "command", r->command,
                    "scenario", text_json(r->runs[0].job->scenario->path),
                    "varied", text_json(r->varied), "runs", runs);
    if (!all)
        return error_set(e, STATUS_MEMORY, "the host has no memory for JSON");
    failed = json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(all);
    fputc('\n', out);
    if (failed && !ferror(out))
        return error_set(e, STATUS_MEMORY, "the host has no memory for JSON");
    return STATUS_OK;
}
