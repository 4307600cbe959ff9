/*
 * tui_keys.c - what each key does (keys.def).
 */
#include <string.h>

#include "sim/record/counters.h"
#include "visualizer/keys.h"
#include "visualizer/tui.h"

#define KEY(key, name, action, argument, sentence)                             \
    {key, name, ACTION_##action, argument, sentence},
const struct key_info key_all[] = {
#include "visualizer/keys.def"
    {0, NULL, ACTION_QUIT, 0, NULL},
};
#undef KEY

void tui_turn_to(struct tui *t, unsigned view)
{
    t->view = view;
    t->look.top = t->look.part = t->look.zoom = 0;
    t->look.chosen = 0;
    t->look.open = false;
    t->help = 0;
    t->stale = true;
}

void tui_scroll(struct tui *t, int rows)
{
    t->look.chosen = 0;
    if (rows < 0 && t->look.top < (unsigned)-rows)
        t->look.top = 0;
    else
        t->look.top = (unsigned)((int)t->look.top + rows);
    t->stale = true;
}

static void run_or_pause(struct tui *t)
{
    t->runs = !t->runs;
    t->ran = false;
    t->stale = true;
    t->due_ms = 0;
    if (t->runs && !tui_is_moving(t))
        tui_leave_trace(t);
}

static struct milestone growth_of(const struct key_info *k)
{
    if (k->action == ACTION_HOST_NEXT || k->action == ACTION_HOST_PREVIOUS)
        return (struct milestone){.figure = (enum figure)k->argument};
    return (struct milestone){.figure = FIGURE_COUNTER,
                              .counter = (enum counter)k->argument};
}

static void turn_by(struct tui *t, const struct key_info *k)
{
    unsigned views = 0;

    while (view_all[views])
        views++;
    tui_turn_to(t, (t->view + (unsigned)k->argument) % views);
}

static void zoom_by(struct tui *t, int steps)
{
    if (steps < 0 && t->look.zoom > 0)
        t->look.zoom--;
    else if (steps > 0 && t->look.zoom < LOOK_MOST_ZOOM)
        t->look.zoom++;
}

static void pin_chosen(struct tui *t)
{
    if (!view_all[t->view]->rows || t->look.chosen == 0)
        tui_say(t, "there is no row here to choose; Exits and Counters have");
    else if (!look_pin(&t->look, (enum counter)(t->look.chosen - 1)))
        tui_say(t, "%d counters are all that can be pinned; :unpin", LOOK_PINS);
}

/* What is looked at. */
static void look(struct tui *t, const struct key_info *k)
{
    if (k->action == ACTION_PCPU) {
        unsigned pcpus = t->lines[t->focus].now.pcpus;

        t->look.pcpu = pcpus ? (t->look.pcpu + 1) % pcpus : 0;
    } else if (k->action == ACTION_FOCUS) {
        t->focus = (t->focus + 1) % t->count;
    } else if (k->action == ACTION_PART) {
        t->look.part = view_part(view_all[t->view], &t->look) + 1;
        if (!view_all[t->view]->rows)
            t->look.top = 0;
    } else if (k->action == ACTION_OPEN) {
        t->look.open = !t->look.open;
    } else if (k->action == ACTION_PIN) {
        pin_chosen(t);
    } else if (k->action == ACTION_ZOOM) {
        zoom_by(t, k->argument);
    } else {
        tui_scroll(t, k->argument);
    }
    t->stale = true;
}

/* The terminal's own affairs, and what is above the view. */
static void mind_terminal(struct tui *t, const struct key_info *k)
{
    if (k->action == ACTION_SUSPEND)
        screen_suspend(&t->screen);
    else if (k->action == ACTION_PROMPT)
        tui_open_prompt(t, (char)k->argument);
    else if (k->action == ACTION_HELP)
        tui_turn_help(t);
    else
        screen_redraw();
    t->stale = true;
}

/* To where it happens next, or happened last. */
static void move_along(struct tui *t, enum action action,
                       const struct milestone *m)
{
    if (!tui_counts(t, m)) {
        t->times = 0;
        return;
    }
    if (action == ACTION_NEXT || action == ACTION_HOST_NEXT ||
        action == ACTION_NEXT_PICKED)
        tui_move(t, SEAT_NEXT, m);
    else
        tui_previous(t, m);
}

static void stop_or_leave_help(struct tui *t)
{
    if (!t->help)
        tui_stop(t);
    t->help = 0;
}

/* To where the row that is chosen counts. */
static void move_picked(struct tui *t, enum action action)
{
    const struct milestone m = {.figure = FIGURE_COUNTER,
                                .counter = (enum counter)(t->look.chosen - 1)};

    if (!view_all[t->view]->rows || t->look.chosen == 0)
        tui_say(t, "there is no row here to choose; Exits and Counters have");
    else
        move_along(t, action, &m);
}

static void act(struct tui *t, const struct key_info *k)
{
    const struct milestone m = growth_of(k);

    switch (k->action) {
    case ACTION_RUN:
        run_or_pause(t);
        break;
    case ACTION_STOP:
        stop_or_leave_help(t);
        break;
    case ACTION_MOVE:
        tui_move(t, (enum seat_act)k->argument, NULL);
        break;
    case ACTION_MICRO:
        tui_micro_step(t, k->argument);
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
    case ACTION_HOST_NEXT:
    case ACTION_HOST_PREVIOUS:
        move_along(t, k->action, &m);
        break;
    case ACTION_NEXT_PICKED:
    case ACTION_PREVIOUS_PICKED:
        move_picked(t, k->action);
        break;
    case ACTION_SPEED:
        tui_set_speed(t, k->argument);
        break;
    case ACTION_SCROLL:
    case ACTION_PCPU:
    case ACTION_FOCUS:
    case ACTION_PART:
    case ACTION_OPEN:
    case ACTION_PIN:
    case ACTION_ZOOM:
        look(t, k);
        break;
    case ACTION_VIEW:
        turn_by(t, k);
        break;
    case ACTION_QUIT:
        t->quit = true;
        break;
    case ACTION_PROMPT:
    case ACTION_HELP:
    case ACTION_SUSPEND:
    case ACTION_REDRAW:
        mind_terminal(t, k);
        break;
    }
}

void tui_take_key(struct tui *t, unsigned key)
{
    t->status[0] = '\0';
    t->lists_timelines = false;
    t->list = LIST_NONE;
    if (t->user_waited && key == ' ') {
        t->user_waited = false;
        return;
    }
    for (unsigned i = 0; view_all[i]; i++)
        if ((unsigned)view_all[i]->key == key) {
            tui_turn_to(t, i);
            return;
        }
    for (const struct key_info *k = key_all; k->name; k++)
        if ((unsigned)k->key == key) {
            act(t, k);
            return;
        }
}
