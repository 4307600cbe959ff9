/*
 * tui_timelines.c - what if: machines that differ in a parameter.
 *
 * Model     `:set` starts a machine of its own with the parameter, from
 *           power-on, and has it run to the same place in the program: as many
 *           of the program's own instructions; a scenario to the same time.  So
 *           all of its figures compare.
 *           The machine that was there sleeps as it stands, and can be
 *           returned to, or shown beside the new one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/units.h"
#include "sim/machine/report.h"
#include "visualizer/tui.h"

static void put_to_sleep(struct tui *t, unsigned i)
{
    t->asleep[t->asleep_count++] = t->lines[i];
}

static struct tui_line wake(struct tui *t, unsigned i)
{
    const struct tui_line line = t->asleep[i];

    t->asleep_count--;
    memmove(&t->asleep[i], &t->asleep[i + 1],
            (t->asleep_count - i) * sizeof *t->asleep);
    return line;
}

enum { MOST_PAIRS = 8 };

/* "KEY VALUE KEY VALUE" or "KEY=VALUE"; the words point into text. */
static bool split(char *text, const char *pairs[2 * MOST_PAIRS + 1])
{
    unsigned count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(text, " =", &rest); word;
         word = strtok_r(NULL, " =", &rest)) {
        if (count == 2 * MOST_PAIRS)
            return false;
        pairs[count++] = word;
    }
    pairs[count] = NULL;
    return count > 0 && count % 2 == 0;
}

/* Where the program has come to in another run. */
static struct milestone place_of(const struct tui *t,
                                 const struct seat_reply *now)
{
    struct milestone m = {.figure = FIGURE_INSTRUCTIONS,
                          .value = now->instructions};

    if (t->scenario)
        m = (struct milestone){.figure = FIGURE_CYCLES, .value = now->cycle};
    else if (now->measuring)
        m = (struct milestone){.figure = FIGURE_COUNTER,
                               .counter = COUNTER_INSTRUCTIONS_USER,
                               .measured = true,
                               .value = now->done_user};
    m.at_end = now->ended;
    return m;
}

/* What was set before, and what is set now. */
static void note_set(struct tui_line *line, const struct tui_line *from,
                     const char *const *pairs)
{
    size_t used =
        (size_t)snprintf(line->set, sizeof line->set, "%s", from->set);

    for (; *pairs && used < sizeof line->set; pairs += 2)
        used +=
            (size_t)snprintf(line->set + used, sizeof line->set - used,
                             "%s%s=%s", used ? " " : "", pairs[0], pairs[1]);
}

/* A machine like from but for what text says. */
static enum status vary(struct tui *t, const struct tui_line *from,
                        const char *text, struct tui_line *line)
{
    struct config *own = malloc(sizeof *own);
    const char *pairs[2 * MOST_PAIRS + 1];
    char words[LINE_BYTES];
    struct error e = {"out of memory"};
    enum status s = own ? STATUS_OK : STATUS_MEMORY;

    *line = (struct tui_line){.config = own,
                              .own = own,
                              .technique = from->technique,
                              .varied = from->varied};
    snprintf(words, sizeof words, "%s", text);
    if (s == STATUS_OK && !split(words, pairs))
        s = error_set(&e, STATUS_USAGE,
                      "set: a parameter and its value, as memory 64M");
    if (s == STATUS_OK)
        s = config_vary(own, from->config, pairs, &e);
    if (s == STATUS_OK) {
        note_set(line, from, pairs);
        s = tui_start_line(t, line, &e);
        if (s == STATUS_OK)
            return s;
        config_vary_free(own);
    }
    free(own);
    tui_say(t, "%s", e.text);
    return s;
}

void tui_set_param(struct tui *t, const char *text)
{
    struct tui_line *place = &t->lines[t->focus], line;
    struct milestone m = place_of(t, &place->now);

    if (tui_line_count(t) == TUI_MAX_LINES) {
        tui_say(t, "%d timelines are all there are; :drop one", TUI_MAX_LINES);
        return;
    }
    if (vary(t, place, text, &line) != STATUS_OK)
        return;
    put_to_sleep(t, t->focus);
    *place = line;
    tui_lay_out(t);
    tui_ask(t, place, SEAT_REACH, &m);
    tui_say(t, "timeline %u, %s; :versus shows both, :timeline %u goes back",
            line.number, line.set, t->asleep[t->asleep_count - 1].number);
}

/* The one that text names, or the one that was left last; true if there is
 * one: its place in all. */
static bool find(struct tui *t, const char *text, unsigned *at)
{
    struct error e;
    uint64_t number;

    *at = tui_line_count(t) - 1;
    if (!text[0] && t->asleep_count > 0)
        return true;
    if (text[0] && units_parse(text, "", &number, &e) == STATUS_OK)
        for (*at = 0; *at < tui_line_count(t); (*at)++)
            if (tui_line_at(t, *at)->number == number)
                return true;
    tui_say(t,
            text[0] ? "no timeline %.20s; :timelines lists them"
                    : "no other timeline%s; :set KEY VALUE makes one",
            text);
    return false;
}

