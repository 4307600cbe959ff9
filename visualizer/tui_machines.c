/*
 * tui_machines.c - starts the machines that the screen shows: one a technique,
 * or a scenario's host for each value of what is varied (--over).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/machine/scenario/scenario_axes.h"
#include "visualizer/seat_start.h"
#include "visualizer/tui.h"

unsigned tui_line_count(const struct tui *t)
{
    return t->count + t->asleep_count;
}

struct tui_line *tui_line_at(struct tui *t, unsigned i)
{
    return i < t->count ? &t->lines[i] : &t->asleep[i - t->count];
}

void tui_free_line(struct tui_line *line)
{
    close(line->fd);
    grid_free(&line->frame);
    if (line->own)
        config_vary_free(line->own);
    free(line->own);
}

void tui_lose_line(struct tui_line *line)
{
    line->gone = true;
    line->frame_asked = line->moving = line->steps_back = false;
    line->run_asked = line->stop_asked = false;
}

/* A file's own sweep is not for a screen: its values are --over's to name. */
static enum status read_axes(struct scenario_axes *axes,
                             const struct config *config, struct error *e)
{
    struct scenario *none = calloc(1, sizeof *none);
    enum status s = none ? scenario_axes_read(axes, config, none, e)
                         : error_set(e, STATUS_MEMORY, "out of memory");

    if (none && s != STATUS_OK)
        scenario_axes_free(axes);
    free(none);
    return s;
}

static enum status start_host(struct tui_line *line, const int *others,
                              struct error *e)
{
    struct scenario_override varied[JOB_MAX_VARIED];
    struct scenario_axes axes;
    struct scenario_job job;
    enum status s = read_axes(&axes, line->config, e);

    if (s != STATUS_OK)
        return s;
    scenario_axes_at(&axes, line->varied, varied);
    s = scenario_job_init(&job, line->config, varied, axes.count, e);
    if (s == STATUS_OK) {
        snprintf(line->name, sizeof line->name, "%.30s",
                 job.label[0] ? job.label : "scenario");
        s = seat_start_scenario(&job, others, &line->fd, e);
        scenario_job_free(&job);
    }
    scenario_axes_free(&axes);
    return s;
}

enum status tui_start_line(struct tui *t, struct tui_line *line,
                           struct error *e)
{
    int others[TUI_MAX_LINES + 1];
    unsigned count = tui_line_count(t);
    enum status s;

    for (unsigned i = 0; i < count; i++)
        others[i] = tui_line_at(t, i)->fd;
    others[count] = -1;
    if (line->technique) {
        snprintf(line->name, sizeof line->name, "%s", line->technique->name);
        s = seat_start(line->config, line->technique, others, &line->fd, e);
    } else {
        s = start_host(line, others, e);
    }
    if (s == STATUS_OK)
        line->number = ++t->numbers;
    return s;
}

static enum status add(struct tui *t, const struct tui_line *line,
                       struct error *e)
{
    enum status s;

    t->lines[t->count] = *line;
    s = tui_start_line(t, &t->lines[t->count], e);
    t->count += s == STATUS_OK;
    return s;
}

static enum status refuse_more(struct error *e)
{
    return error_set(e, STATUS_USAGE, "at most %d side by side", TUI_MAX_LINES);
}

static enum status start_hosts(struct tui *t, const struct config *config,
                               struct error *e)
{
    struct scenario_axes axes;
    enum status s = read_axes(&axes, config, e);
    unsigned runs;

    if (s != STATUS_OK)
        return s;
    runs = axes.runs;
    scenario_axes_free(&axes);
    if (runs > TUI_MAX_LINES)
        return refuse_more(e);
    t->scenario = true;
    while (s == STATUS_OK && t->count < runs)
        s = add(t, &(struct tui_line){.config = config, .varied = t->count}, e);
    return s;
}

enum status tui_start_all(struct tui *t, const struct config *config,
                          struct error *e)
{
    enum status s = STATUS_OK;

    if (config->scenario_path)
        return start_hosts(t, config, e);
    if (config->technique_count > TUI_MAX_LINES)
        return refuse_more(e);
    for (unsigned i = 0; i < config->technique_count && s == STATUS_OK; i++)
        s = add(t,
                &(struct tui_line){.config = config,
                                   .technique = config->techniques[i]},
                e);
    return s;
}
