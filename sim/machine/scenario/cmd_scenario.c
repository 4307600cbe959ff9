/*
 * cmd_scenario.c - ringside run FILE.conf, ringside compare --over KEY=A,B
 * FILE.conf, and ringside scenario check FILE.conf.
 *
 * A file's own sweep, and --over, make a run of each value.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/command.h"
#include "sim/machine/scenario/cmd_scenario.h"
#include "sim/machine/scenario/scenario_jobs.h"
#include "sim/machine/scenario/scenario_report.h"
#include "sim/machine/sched_trace/sched_view.h"
#include "sim/record/sched_chrome.h"

enum {
    MOST_VALUES = 64,
    MOST_RUNS = 256,
    OVER_BYTES = 1024,
    COMMAND_BYTES = 1024,
    EXIT_STOPPED = 130
};

/* What is varied, and the values it takes. */
struct axis {
    const char *key;
    const char *values[MOST_VALUES];
    unsigned count;
};

struct study {
    const struct config *config;
    const char *command;
    char over[OVER_BYTES]; /* --over, taken apart */
    struct axis axes[JOB_MAX_VARIED];
    unsigned axis_count;
    char varied[JOB_LABEL_BYTES]; /* their keys */
    struct scenario_job base;
    struct scenario_job *jobs;
    struct scenario_jobs runs;
    unsigned count; /* of runs */
    unsigned made;  /* jobs so far */
    struct out_file json, csv, log_file, trace;
    FILE *plot_log; /* of one run, for its figures; NULL: none */
    struct sched_log log;
    char made_by[COMMAND_BYTES];   /* what makes log again */
    struct trace_chrome time_line; /* writes to trace */
    struct sched_chrome tracks;    /* ... what log is told */
    bool stopped;                  /* ^C */
};

static enum status read_over(struct study *s, struct error *e)
{
    struct axis *axis = &s->axes[s->axis_count];
    char *at;

    if (!s->config->over)
        return STATUS_OK;
    snprintf(s->over, sizeof s->over, "%s", s->config->over);
    at = strchr(s->over, '=');
    if (!at || at == s->over || at[1] == '\0' ||
        strlen(s->config->over) >= sizeof s->over)
        return error_set(e, STATUS_USAGE,
                         "--over %.60s: the form is KEY=VALUE,VALUE,...",
                         s->config->over);
    *at++ = '\0';
    axis->key = s->over;
    while (at && axis->count < MOST_VALUES) {
        char *comma = strchr(at, ',');

        if (comma)
            *comma++ = '\0';
        axis->values[axis->count++] = at;
        at = comma;
    }
    s->axis_count++;
    return STATUS_OK;
}

static bool names_key(char *const *sets, unsigned count, const char *key)
{
    size_t chars = strlen(key);

    for (unsigned i = 0; i < count; i++)
        if (strncmp(sets[i], key, chars) == 0 && sets[i][chars] == '=')
            return true;
    return false;
}

static bool user_sets(const struct config *c, const char *key)
{
    return names_key(c->overrides, c->override_count, key) ||
           names_key(c->scenario_sets, c->scenario_set_count, key);
}

/* The file's own sweep, unless --over or --set has the same key. */
static enum status read_sweep(struct study *s, struct error *e)
{
    const struct scenario *file = s->base.scenario;
    struct axis *axis = &s->axes[s->axis_count];

    if (!file->sweep_key[0] && file->sweep_values.count == 0)
        return STATUS_OK;
    if (!file->sweep_key[0] || file->sweep_values.count == 0)
        return error_set(e, STATUS_USAGE, "%s: sweep needs key and values",
                         file->path);
    if ((s->axis_count && strcmp(s->axes[0].key, file->sweep_key) == 0) ||
        user_sets(s->config, file->sweep_key))
        return STATUS_OK;
    axis->key = file->sweep_key;
    for (unsigned i = 0; i < file->sweep_values.count; i++)
        axis->values[axis->count++] = file->sweep_values.line[i];
    s->axis_count++;
    return STATUS_OK;
}

static enum status count_runs(struct study *s, struct error *e)
{
    size_t used = 0;

