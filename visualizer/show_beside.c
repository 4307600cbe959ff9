/*
 * show_beside.c - ringside show of several machines: the halves and the totals
 * of the screen (tui.h), on paper.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/command.h"
#include "sim/machine/progress.h"
#include "sim/machine/report.h"
#include "visualizer/show.h"
#include "visualizer/tui.h"

static void say_progress(struct progress *p, const struct tui_line *line)
{
    char text[TUI_STATUS_BYTES], cycle[32];

    snprintf(text, sizeof text, "%s: at cycle %s (^C ends)", line->name,
             format_count(line->now.cycle, cycle, sizeof cycle));
    progress_show(p, text);
}

static enum status check_arrival(const struct show *show,
                                 const struct tui_line *line, struct error *e)
{
    const struct seat_reply *now = &line->now;

    if (line->gone)
        return error_set(e, STATUS_USAGE, "%s: %s", line->name,
                         now->failed ? now->text : "its process is gone");
    if (now->reason != STOPPED_END || show->at.at_end)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "--at %s: the run of %s ended before%s%s",
                     show->at_text, line->name, now->text[0] ? ": " : "",
                     now->text);
}

/* Each machine to the moment, as its own figures say. */
static enum status go_there(struct show *show, struct tui *t)
{
    struct progress progress;
    enum status s = STATUS_OK;

    progress_init(&progress, isatty(STDERR_FILENO));
    tui_move(t, SEAT_REACH, &show->at);
    while (tui_is_moving(t)) {
        tui_await(t, -1);
        for (unsigned i = 0; i < t->count; i++)
            if (t->lines[i].moving)
                say_progress(&progress, &t->lines[i]);
    }
    progress_clear(&progress);
    for (unsigned i = 0; i < t->count && s == STATUS_OK; i++)
        s = check_arrival(show, &t->lines[i], &show->e);
    return s;
}

/* All machines have as many pCPUs. */
static enum status check_pcpu(struct show *show, const struct tui *t)
{
    unsigned pcpus = t->lines[0].now.pcpus;

    if (show->look.pcpu < pcpus)
        return STATUS_OK;
    return error_set(&show->e, STATUS_USAGE, "--pcpu %u: the machine has %u",
                     show->look.pcpu, pcpus);
}

static enum status draw(struct show *show, struct tui *t)
{
    struct grid whole;

    t->look = show->look;
    t->stale = true;
    while (!t->lost && !tui_stands(t)) {
        tui_tick(t);
        tui_await(t, -1);
    }
    if (t->lost)
        return error_set(&show->e, STATUS_MEMORY,
                         "a machine's process is gone");
    if (tui_compose(t, &whole))
        grid_write(stdout, &whole, show->format, show->ascii);
    grid_free(&whole);
    return STATUS_OK;
}

static unsigned index_of(const struct view *view)
{
    unsigned i = 0;

    while (view_all[i] != view)
        i++;
    return i;
}

static enum status show_all(struct show *show, struct tui *t)
{
    enum status s = tui_start_all(t, show->config, &show->e);

    if (s != STATUS_OK)
        return s;
    tui_lay_out(t);
    s = go_there(show, t);
    if (s == STATUS_OK)
        s = check_pcpu(show, t);
    return s == STATUS_OK ? draw(show, t) : s;
}

int show_beside(struct show *show)
{
    struct tui *t = calloc(1, sizeof *t);
    enum status s;

    if (!t) {
        error_set(&show->e, STATUS_MEMORY, "out of memory");
        return command_fail(&show->e);
    }
    signal(SIGPIPE, SIG_IGN); /* a machine's process may be gone */
    t->printed = true;
    t->width = (unsigned)show->width;
    t->height = (unsigned)show->height;
    t->view = index_of(show->view);
    s = show_all(show, t);
    for (unsigned i = 0; i < tui_line_count(t); i++)
        tui_free_line(tui_line_at(t, i));
    free(t);
    return s == STATUS_OK ? 0 : command_fail(&show->e);
}
