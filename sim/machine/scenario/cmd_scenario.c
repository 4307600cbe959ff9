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
#include <sys/stat.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/command.h"
#include "sim/machine/scenario/cmd_scenario.h"
#include "sim/machine/scenario/scenario_axes.h"
#include "sim/machine/scenario/scenario_jobs.h"
#include "sim/machine/scenario/scenario_report.h"
#include "sim/machine/sched_trace/sched_view.h"
#include "sim/record/sched_chrome.h"

enum { COMMAND_BYTES = 1024, EXIT_STOPPED = 130 };

struct study {
    const struct config *config;
    const char *command;
    struct scenario_axes axes;
    struct scenario_job base;
    struct scenario_job *jobs;
    struct scenario_jobs runs;
    unsigned made; /* jobs so far */
    struct out_file json, csv, log_file, trace;
    bool makes_folder; /* that of --plot */
    FILE *plot_log;    /* of one run, for its figures; NULL: none */
    struct sched_log log;
    char made_by[COMMAND_BYTES];   /* what makes log again */
    struct trace_chrome time_line; /* writes to trace */
    struct sched_chrome tracks;    /* ... what log is told */
};

static enum status take_axes(struct study *s, struct error *e)
{
    const struct outputs *o = &s->config->outputs;
    enum status status =
        scenario_axes_read(&s->axes, s->config, s->base.scenario, e);
    unsigned runs = s->axes.runs;

    if (status != STATUS_OK)
        return status;
    if (runs > 1 && (s->config->sched_trace_path || o->trace_path))
        return error_set(e, STATUS_USAGE,
                         "--%s takes one run, not %u: --set %s=VALUE "
                         "and no sweep",
                         s->config->sched_trace_path ? "sched-trace" : "trace",
                         runs, s->axes.axes[0].key);
    s->jobs = calloc(runs, sizeof *s->jobs);
    if (!s->jobs)
        return error_set(e, STATUS_MEMORY, "out of memory");
    return scenario_jobs_init(&s->runs, runs, e);
}

/* Its VMs can be built: their programs, kernels, workloads make sense. */
static enum status try_host(const struct scenario_job *job, struct error *e)
{
    struct scenario_host *host = calloc(1, sizeof *host);
    enum status status = host ? scenario_host_init(host, job, e)
                              : error_set(e, STATUS_MEMORY, "out of memory");

    if (status == STATUS_OK)
        scenario_host_free(host);
    free(host);
    return status;
}

/* All runs are resolved before the first begins: a mistake shows at once. */
static enum status make_jobs(struct study *s, struct error *e)
{
    enum status status = STATUS_OK;

    while (s->made < s->axes.runs && status == STATUS_OK) {
        struct scenario_job *job = &s->jobs[s->made];
        struct scenario_override varied[JOB_MAX_VARIED];

        scenario_axes_at(&s->axes, s->made, varied);
        status = scenario_job_init(job, s->config, varied, s->axes.count, e);
        if (status != STATUS_OK)
            break;
        s->made++;
        if (s->axes.runs > 1)
            status = try_host(job, e);
    }
    return status;
}

