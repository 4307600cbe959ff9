/*
 * tui_draw.c - the whole screen: views side by side, totals, the last row.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/tui_commands.h"

enum { CAPTION_ROWS = 3 };

/* Rows below the views: the totals of several machines, and the status. */
static unsigned rows_below(const struct tui *t)
{
    unsigned caption = t->script ? CAPTION_ROWS : 0;

    unsigned totals = t->count > 1 ? t->count + 1 : 0;

    return caption + tui_tab_rows(t) + totals + !t->printed;
}

static unsigned columns(const struct tui *t)
{
    return t->count > 1 ? 2 : 1;
}

static unsigned at_least_one(unsigned n)
{
    return n > 0 ? n : 1;
}

void tui_lay_out(struct tui *t)
{
    unsigned rows = (t->count + 1) / 2, below, height;

    if (!t->printed)
        screen_size(&t->width, &t->height);
    below = rows_below(t);
    height = t->height > below ? (t->height - below) / rows : 1;
    for (unsigned i = 0; i < t->count; i++) {
        t->lines[i].width = at_least_one(t->width / columns(t));
        t->lines[i].height = at_least_one(height);
    }
    t->stale = true;
}

static void copy_frame(const struct grid *frame, const struct pane *to)
{
    unsigned width = frame->width < to->width ? frame->width : to->width;

    for (unsigned y = 0; y < frame->height && y < to->height; y++)
        memcpy(&to->grid->cells[(size_t)(to->y + y) * to->grid->width + to->x],
               &frame->cells[(size_t)y * frame->width],
               width * sizeof *frame->cells);
}

/* Several hosts: the same time, and what was done in it. */
static void draw_host_totals(const struct tui *t, const struct pane *p)
{
    pane_put(p, place(1, 0), STYLE_DIM,
             "since power-on:                       ms    decisions     "
             "switches      moves  lock holders preempted");
    for (unsigned i = 0; i < t->count; i++) {
        const struct seat_reply *n = &t->lines[i].now;

        char text[TUI_STATUS_BYTES];

        pane_put(p, place(1, 1 + i), STYLE_STRONG,
                 tui_line_text(t, &t->lines[i], text));
        pane_printf(p, place(30, 1 + i), STYLE_PLAIN,
                    "%11.3f %12" PRIu64 " %12" PRIu64 " %10" PRIu64
                    " %10" PRIu64,
                    n->khz ? (double)n->cycle / (double)n->khz : 0,
                    n->host[FIGURE_DECISIONS], n->host[FIGURE_SWITCHES],
                    n->host[FIGURE_MIGRATIONS], n->host[FIGURE_LOCK_HOLDERS]);
    }
}

enum { TOTALS_WIDTH = 58, LEAST_WIDTH = 80 };

/* The same work: who is ahead, and what it cost so far. */
static void draw_totals(const struct tui *t, const struct pane *p)
{
    uint64_t first = t->lines[0].now.done_cycles;
    unsigned x =
        (p->width > LEAST_WIDTH ? p->width * 3 / 4 + 20 : LEAST_WIDTH) -
        TOTALS_WIDTH;

    x = x > 70 ? 70 : x;
    pane_put(p, place(1, 0), STYLE_DIM, "since it began:");
    pane_put(p, place(x, 0), STYLE_DIM,
             "         cycles   times   instructions    exits walk refs");
    for (unsigned i = 0; i < t->count; i++) {
        const struct seat_reply *n = &t->lines[i].now;
        const struct pane label = pane_part(p, 1, 1 + i, x - 1, 1);
        char cycles[32], instructions[32], exits[32], refs[32];
        char text[TUI_STATUS_BYTES];

        pane_put(&label, place(0, 0), STYLE_STRONG,
                 tui_line_text(t, &t->lines[i], text));
        pane_printf(p, place(x, 1 + i), STYLE_PLAIN, "%15s %7.3f %14s %8s %9s",
                    format_count(n->done_cycles, cycles, sizeof cycles),
                    first ? (double)n->done_cycles / (double)first : 0,
                    format_count(n->done_instructions, instructions,
                                 sizeof instructions),
                    format_count(n->done_exits, exits, sizeof exits),
                    format_count(n->done_refs, refs, sizeof refs));
    }
}

static bool is_blank(const struct pane *p, unsigned from, unsigned to)
{
    const struct cell *row = &p->grid->cells[(size_t)p->y * p->grid->width];

    for (unsigned x = from; x < to; x++)
        if (x >= p->width ||
            (row[p->x + x].character != ' ' && row[p->x + x].character != 0))
            return false;
    return true;
}