    s->count = 1;
    for (unsigned i = 0; i < s->axis_count; i++) {
        s->count *= s->axes[i].count;
        used += (size_t)snprintf(s->varied + used, sizeof s->varied - used,
                                 "%s%.40s", i ? ", " : "", s->axes[i].key);
    }
    if (s->count > MOST_RUNS)
        return error_set(e, STATUS_USAGE, "%u runs: at most %d", s->count,
                         MOST_RUNS);
    if (s->count > 1 &&
        (s->config->sched_trace_path || s->config->outputs.trace_path))
        return error_set(e, STATUS_USAGE,
                         "--%s takes one run, not %u: --set %s=VALUE "
                         "and no sweep",
                         s->config->sched_trace_path ? "sched-trace" : "trace",
                         s->count, s->axes[0].key);
    s->jobs = calloc(s->count, sizeof *s->jobs);
    if (!s->jobs)
        return error_set(e, STATUS_MEMORY, "out of memory");
    return scenario_jobs_init(&s->runs, s->count, e);
}

/* All runs are resolved before the first begins: a mistake shows at once. */
static enum status make_jobs(struct study *s, struct error *e)
{
    enum status status = STATUS_OK;

    while (s->made < s->count && status == STATUS_OK) {
        struct scenario_override varied[JOB_MAX_VARIED];
        unsigned rest = s->made;

        for (unsigned i = s->axis_count; i-- > 0;) {
            const struct axis *a = &s->axes[i];

            varied[i] =
                (struct scenario_override){a->key, a->values[rest % a->count]};
            rest /= a->count;
        }
        status = scenario_job_init(&s->jobs[s->made], s->config, varied,
                                   s->axis_count, e);
        if (status == STATUS_OK)
            s->made++;
    }
    return status;
}

static enum status open_outputs(struct study *s, struct error *e)
{
    const struct outputs *o = &s->config->outputs;
    const struct out_file *const all[] = {&s->json, &s->csv, &s->log_file,
                                          &s->trace};
    enum status status = out_file_open(&s->json, o->json_path, e);

    interrupt_block();
    if (status == STATUS_OK)
        status = out_file_open(&s->csv, o->csv_path, e);
    if (status == STATUS_OK)
        status = out_file_open(&s->log_file, s->config->sched_trace_path, e);
    if (status == STATUS_OK)
        status = out_file_open(&s->trace, o->trace_path, e);
    if (status == STATUS_OK)
        status = out_files_differ(all, sizeof all / sizeof *all, e);
    if (status == STATUS_OK)
        status = plot_prepare(o->plot_folder, e);
    if (status == STATUS_OK && o->plot_folder && s->count == 1 &&
        !s->log_file.stream)
        s->plot_log = tmpfile();
    return status;
}

/* What makes a run again: figures and logs say so. */
static void put_command(const struct config *c, char text[static COMMAND_BYTES])
{
    size_t used = (size_t)snprintf(text, COMMAND_BYTES, "ringside run");

    if (c->profile_given)
        used += (size_t)snprintf(text + used, COMMAND_BYTES - used,
                                 " --profile %.200s", c->profile_name);
    for (unsigned i = 0; i < c->override_count + c->scenario_set_count; i++) {
        const char *set = i < c->override_count
                              ? c->overrides[i]
                              : c->scenario_sets[i - c->override_count];

        if (used + strlen(set) + sizeof " --set ..." > COMMAND_BYTES / 2)
            set = "...";
        used += (size_t)snprintf(text + used, COMMAND_BYTES - used, " --set %s",
                                 set);
        if (set[0] == '.')
            break;
    }
    snprintf(text + used, COMMAND_BYTES - used, " %.500s", c->scenario_path);
}

/* What the scheduler does goes to a file, to a time line, or nowhere. */
static struct sched_log *begin_log(struct study *s)
{
    put_command(s->config, s->made_by);
    s->log.made_by = s->made_by;
    s->log.stream = s->log_file.stream ? s->log_file.stream : s->plot_log;
    if (s->trace.stream) {
        trace_chrome_init(&s->time_line, s->trace.stream, 1);
        s->tracks.out = &s->time_line;
        s->log.chrome = &s->tracks;
    }
    return s->log.stream || s->log.chrome ? &s->log : NULL;
}

static enum status prepare(struct study *s, struct error *e)
{
    enum status status = scenario_job_init(&s->base, s->config, NULL, 0, e);

    if (status == STATUS_OK)
        status = read_over(s, e);
    if (status == STATUS_OK)
        status = read_sweep(s, e);
    if (status == STATUS_OK)
        status = count_runs(s, e);
    if (status == STATUS_OK)
        status = make_jobs(s, e);
    return status == STATUS_OK ? open_outputs(s, e) : status;
}

static enum status run_jobs(struct study *s, struct error *e)
{
    struct progress progress;

