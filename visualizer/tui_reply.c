/*
 * tui_reply.c - what the machine answers.
 */
#include <inttypes.h>

#include "sim/machine/letter.h"
#include "visualizer/tui.h"

/* The row stays chosen when the list is another; unless the user has chosen
   anew meanwhile. */
static void follow_choice(struct tui *t, const struct seat_reply *now)
{
    if (!view_all[t->view]->rows || t->look.top != now->asked.top ||
        t->look.chosen != now->asked.chosen)
        return;
    t->look.top = now->chosen.top;
    t->look.chosen = now->chosen.chosen;
}

static void take_frame(struct tui *t, struct tui_line *line)
{
    const struct seat_reply *now = &line->now;
    size_t bytes = (size_t)now->width * now->height * sizeof *line->frame.cells;

    line->frame_asked = false;
    if (line == t->lines)
        follow_choice(t, now);
    grid_free(&line->frame);
    if (!grid_init(&line->frame, now->width, now->height) ||
        !letter_receive(line->fd, line->frame.cells, bytes))
        tui_lose_line(line);
}

static bool all_ended(const struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (!t->lines[i].now.ended)
            return false;
    return true;
}

static void say_watch(struct tui *t, const struct tui_line *line,
                      const char *who)
{
    const char *when = t->meets_late ? "is written next" : "was written";
    const struct tui_stop *cell =
        line->now.is_cell ? tui_stop_of(t, TUI_STOP_CELL, line->now.cell)
                          : NULL;
    uint64_t at = line->now.touched.v;
    const char *space = "gva";

    if (cell) { /* as it was typed */
        at = cell->at;
        space = cell->guest ? "gpa" : "hpa";
    }
    tui_say(t, "%s: %s 0x%" PRIx64 " %s", who, space, at, when);
}

static void say_trip(struct tui *t, const struct tui_line *line,
                     const char *who)
{
    const struct tui_stop *stop =
        tui_stop_of(t, TUI_STOP_COUNTER, line->now.trip);
    struct milestone m;

    if (!stop) /* it was deleted meanwhile */
        return;
    m = debugger_trip_milestone(&stop->trip);
    if (m.measured)
        tui_say(t, "%s: %s is %" PRIu64, who, milestone_name(&m), m.value);
    else
        tui_say(t, "%s: %s has grown", who, milestone_name(&m));
}

/* Is it a breakpoint or the like?  Then it says so. */
static bool say_stop(struct tui *t, const struct tui_line *line)
{
    const char *who = t->count > 1 ? line->name : "stopped";
    char name[TUI_PLACE_BYTES];

    if (line->now.found[0]) { /* each has its own; the focus speaks */
        if (line == &t->lines[t->focus])
            tui_say(t, "%s", line->now.found);
        return false;
    }
    switch (line->now.reason) {
    case STOPPED_ADDRESS:
        tui_say(t, "%s: at a breakpoint, %s", who,
                tui_place_text(t, line->now.touched.v, name));
        return true;
    case STOPPED_WATCH:
        say_watch(t, line, who);
        return true;
    case STOPPED_COUNTER:
        say_trip(t, line, who);
        return true;
    case STOPPED_STEP:
    case STOPPED_BEGIN:
    case STOPPED_NEVER:
    case STOPPED_END:
    case STOPPED_INTERRUPT:
    case STOPPED_UNDERWAY:
        break;
    }
    return false;
}

/* One of several stopped; whose instruction counts, where all shall be? */
static void note_meeting(struct tui *t, const struct tui_line *line)
{
    uint64_t at = tui_way_of(t, line);

    if (!t->meets || (t->meets_late ? at > t->meet : at < t->meet))
        t->meet = at;
    t->meets = true;
}

/* All have arrived: who is elsewhere goes where the one is that stopped. */
static void meet(struct tui *t)
{
    const struct milestone m = {.figure = t->scenario ? FIGURE_CYCLES
                                                      : FIGURE_COUNTER,
                                .counter = COUNTER_INSTRUCTIONS_USER,
                                .value = t->meet};

    t->meets = false;
    for (unsigned i = 0; i < t->count; i++)
        if (tui_way_of(t, &t->lines[i]) != t->meet)
            tui_ask(t, &t->lines[i], SEAT_REACH, &m);
}

/* Where it arrived is no stop: what else there is to say. */
static void say_arrival(struct tui *t, const struct tui_line *line)
{
    if (line->now.found[0])
        return;
    if (line->now.reason == STOPPED_BEGIN) {
        t->runs = false;
        tui_say(t, "this is the beginning");
    } else if (line->now.reason == STOPPED_INTERRUPT) {
        t->runs = false;
        t->wish_count = 0;
        tui_say(t, "stopped on the way");
    } else if (all_ended(t)) {
        t->runs = false;
        t->wish_count = 0;
        if (!t->status[0] || line->now.reason == STOPPED_END)
            tui_say(t, "the run has ended: %s; the way back is open",
                    line->now.text);
    }
}

/* What was looked for is not in the past: it is where it was. */
static void stay(struct tui *t, struct tui_line *line)
{
    t->wish_count = 0;
    tui_say(t, "no %s before this moment", milestone_name(&t->before));
    tui_ask(t, line, SEAT_REACH, &line->home);
}

static void take_move(struct tui *t, struct tui_line *line)
{
    const bool steps_back = line->steps_back;

    line->moving = line->steps_back = line->run_asked = false;
    line->stop_asked = false;
    t->stale = true;
    if (say_stop(t, line)) {
        t->runs = false;
        t->wish_count = 0;
        note_meeting(t, line);
    } else if (steps_back && line->now.reason == STOPPED_STEP) {
        tui_ask(t, line, SEAT_HERE, &t->before);
    } else if (line->now.reason == STOPPED_NEVER && !line->now.found[0]) {
        stay(t, line);
    } else {
        say_arrival(t, line);
    }
    if (t->meets && !tui_is_moving(t))
        meet(t);
}

void tui_take_reply(struct tui *t, struct tui_line *line)
{
    if (!letter_receive(line->fd, &line->now, sizeof line->now) ||
        line->now.failed)
        tui_lose_line(line);
    else if (line->now.frame)
        take_frame(t, line);
    else if (line->now.reason != STOPPED_UNDERWAY)
        take_move(t, line);
}