/* In the title row: which timeline it is, and whether the keys are of it. */
static void draw_title(const struct tui *t, const struct pane *p, unsigned i)
{
    unsigned x = (unsigned)strlen(view_all[t->view]->title) + 3;
    char text[TUI_STATUS_BYTES];

    if (t->count > 1 && i == t->focus && !t->printed)
        pane_put(p, place(0, 0), STYLE_TITLE, ">");
    if (!tui_has_timelines(t))
        return;
    snprintf(text, sizeof text, "%u %s", t->lines[i].number, t->lines[i].set);
    if (!is_blank(p, x, x + (unsigned)strlen(text)))
        text[strcspn(text, " ")] = '\0';
    if (is_blank(p, x, x + (unsigned)strlen(text)))
        pane_put(p, place(x, 0), STYLE_TITLE, text);
}

/* How far a move is that takes its time. */
static unsigned draw_travel(const struct tui *t, const struct pane *p)
{
    const struct seat_reply *now = &t->lines[0].now;
    unsigned x = pane_put(p, place(1, 0), STYLE_TITLE, "travelling");
    char cycle[32];

    if (now->reason != STOPPED_UNDERWAY)
        return x;
    x = pane_printf(p, place(x, 0), STYLE_TITLE, ": at cycle %s",
                    format_count(now->cycle, cycle, sizeof cycle));
    if (now->percent)
        x = pane_printf(p, place(x, 0), STYLE_TITLE, ", %u %%", now->percent);
    return pane_put(p, place(x, 0), STYLE_TITLE, "; Esc stops");
}

/* "stands, unlimited"; the speed makes way for a message that needs room. */
static unsigned draw_pace(const struct tui *t, const struct pane *p)
{
    const char *state = t->runs ? "runs" : "stands";
    const char *speed = tui_speed_text(t);
    size_t chars = strlen(state) + strlen(speed) + strlen(t->status) + 6;

    if (chars > p->width)
        return pane_put(p, place(1, 0), STYLE_TITLE, state);
    return pane_printf(p, place(1, 0), STYLE_TITLE, "%s, %s", state, speed);
}

/* The last row: what is typed, or how things stand. */
static void draw_status(const struct tui *t, const struct pane *p)
{
    unsigned x;

    pane_fill(p, 0, 0, STYLE_TITLE, ' ');
    if (t->prompt) {
        tui_draw_prompt(t, p);
        return;
    }
    x = tui_travels(t) ? draw_travel(t, p) : draw_pace(t, p);
    pane_put(p, place(x + 2, 0), STYLE_TITLE,
             t->user_waited ? "space goes on"
             : t->status[0] ? t->status
                            : "? help  space run  q leave");
}

static void draw_caption(const struct tui *t, const struct pane *all)
{
    unsigned below = CAPTION_ROWS + 1 + tui_tab_rows(t);
    const struct pane part =
        pane_part(all, 1, all->height > below ? all->height - below : 0,
                  all->width - 2, CAPTION_ROWS);

    pane_wrap(&part, 0, STYLE_MEMORY, t->caption);
}

static void draw_help(const struct tui *t, const struct pane *all)
{
    const struct pane body = pane_part(all, 0, 1, all->width, tui_help_rows(t));

    for (unsigned y = 0; y < body.height; y++)
        pane_fill(&body, 0, y, STYLE_PLAIN, ' ');
    tui_draw_help(t, &body);
}

bool tui_compose(struct tui *t, struct grid *whole)
{
    struct pane all, part;

    if (!grid_init(whole, t->width, t->height))
        return false;
    all = grid_pane(whole);
    for (unsigned i = 0; i < t->count; i++) {
        const struct tui_line *line = &t->lines[i];

        part = pane_part(&all, i % 2 * line->width, i / 2 * line->height,
                         line->width, line->height);
        copy_frame(&line->frame, &part);
        draw_title(t, &part, i);
    }
    part =
        pane_below(&all, t->height > rows_below(t) ? t->height - rows_below(t)
                                                   : t->height);
    if (t->count > 1 && t->scenario)
        draw_host_totals(t, &part);
    else if (t->count > 1)
        draw_totals(t, &part);
    if (t->script)
        draw_caption(t, &all);
    if (t->help)
        draw_help(t, &all);
    part = pane_below(&all, t->height - 1 - tui_tab_rows(t));
    if (tui_tab_rows(t))
        tui_draw_tabs(t, &part);
    if (t->list == LIST_STOPS)
        tui_draw_stops(t, &all);
    if (t->list == LIST_MARKS)
        tui_draw_marks(t, &all);
    if (t->lists_timelines)
        tui_draw_timelines(t, &all);
    if (t->prompt && t->lists)
        tui_draw_candidates(t, &all);
    part = pane_below(&all, t->height - 1);
    if (!t->printed)
        draw_status(t, &part);
    return true;
}

void tui_draw(struct tui *t)
{
    struct grid whole;

    if (tui_compose(t, &whole))
        screen_draw(&t->screen, &whole);
    grid_free(&whole);
}
