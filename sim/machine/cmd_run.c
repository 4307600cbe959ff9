/*
 * cmd_run.c - ringside run: one machine, one technique, one summary.
 */
#include <stdio.h>
#include <unistd.h>

#include "sim/machine/command.h"
#include "sim/machine/console.h"
#include "sim/machine/gdb.h"
#include "sim/machine/gdb_link.h"
#include "sim/machine/timeline.h"

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
    if (cmd->config->outputs.exits || cmd->config->outputs.exits_all)
        report_exits(stderr, record, cmd->config->outputs.exits_all);
    if (command_write(cmd, &results, &e) != STATUS_OK)
        return command_fail(&e);
    return run_exit_status(record);
}

static void serve_gdb(void *data, struct run *run, struct session *session)
{
    gdb_serve(*(const int *)data, run, session);
}

/* gdb_fd: a debugger's connection; -1: none. */
static int run_here(const struct config *config, int gdb_fd)
{
    struct command cmd;
    struct run_record record;
    struct progress progress;
    struct session_request request;
    struct console console;
    struct error e;
    int exit_status;

    if (command_begin(&cmd, config, &e) != STATUS_OK)
        return command_fail(&e);
    name_in_trace(&cmd, config->techniques[0]);
    progress_init(&progress, !config->outputs.quiet && !config->console &&
                                 isatty(STDERR_FILENO));
    if (config->console)
        console_init(&console, STDIN_FILENO, config->keyboard);
    request = (struct session_request){
        .config = config,
        .technique = config->techniques[0],
        .image = &cmd.guest.image,
        .files = config->reboots ? NULL : &cmd.guest.files,
        .sinks = {.out_fd = STDOUT_FILENO,
                  .err_fd = STDERR_FILENO,
                  .trace = cmd.trace.stream ? &cmd.chrome : NULL,
                  .progress = &progress,
                  .console = config->console ? &console : NULL,
                  .saved = cmd.saved},
        .driver = {gdb_fd >= 0 ? serve_gdb : NULL, &gdb_fd},
    };
    if (session_run(&request, &record, &e) == STATUS_OK)
        exit_status = finish(&cmd, &record);
    else
        exit_status = command_fail(&e);
    command_free(&cmd);
    return exit_status;
}

/* What the process that runs under a debugger must know. */
struct debugged {
    const struct config *config;
    int fd;
};

static int run_debugged(void *data)
{
    const struct debugged *d = data;

    return run_here(d->config, d->fd);
}

static int run_under_gdb(const struct config *config)
{
    struct debugged d = {.config = config};
    struct error e;
    int status;

    if (config->outputs.trace_path) {
        error_set(&e, STATUS_USAGE,
                  "--trace cannot follow a run that goes backwards; leave out "
                  "--gdb or --trace");
        return command_fail(&e);
    }
    if (gdb_accept(config->gdb_address, &d.fd, &e) != STATUS_OK)
        return command_fail(&e);
    status = timeline_guard(run_debugged, &d);
    close(d.fd);
    if (status >= 0)
        return status;
    error_set(&e, STATUS_MEMORY, "the debugged run was lost");
    return command_fail(&e);
}

static int run_console(void *data)
{
    const struct config *config = data;

    if (isatty(STDIN_FILENO) && !config->outputs.quiet)
        fputs(terminal_help, stderr);
    return run_here(config, -1);
}

int cmd_run(const struct config *config)
{
    struct config copy = *config;

    if (config->console)
        return terminal_guard(STDIN_FILENO, run_console, &copy);
    return config->gdb_address ? run_under_gdb(config) : run_here(config, -1);
}
