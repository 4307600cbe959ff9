#include "visualizer/tui_start.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/terminal.h"
#include "visualizer/seat_start.h"
#include "visualizer/tui.h"

enum { KILLED = 128 };

/* A machine for each technique that was asked for. */
static enum status start_machines(struct tui *t, const struct config *config,
                                  struct error *e)
{
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < config->technique_count && s == STATUS_OK; i++) {
        if (i == TUI_MAX_LINES)
            return error_set(e, STATUS_USAGE, "tui: at most %d techniques",
                             TUI_MAX_LINES);
        t->lines[i].name = config->techniques[i]->name;
        s = seat_start(config, config->techniques[i], &t->lines[i].fd, e);
        t->count += s == STATUS_OK;
    }
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
    if (start_machines(&tui, o->config, &e) != STATUS_OK)
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
