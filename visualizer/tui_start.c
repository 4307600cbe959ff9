#include "visualizer/tui_start.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/terminal.h"
#include "visualizer/tui.h"

enum { KILLED = 128 };

static int leave(struct tui *t, const struct error *e)
{
    for (unsigned i = 0; i < t->count; i++) {
        if (t->lines[i].now.failed)
            e = NULL;
        if (t->lines[i].now.failed)
            fprintf(stderr, "ringside: %s: %s\n", t->lines[i].name,
                    t->lines[i].now.text);
    }
    if (e)
        fprintf(stderr, "ringside: %s\n", e->text);
    for (unsigned i = 0; i < tui_line_count(t); i++)
        tui_free_line(tui_line_at(t, i));
    return e || t->lost ? STATUS_USAGE : 0;
}

static int run_screen(void *data)
{
    const struct tui_options *o = data;
    struct error gone = {"tui: the machine's process is gone"}, e;
    struct tui tui;

    memset(&tui, 0, sizeof tui);
    if (tui_start_all(&tui, o->config, &e) != STATUS_OK)
        return leave(&tui, &e);
    tui.script = o->script;
    symbols_load(&tui.symbols, o->config);
    screen_open(&tui.screen, &o->shell, &o->screen);
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
