/*
 * cmd_compare.c - ringside compare: the same workload under several
 * techniques, side by side.
 *
 * The program's output is printed once, as the first technique made it; the
 * verdict says whether the others made the same.
 */
#include <stdio.h>
#include <string.h>

#include "sim/machine/command.h"
#include "sim/machine/jobs.h"

enum { EXIT_DIFFER = 1 };

static void copy_stream(FILE *from, FILE *to)
{
    char buffer[1 << 16];
    size_t bytes;

    rewind(from);
    while ((bytes = fread(buffer, 1, sizeof buffer, from)) > 0)
        fwrite(buffer, 1, bytes, to);
    fflush(to);
}

static bool any_ended_by(const struct results *r, enum run_end end)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->records[i].end == end)
            return true;
    return false;
}

static int exit_status_of(const struct results *r)
{
    static const enum run_end cut_short[] = {RUN_INTERRUPTED, RUN_LIMIT,
                                             RUN_WAITS_FOREVER};
    struct run_record example = {0};

    for (size_t i = 0; i < sizeof cut_short / sizeof *cut_short; i++) {
        example.end = cut_short[i];
        if (any_ended_by(r, cut_short[i]))
            return run_exit_status(&example);
    }
    return results_agree(r) ? 0 : EXIT_DIFFER;
}

/* A technique that could not even start is a mistake in the command. */
static const struct error *first_error(const struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->count; i++)
        if (jobs->shared[i].status != STATUS_OK)
            return &jobs->shared[i].error;
    return NULL;
}

static int finish(struct command *cmd, const struct jobs *jobs)
{
    struct run_record records[CONFIG_MAX_TECHNIQUES];
    struct results results = {.config = cmd->config,
                              .command = "compare",
                              .records = records,
                              .count = jobs->count};
    struct error e;

    copy_stream(jobs->handles[0].out, stdout);
    copy_stream(jobs->handles[0].err, stderr);
    for (unsigned i = 0; i < jobs->count; i++) {
        records[i] = jobs->shared[i].record;
        report_notes(stderr, &records[i]);
        if (cmd->trace.stream) {
            rewind(jobs->handles[i].trace);
            trace_chrome_splice(&cmd->chrome, jobs->handles[i].trace);
        }
    }
    if (!cmd->config->outputs.quiet)
        report_compare(stderr, &results);
    if (cmd->config->pv_left_out)
        fprintf(stderr, " pv is left out: it takes a kernel that is made for "
                        "Xen PV, as the minikernel is\n");
    if (command_write(cmd, &results, &e) != STATUS_OK)
        return command_fail(&e);
    return exit_status_of(&results);
}

int cmd_compare(const struct config *config)
{
    struct command cmd;
    struct jobs jobs;
    struct error e;
    int exit_status;

    if (command_begin(&cmd, config, &e) != STATUS_OK)
        return command_fail(&e);
    if (jobs_init(&jobs, config, &cmd.guest.image, cmd.trace.stream != NULL,
                  &e) != STATUS_OK) {
        command_free(&cmd);
        return command_fail(&e);
    }
    jobs.saved = cmd.saved;
    jobs_run(&jobs);
    exit_status = first_error(&jobs) ? command_fail(first_error(&jobs))
                                     : finish(&cmd, &jobs);
    jobs_free(&jobs);
    command_free(&cmd);
    return exit_status;
}
