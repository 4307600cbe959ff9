#include "visualizer/tui_start.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/scenario/scenario_axes.h"
#include "sim/machine/terminal.h"
#include "visualizer/seat_start.h"
#include "visualizer/tui.h"

enum { KILLED = 128 };

static enum status refuse_more(struct error *e)
{
    return error_set(e, STATUS_USAGE, "tui: at most %d side by side",
                     TUI_MAX_LINES);
}

/* A machine for each technique that was asked for. */
static enum status start_machines(struct tui *t, const struct config *config,
                                  struct error *e)
{
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < config->technique_count && s == STATUS_OK; i++) {
        if (i == TUI_MAX_LINES)
            return refuse_more(e);
        snprintf(t->lines[i].name, sizeof t->lines[i].name, "%s",
                 config->techniques[i]->name);
        s = seat_start(config, config->techniques[i], &t->lines[i].fd, e);
        t->count += s == STATUS_OK;
    }
    return s;
}

/* A host for each value of what is varied (--over). */
static enum status start_host(struct tui *t, const struct config *config,
                              const struct scenario_axes *axes, struct error *e)
{
    struct tui_line *line = &t->lines[t->count];
    struct scenario_override varied[JOB_MAX_VARIED];
    struct scenario_job job;
    enum status s;

    scenario_axes_at(axes, t->count, varied);
    s = scenario_job_init(&job, config, varied, axes->count, e);
    if (s != STATUS_OK)
        return s;
    snprintf(line->name, sizeof line->name, "%.30s",
             job.label[0] ? job.label : "scenario");
    s = seat_start_scenario(&job, &line->fd, e);
    t->count += s == STATUS_OK;
    scenario_job_free(&job);
    return s;
}

/* A file's own sweep is not for a screen: its values are --over's to name. */
static enum status start_hosts(struct tui *t, const struct config *config,
                               struct error *e)
{
    struct scenario *none = calloc(1, sizeof *none);
    struct scenario_axes axes;
    enum status s = none ? scenario_axes_read(&axes, config, none, e)
                         : error_set(e, STATUS_MEMORY, "out of memory");

    if (s == STATUS_OK && axes.runs > TUI_MAX_LINES)
        s = refuse_more(e);
    while (s == STATUS_OK && t->count < axes.runs)
        s = start_host(t, config, &axes, e);
    if (none)
        scenario_axes_free(&axes);
    free(none);
    t->scenario = true;
    return s;
}

static int leave(const struct tui *t, const struct error *e)
{
    for (unsigned i = 0; i < t->count; i++) {
        close(t->lines[i].fd);
        if (t->lines[i].now.failed)
            e = NULL;
        if (t->lines[i].now.failed)
            fprintf(stderr, "ringside: %s: %s\n", t->lines[i].name,
                    t->lines[i].now.text);
    }
    if (e)
        fprintf(stderr, "ringside: %s\n", e->text);
    return e || t->lost ? STATUS_USAGE : 0;
}

static int run_screen(void *data)
{
    const struct tui_options *o = data;
    struct error gone = {"tui: the machine's process is gone"}, e;
    struct tui tui;

    memset(&tui, 0, sizeof tui);
    if ((o->config->scenario_path ? start_hosts : start_machines)(
            &tui, o->config, &e) != STATUS_OK)
        return leave(&tui, &e);
    tui.script = o->script;
    symbols_load(&tui.symbols, o->config);
    screen_open(&tui.screen, &o->shell, o->ascii, !o->monochrome);
    tui_run(&tui, &o->begin);
    screen_close(&tui.screen);
    symbols_free(&tui.symbols);
    return leave(&tui, tui.lost ? &gone : NULL);
}

int tui_start(const struct tui_options *options)
{
    struct tui_options copy = *options;
    struct error e;
    int status;

    if (screen_check(&e) != STATUS_OK) {
        fprintf(stderr, "ringside: %s\n", e.text);
        return STATUS_USAGE;
    }
    tcgetattr(STDIN_FILENO, &copy.shell);
    signal(SIGPIPE, SIG_IGN);
    status = terminal_guard(STDIN_FILENO, run_screen, &copy);
    if (status > KILLED) /* the terminal is still the screen's */
        screen_rescue();
    return status;
}