/* The file that a run is of is not written over. */
static enum status spare_scenario(const struct study *s,
                                  const struct out_file *const *all,
                                  unsigned count, struct error *e)
{
    struct stat in, out;

    if (stat(s->config->scenario_path, &in) != 0)
        return STATUS_OK;
    for (unsigned i = 0; i < count; i++)
        if (all[i]->stream && stat(all[i]->path, &out) == 0 &&
            in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return error_set(e, STATUS_USAGE,
                             "%s: an output would take the scenario's place",
                             all[i]->path);
    return STATUS_OK;
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
        status = out_files_differ(all, ARRAY_LEN(all), e);
    if (status == STATUS_OK)
        status = spare_scenario(s, all, ARRAY_LEN(all), e);
    s->makes_folder = o->plot_folder && access(o->plot_folder, F_OK) != 0;
    if (status == STATUS_OK)
        status = plot_prepare(o->plot_folder, e);
    if (status == STATUS_OK && o->plot_folder && s->axes.runs == 1 &&
        !s->log_file.stream)
        s->plot_log = tmpfile();
    return status;
}

/* A word as a shell takes it: in quotes, if it needs them. */
static size_t quote(const char *word, char *to, size_t bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-+=.,:/@%";
    size_t used = 0;

    if (word[strspn(word, plain)] == '\0')
        return (size_t)snprintf(to, bytes, " %s", word);
    used += (size_t)snprintf(to, bytes, " '");
    for (; *word && used + 5 < bytes; word++)
        if (*word == '\'')
            used += (size_t)snprintf(to + used, bytes - used, "'\\''");
        else
            to[used++] = *word;
    return used + (size_t)snprintf(to + used, bytes - used, "'");
}

/* Appends what fits, or "...". */
static void put_words(char text[static COMMAND_BYTES], const char *option,
                      const char *value)
{
    char words[COMMAND_BYTES];
    size_t used = strlen(text);
    size_t chars = (size_t)snprintf(words, sizeof words, "%s", option);

    chars += quote(value, words + chars, sizeof words - chars);
    snprintf(text + used, COMMAND_BYTES - used, "%s",
             chars + used + sizeof " ..." < COMMAND_BYTES ? words : " ...");
}

/* What makes a run again: figures and logs say so. */
static void put_command(const struct study *s, char text[static COMMAND_BYTES])
{
    const struct config *c = s->config;
    char set[256];

    snprintf(text, COMMAND_BYTES, "ringside run");
    if (c->profile_given)
        put_words(text, " --profile", c->profile_name);
    for (unsigned i = 0; i < c->override_count; i++)
        put_words(text, " --set", c->overrides[i]);
    for (unsigned i = 0; i < c->scenario_set_count; i++)
        put_words(text, " --set", c->scenario_sets[i]);
    for (unsigned i = 0; i < c->over_count; i++) {
        snprintf(set, sizeof set, "%s=%s", s->axes.axes[i].key,
                 s->axes.axes[i].values[0]);
        put_words(text, " --set", set);
    }
    put_words(text, "", c->scenario_path);
}

/* What the scheduler does goes to a file, to a time line, or nowhere. */
static struct sched_log *begin_log(struct study *s)
{
    put_command(s, s->made_by);
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
        status = take_axes(s, e);
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
    status = s->axes.runs == 1
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
    if (s->makes_folder)
        rmdir(s->config->outputs.plot_folder); /* if there is nothing in it */
    scenario_jobs_free(&s->runs);
    for (unsigned i = 0; s->jobs && i < s->made; i++)
        scenario_job_free(&s->jobs[i]);
    free(s->jobs);
    scenario_axes_free(&s->axes);
    scenario_job_free(&s->base);
}

/* On a full disk nobody can read why, but for the status. */
static enum status put_report(const struct scenario_results *r, struct error *e)
{
    scenario_report(stderr, r);
    return ferror(stderr)
               ? error_set(e, STATUS_FILE, "standard error cannot be written")
               : STATUS_OK;
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
                                        .varied = s->axes.varied,
                                        .axes = &s->axes,
                                        .runs = s->runs.runs,
                                        .count = s->axes.runs};
    if (status == STATUS_OK && !s->runs.stopped && !config->outputs.quiet)
        status = put_report(&results, &e);
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
    struct error e;
    enum status status = STATUS_OK;

    if (!s)
        status = error_set(&e, STATUS_MEMORY, "out of memory");
    if (status == STATUS_OK) {
        s->config = config;
        status = prepare(s, &e);
    }
    if (status == STATUS_OK && s->axes.runs == 1)
        status = try_host(&s->jobs[0], &e);
    if (status == STATUS_OK)
        printf("%s: a good scenario: VMs: %u, pCPUs: %u, runs: %u\n",
               config->scenario_path, scenario_vm_count(s->base.scenario),
               (unsigned)s->base.scenario->pcpus, s->axes.runs);
    else
        status = (enum status)command_fail(&e);
    if (s)
        free_study(s);
    free(s);
    return (int)status;
}