void tui_turn_timeline(struct tui *t, const char *text)
{
    char now[TUI_STATUS_BYTES];
    struct tui_line line;
    unsigned at;

    if (!find(t, text, &at))
        return;
    if (at < t->count) {
        t->focus = at;
    } else {
        line = wake(t, at - t->count);
        put_to_sleep(t, t->focus);
        t->lines[t->focus] = line;
    }
    tui_lay_out(t);
    tui_say(t, "timeline %s, as it was left",
            tui_line_text(t, &t->lines[t->focus], now));
}

static uint64_t way_of(const struct tui *t, const struct tui_line *line)
{
    return t->scenario ? line->now.cycle : line->now.done_user;
}

/* Who is behind comes up to who is furthest in the program. */
static void fall_in(struct tui *t)
{
    const struct tui_line *first = &t->lines[0];
    struct milestone m;

    for (unsigned i = 1; i < t->count; i++)
        if (way_of(t, &t->lines[i]) > way_of(t, first))
            first = &t->lines[i];
    m = place_of(t, &first->now);
    for (unsigned i = 0; i < t->count; i++)
        if (way_of(t, &t->lines[i]) < way_of(t, first))
            tui_ask(t, &t->lines[i], SEAT_REACH, &m);
}

/* In the order of their numbers. */
static void put_beside(struct tui *t, const struct tui_line *line)
{
    unsigned at = t->count;

    while (at > 0 && t->lines[at - 1].number > line->number) {
        t->lines[at] = t->lines[at - 1];
        at--;
    }
    t->lines[at] = *line;
    t->count++;
    if (t->focus >= at)
        t->focus++;
}

void tui_versus(struct tui *t, const char *text)
{
    struct tui_line line;
    unsigned at;

    if (!find(t, text, &at))
        return;
    if (at >= t->count) {
        line = wake(t, at - t->count);
        put_beside(t, &line);
    }
    tui_lay_out(t);
    fall_in(t);
    tui_say(t, "side by side; :only shows one alone");
}

void tui_only(struct tui *t, const char *text)
{
    struct tui_line line;
    unsigned at = t->focus;

    if (text[0] && !find(t, text, &at))
        return;
    if (at >= t->count) {
        tui_turn_timeline(t, text);
        at = t->focus;
    }
    line = t->lines[at];
    for (unsigned i = 0; i < t->count; i++)
        if (i != at)
            put_to_sleep(t, i);
    t->lines[0] = line;
    t->count = 1;
    t->focus = 0;
    tui_lay_out(t);
}

void tui_drop_timeline(struct tui *t, const char *text)
{
    struct tui_line line;
    unsigned at;

    if (!find(t, text, &at))
        return;
    if (at < t->count) {
        tui_say(t, "timeline %s is on the screen; :only another one first",
                text);
        return;
    }
    line = wake(t, at - t->count);
    tui_say(t, "timeline %u has ended", line.number);
    tui_free_line(&line);
}

/* Why it went; nothing else is lost by it. */
void tui_replace_gone(struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        struct tui_line gone = t->lines[i];

        if (!gone.gone)
            continue;
        if (t->asleep_count == 0) {
            t->lost = true;
            return;
        }
        t->lines[i] = wake(t, t->asleep_count - 1);
        tui_say(t, "timeline %u is lost: %s", gone.number,
                gone.now.failed ? gone.now.text : "its process has ended");
        tui_free_line(&gone);
        tui_lay_out(t);
    }
}

bool tui_has_timelines(const struct tui *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->lines[i].own)
            return true;
    return t->asleep_count > 0;
}

char *tui_line_text(const struct tui *t, const struct tui_line *line,
                    char text[static TUI_STATUS_BYTES])
{
    if (!tui_has_timelines(t))
        snprintf(text, TUI_STATUS_BYTES, "%s", line->name);
    else
        snprintf(text, TUI_STATUS_BYTES, "%u %s", line->number,
                 line->set[0] ? line->set : line->name);
    return text;
}

void tui_list_timelines(struct tui *t, const char *text)
{
    (void)text;
    t->lists_timelines = true;
}

static void draw_row(const struct tui *t, const struct pane *p, unsigned y,
                     const struct tui_line *line)
{
    char name[TUI_STATUS_BYTES], cycles[32], user[32];

    pane_fill(p, 0, y, STYLE_PLAIN, ' ');
    pane_printf(p, place(1, y), STYLE_PLAIN, "%15s %15s  %s",
                format_count(line->now.done_user, user, sizeof user),
                format_count(line->now.done_cycles, cycles, sizeof cycles),
                tui_line_text(t, line, name));
}

/* Above the last row. */
void tui_draw_timelines(const struct tui *t, const struct pane *all)
{
    unsigned rows = tui_line_count(t) + 2;
    struct pane p;

    if (all->height < rows + 2)
        return;
    p = pane_part(all, 0, all->height - 1 - rows, all->width, rows);
    pane_fill(&p, 0, 0, STYLE_PLAIN, 0x2500);
    pane_fill(&p, 0, 1, STYLE_PLAIN, ' ');
    pane_put(&p, place(1, 1), STYLE_DIM,
             "program's instr.          cycles  timeline, and what was set");
    for (unsigned i = 0; i < t->count; i++) {
        draw_row(t, &p, 2 + i, &t->lines[i]);
        pane_put(&p, place(0, 2 + i), STYLE_STRONG, ">");
    }
    for (unsigned i = 0; i < t->asleep_count; i++)
        draw_row(t, &p, 2 + t->count + i, &t->asleep[i]);
}