    progress_init(&progress,
                  !s->config->outputs.quiet && isatty(STDERR_FILENO));
    s->runs.jobs = s->jobs;
    s->runs.log = begin_log(s);
    s->runs.progress = &progress;
    s->runs.at_a_time = s->config->jobs;
    return scenario_jobs_run(&s->runs, e);
}

/* Of one run: what its log shows. */
static enum status plot_log(struct study *s, struct error *e)
{
    const char *path = s->config->sched_trace_path;
    struct sched_query query = {.path = path ? path : s->config->scenario_path,
                                .plot_folder = s->config->outputs.plot_folder,
                                .to_ns = UINT64_MAX};
    FILE *in = path ? fopen(path, "r") : s->plot_log;
    enum status status;

    if (!in)
        return error_set(e, STATUS_FILE, "the scheduler's log: %s",
                         strerror(errno));
    rewind(in);
    status = sched_show("plot", &query, in, e);
    if (path)
        fclose(in);
    return status;
}

static enum status
write_files(struct study *s, const struct scenario_results *r, struct error *e)
{
    enum status status = STATUS_OK;

    if (s->json.stream)
        status = scenario_json(s->json.stream, r, e);
    if (status == STATUS_OK)
        status = out_file_commit(&s->json, e);
    if (status == STATUS_OK && s->csv.stream)
        scenario_csv(s->csv.stream, r);
    if (status == STATUS_OK)
        status = out_file_commit(&s->csv, e);
    if (status == STATUS_OK)
        status = out_file_commit(&s->log_file, e);
    if (status == STATUS_OK && s->trace.stream)
        trace_chrome_finish(&s->time_line);
    if (status == STATUS_OK)
        status = out_file_commit(&s->trace, e);
    if (status != STATUS_OK || !s->config->outputs.plot_folder)
        return status;
    status = s->count == 1
                 ? plot_log(s, e)
                 : scenario_plot(s->config->outputs.plot_folder, r, e);
    return status;
}

static void free_study(struct study *s)
{
    out_file_abandon(&s->json);
    out_file_abandon(&s->csv);
    out_file_abandon(&s->log_file);
    if (s->plot_log)
        fclose(s->plot_log);
    out_file_abandon(&s->trace);
    scenario_jobs_free(&s->runs);
    for (unsigned i = 0; s->jobs && i < s->made; i++)
        scenario_job_free(&s->jobs[i]);
    free(s->jobs);
    scenario_job_free(&s->base);
}

int cmd_scenario_run(const struct config *config, const char *command)
{
    struct study *s = calloc(1, sizeof *s);
    struct scenario_results results;
    struct error e;
    enum status status;

    if (!s)
        return STATUS_MEMORY;
    s->config = config;
    s->command = command;
    status = prepare(s, &e);
    if (status == STATUS_OK)
        status = run_jobs(s, &e);
    results = (struct scenario_results){.config = config,
                                        .command = command,
                                        .varied = s->varied,
                                        .runs = s->runs.runs,
                                        .count = s->count};
    if (status == STATUS_OK && !s->runs.stopped && !config->outputs.quiet)
        scenario_report(stderr, &results);
    if (status == STATUS_OK && !s->runs.stopped)
        status = write_files(s, &results, &e);
    if (s->runs.stopped)
        fputs("ringside: interrupted; nothing was written\n", stderr);
    status = status == STATUS_OK ? STATUS_OK : (enum status)command_fail(&e);
    if (s->runs.stopped)
        status = (enum status)EXIT_STOPPED;
    free_study(s);
    free(s);
    return (int)status;
}

/* Everything that is known before a run: all values of a sweep too. */
int cmd_scenario_check(const struct config *config)
{
    struct study *s = calloc(1, sizeof *s);
    struct scenario_host *host = calloc(1, sizeof *host);
    struct error e;
    enum status status = STATUS_OK;

    if (!s || !host)
        status = error_set(&e, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        s->config = config;
        status = prepare(s, &e);
    }
    for (unsigned i = 0; status == STATUS_OK && i < s->count; i++) {
        status = scenario_host_init(host, &s->jobs[i], &e);
        if (status == STATUS_OK)
            scenario_host_free(host);
    }
    if (status == STATUS_OK)
        printf("%s: a good scenario: VMs: %u, pCPUs: %u, runs: %u\n",
               config->scenario_path, scenario_vm_count(s->base.scenario),
               (unsigned)s->base.scenario->pcpus, s->count);
    else
        status = (enum status)command_fail(&e);
    if (s)
        free_study(s);
    free(s);
    free(host);
    return (int)status;
}
