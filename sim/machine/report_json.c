/*
 * report_json.c - results as JSON ("ringside/1") and as CSV.
 *
 * Keys come in the order of the tables, so that equal results are equal
 * bytes; host_seconds is the only value that the host decides.
 */
#include <inttypes.h>
#include <jansson.h>

#include "sim/machine/report.h"
#include "sim/machine/report_parts.h"

/* The same figures for each vCPU; their sums are those of the run. */
static json_t *vcpus_json(const struct run_record *r)
{
    json_t *vcpus = json_array();

    for (unsigned i = 0; i < r->vcpu_count; i++) {
        const struct vcpu_record *v = &r->vcpus[i];

        json_array_append_new(
            vcpus,
            json_pack("{s:o, s:o, s:o, s:o}", "instructions",
                      count_json(v->counters.value[COUNTER_INSTRUCTIONS]),
                      "cycles", count_json(v->cycles), "ledger",
                      ledger_json(&v->ledger), "counters",
                      counters_json(&v->counters)));
    }
    return vcpus;
}

/* Exits by reason, those that occurred. */
static json_t *exits_json(const struct exit_times *t)
{
    json_t *exits = json_object();

    for (int i = 0; i < VMEXIT_COUNT; i++) {
        const struct exit_time *e = &t->of[i];
        const char *name =
            counter_info(counter_of_exit((enum vmexit)i))->name + 5;

        if (e->count == 0)
            continue;
        json_object_set_new(exits, name, /* without "exit." */
                            json_pack("{s:o, s:o, s:o, s:o}", "count",
                                      count_json(e->count), "cycles",
                                      count_json(e->total_cycles), "least",
                                      count_json(e->least_cycles), "most",
                                      count_json(e->most_cycles)));
    }
    return exits;
}

/* Digests are no quantities: text, as in sums of files. */
static json_t *digest_json(uint64_t digest)
{
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, digest);
    return json_string(text);
}

static json_t *checkpoints_json(const struct run_record *r)
{
    json_t *points = json_array();

    for (unsigned i = 0; i < r->checkpoint_count; i++) {
        const struct checkpoint *p = &r->checkpoints[i];

        json_array_append_new(points,
                              json_pack("{s:o, s:o, s:o, s:o}", "instructions",
                                        count_json(p->instructions), "rip",
                                        digest_json(p->rip), "registers",
                                        digest_json(p->registers), "memory",
                                        digest_json(p->memory)));
    }
    return points;
}

static json_t *run_json(const struct config *c, const struct run_record *r)
{
    uint64_t boot = r->boot_counters.value[COUNTER_INSTRUCTIONS];

    return json_pack(
        "{s:s, s:s, s:o, s:i, s:s, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:f}",
        "technique", r->technique, "profile", c->profile_name, "seed",
        count_json(c->seed), "exit_status", run_exit_status(r), "stdout_sha256",
        r->stdout_sha256, "instructions",
        count_json(record_count(r, COUNTER_INSTRUCTIONS)), "cycles",
        count_json(r->cycles), "ledger", ledger_json(&r->ledger), "counters",
        counters_json(&r->counters), "vcpus", vcpus_json(r), "exits",
        exits_json(&r->exits), "boot", "instructions", count_json(boot),
        "cycles", count_json(r->boot_cycles), "exits",
        exits_json(&r->boot_exits), "checkpoints", checkpoints_json(r),
        "host_seconds", r->host_seconds);
}

enum status report_json(FILE *out, const struct results *r, struct error *e)
{
    json_t *runs = json_array();
    char command[4096];
    json_t *all;
    int failed;

    for (unsigned i = 0; i < r->count; i++)
        json_array_append_new(runs, run_json(r->config, &r->records[i]));
    results_command(r, command, sizeof command);
    all = json_pack("{s:s, s:s, s:o, s:o, s:o}", "schema", "ringside/1",
                    "version", ringside_version, "command", text_json(command),
                    "config", config_json(r->config), "runs", runs);
    if (!all)
        return error_set(e, STATUS_MEMORY, "the host has no memory for JSON");
    failed = json_dumpf(all, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(all);
    if (failed && !ferror(out))
        return error_set(e, STATUS_MEMORY, "the host has no memory for JSON");
    fputc('\n', out); /* who closes the file says why it cannot be written */
    return STATUS_OK;
}

static void csv_row(FILE *out, const struct results *r, unsigned run,
                    const char *group, const char *name)
{
    fprintf(out, "%s,%s,%s,%s,", r->records[run].technique,
            r->config->profile_name, group, name);
}

static void csv_run(FILE *out, const struct results *r, unsigned run)
{
    const struct run_record *record = &r->records[run];

    csv_row(out, r, run, "total", "cycles");
    fprintf(out, "%" PRIu64 "\n", record->cycles);
    csv_row(out, r, run, "total", "exit_status");
    fprintf(out, "%d\n", run_exit_status(record));
    csv_row(out, r, run, "boot", "instructions");
    fprintf(out, "%" PRIu64 "\n",
            record->boot_counters.value[COUNTER_INSTRUCTIONS]);
    csv_row(out, r, run, "boot", "cycles");
    fprintf(out, "%" PRIu64 "\n", record->boot_cycles);
    for (int row = 0; row < LEDGER_COUNT; row++) {
        csv_row(out, r, run, "ledger", ledger_info((enum ledger_row)row)->name);
        fprintf(out, "%" PRIu64 "\n", record->ledger.cycles[row]);
    }
    for (int id = 0; id < COUNTER_COUNT; id++) {
        csv_row(out, r, run, "counter", counter_info((enum counter)id)->name);
        fprintf(out, "%" PRIu64 "\n", record->counters.value[id]);
    }
}

void report_csv(FILE *out, const struct results *r)
{
    fputs("technique,profile,group,name,value\n", out);
    for (unsigned run = 0; run < r->count; run++)
        csv_run(out, r, run);
}
