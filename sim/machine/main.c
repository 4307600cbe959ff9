/*
 * main.c - ringside: parse the command line, hand it to its command.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sim/machine/catalog.h"
#include "sim/machine/help.h"
#include "sim/machine/options.h"
#include "sim/machine/scenario/cmd_scenario.h"
#include "sim/machine/sched_trace/sched_view.h"

static int run_command(const struct request *r)
{
    switch (r->command) {
    case COMMAND_RUN:
        return r->config.scenario_path ? cmd_scenario_run(&r->config, "run")
                                       : cmd_run(&r->config);
    case COMMAND_COMPARE:
        return r->config.scenario_path ? cmd_scenario_run(&r->config, "compare")
                                       : cmd_compare(&r->config);
    case COMMAND_SCENARIO:
        return cmd_scenario_check(&r->config);
    case COMMAND_SHOW:
        return cmd_show(r);
    case COMMAND_TUI:
        return cmd_tui(r);
    case COMMAND_SCHED:
        return cmd_sched(r);
    case COMMAND_LIST:
        return cmd_list(r);
    case COMMAND_EXPLAIN:
        return cmd_explain(r);
    case COMMAND_HELP:
        return cmd_help(r);
    case COMMAND_GENERATE:
        return cmd_generate(r);
    case COMMAND_COUNT:
        break;
    }
    return STATUS_USAGE;
}

/*
 * If we are started without stdin, stdout or stderr, the next file that is
 * opened takes its number: a report must not end up in it.  Standard input is
 * empty then, and a write to the others fails.
 */
static void keep_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* A full disk or a closed pipe must not look like success. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "ringside: standard output cannot be written\n");
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    struct request r;
    struct error e;
    int status = 0;

    keep_standard_streams();
    if (request_parse(&r, argc, argv, &e) != STATUS_OK) {
        fprintf(stderr, "ringside: %s\n", e.text);
        request_free(&r);
        return STATUS_USAGE;
    }
    if (r.version)
        printf("ringside %s\n", ringside_version);
    else if (r.help)
        help_print(stdout, r.command);
    else
        status = run_command(&r);
    request_free(&r);
    return finish(status);
}
