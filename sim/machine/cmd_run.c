/*
 * cmd_run.c - ringside run: one machine, one technique, one summary.
 */
#include <stdio.h>
#include <unistd.h>

#include "sim/machine/command.h"

static void name_in_trace(struct command *cmd,
                          const struct technique_ops *technique)
{
    if (!cmd->trace.stream)
        return;
    trace_chrome_name_vm(&cmd->chrome, 0, technique->name);
    trace_chrome_name_vcpu(&cmd->chrome, 0, 0, "vCPU 0");
}

/* Reports and files; returns the exit status of the command. */
static int finish(struct command *cmd, const struct run_record *record)
{
    struct results results = {
        .config = cmd->config, .command = "run", .records = record, .count = 1};
    struct error e;

    report_notes(stderr, record);
    if (!cmd->config->outputs.quiet)
        report_run(stderr, &results);
    if (command_write(cmd, &results, &e) != STATUS_OK)
        return command_fail(&e);
    return run_exit_status(record);
}

int cmd_run(const struct config *config)
{
    struct command cmd;
    struct run_record record;
    struct progress progress;
    struct session_request request;
    struct error e;
    int exit_status;

    if (command_begin(&cmd, config, &e) != STATUS_OK)
        return command_fail(&e);
    name_in_trace(&cmd, config->techniques[0]);
    progress_init(&progress, !config->outputs.quiet && isatty(STDERR_FILENO));
    request = (struct session_request){
        .config = config,
        .technique = config->techniques[0],
        .image = &cmd.image,
        .sinks = {.out_fd = STDOUT_FILENO,
                  .err_fd = STDERR_FILENO,
                  .trace = cmd.trace.stream ? &cmd.chrome : NULL,
                  .progress = &progress},
    };
    if (session_run(&request, &record, &e) == STATUS_OK)
        exit_status = finish(&cmd, &record);
    else
        exit_status = command_fail(&e);
    command_free(&cmd);
    return exit_status;
}
