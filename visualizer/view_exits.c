/*
 * view_exits.c - trips into the hypervisor by reason, as kvm_stat has them; the
 * last ones of a reason, and what their handlers did.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim/machine/report.h"
#include "visualizer/course.h"
#include "visualizer/exit_words.h"
#include "visualizer/scene.h"

extern const struct view view_exits;

enum {
    NAME_WIDTH = 19,
    WIDE = 110,       /* from here on figures are written out */
    BESIDE = 150,     /* ... and a handler's deeds stand beside the cause */
    LEAST_DETAIL = 7, /* rows: what a look at single exits needs */
};

static enum vmexit reason_of(enum counter row)
{
    return (enum vmexit)(row - COUNTER_EXIT_REASON_EXCEPTION);
}

/* The reasons that occurred, filtered, by falling cycles. */
struct reasons {
    struct exit_times times;
    struct exit_time sum;
    enum counter rows[VMEXIT_COUNT];
    unsigned count;
};

static const char *name_of(enum vmexit reason)
{
    return counter_info(counter_of_exit(reason))->name + sizeof "exit." - 1;
}

static void gather(const struct scene *s, struct reasons *r)
{
    int all[VMEXIT_COUNT], count;

    *r = (struct reasons){.times = scene_exits(s)};
    count = exit_times_order(&r->times, all);
    for (int i = 0; i < count; i++) {
        exit_time_merge(&r->sum, &r->times.of[all[i]]);
        if (scene_wants(s, name_of((enum vmexit)all[i])))
            r->rows[r->count++] = counter_of_exit((enum vmexit)all[i]);
    }
}

/* What all the rows of a table have in common. */
struct table_look {
    const struct scene *s;
    const struct pane *p;
    struct course course;
    bool has_course, has_lately;
    struct run_point lately;
    uint64_t lately_cycles, all_cycles;
    unsigned chart_x;
};

static void begin_table(struct table_look *t, const struct scene *s,
                        const struct pane *p)
{
    bool wide = p->width >= WIDE;

    t->s = s;
    t->p = p;
    t->chart_x = wide ? NAME_WIDTH + 67 : NAME_WIDTH + 49;
    t->has_lately = scene_lately(s, &t->lately, &t->lately_cycles);
    t->has_course =
        p->width > t->chart_x + 2 &&
        course_make(&t->course, s,
                    (enum course_part)view_part(&view_exits, s->look),
                    p->width - t->chart_x - 1);
    pane_put(p, place(2, 0), STYLE_DIM, "reason");
    pane_put(p, place(NAME_WIDTH, 0), STYLE_DIM,
             wide ? "      exits  /s now         cycles  share  least average"
                    "       most"
                  : "  exits /s now cycles  share  least    avg   most");
    if (t->has_course)
        pane_printf(p, place(t->chart_x + 1, 0), STYLE_DIM, "%s",
                    t->course.columns > 12 ? "when" : "");
}

static void draw_figures(const struct table_look *t, unsigned y,
                         enum counter counter, const struct exit_time *one,
                         double share)
{
    char n[5][SCENE_SHORT_BYTES], count[32], total[32], now[32] = "-";
    const struct pane *p = t->p;

    if (t->has_lately)
        scene_short(
            (uint64_t)scene_per_second(t->s, t->lately.counters.value[counter],
                                       t->lately_cycles),
            now);
    scene_short(one->least_cycles, n[0]);
    scene_short(one->total_cycles / one->count, n[1]);
    scene_short(one->most_cycles, n[2]);
    if (p->width >= WIDE)
        pane_printf(p, place(NAME_WIDTH, y), STYLE_PLAIN,
                    "%11s %7s %14s %5.1f%% %6s %7s %10s",
                    format_count(one->count, count, sizeof count), now,
                    format_count(one->total_cycles, total, sizeof total), share,
                    n[0], n[1],
                    format_count(one->most_cycles, n[3], sizeof n[3]));
    else
        pane_printf(
            p, place(NAME_WIDTH, y), STYLE_PLAIN,
            "%7s %6s %6s %5.1f%% %6s %6s %6s", scene_short(one->count, n[3]),
            now, scene_short(one->total_cycles, n[4]), share, n[0], n[1], n[2]);
}

static void draw_row(const struct table_look *t, unsigned y, const char *name,
                     enum counter counter, const struct exit_time *one)
{
    draw_figures(t, y, counter, one,
                 scene_percent(one->total_cycles, t->all_cycles));
    pane_put(t->p, place(2, y), STYLE_PLAIN, name);
    if (t->has_course)
        course_sparkline(&t->course, course_counter(counter), t->p,
                         place(t->chart_x + 1, y), STYLE_HYPERVISOR);
}

/* Returns the rows that it took. */
static unsigned draw_table(const struct scene *s, const struct reasons *r,
                           const struct pane *p)
{
    struct table_look t;
    unsigned room = p->height > 2 ? p->height - 2 : 0, y = 1;
    unsigned chosen = scene_chosen(s, r->rows, r->count);
    unsigned first = chosen >= room ? chosen - room + 1 : 0;

    begin_table(&t, s, p);
    t.all_cycles = r->sum.total_cycles;
    for (unsigned i = first; i < r->count && y <= room; i++, y++) {
        enum vmexit reason = reason_of(r->rows[i]);

        draw_row(&t, y, name_of(reason), r->rows[i], &r->times.of[reason]);
        if (i == chosen)
            pane_put(p, place(0, y), STYLE_CURSOR, "\u25b6");
    }
    draw_row(&t, y, "all", COUNTER_EXIT_TOTAL, &r->sum);
    return y + 1;
}

/* What the handler did, and where the guest was: beside the cause, ... */
static void draw_deed_beside(const struct scene *s, const struct exit_entry *e,
                             const struct pane *p, struct place at)
{
    char deed[EXIT_WORDS_BYTES], where[SCENE_PLACE_BYTES];
    unsigned x =
        pane_put(p, at, STYLE_HYPERVISOR, exit_deed_words(e, deed)) + 2;

    pane_put(p, place(x, at.y), STYLE_DIM, scene_place(s, e->rip, where));
}

/* ... or below it; returns the rows that it took. */
static unsigned draw_deed_below(const struct scene *s,
                                const struct exit_entry *e,
                                const struct pane *p)
{
    char deed[EXIT_WORDS_BYTES], where[SCENE_PLACE_BYTES];
    char text[sizeof deed + sizeof where + 8];

    scene_place(s, e->rip, where);
    snprintf(text, sizeof text, "%s%s%s", exit_deed_words(e, deed),
             where[0] ? "; at " : "", where);
    return pane_wrap(p, 0, STYLE_HYPERVISOR, text);
}

/* One exit; returns the rows that it took. */
static unsigned draw_exit(const struct scene *s, const struct exit_entry *e,
                          const struct pane *p)
{
    char cause[EXIT_WORDS_BYTES], cycle[32], took[SCENE_SHORT_BYTES];
    struct pane below;
    unsigned x;

    pane_printf(p, place(1, 0), STYLE_PLAIN, "%14s %6s ",
                format_count(e->begin_cycle, cycle, sizeof cycle),
                scene_short(e->cycles, took));
    x = pane_put(p, place(23, 0), STYLE_STRONG, exit_cause_words(e, cause)) + 4;
    if (p->width >= BESIDE) {
        draw_deed_beside(s, e, p, place(x > 90 ? x : 90, 0));
        return 1;
    }
    below = pane_part(p, 4, 1, p->width - 4, p->height - 1);
    return 1 + draw_deed_below(s, e, &below);
}

/* The last exits of a reason, the youngest first. */
static void draw_last(const struct scene *s, enum vmexit reason,
                      const struct pane *p)
{
    const struct exit_log *log = scene_exit_log(s);
    const struct exit_entry *e;
    struct pane head = pane_part(p, 1, 0, p->width - 1, p->height);
    char heading[EXIT_WORDS_BYTES];
    unsigned y;

    snprintf(heading, sizeof heading, "the last exits: %s - %s",
             name_of(reason), counter_info(counter_of_exit(reason))->sentence);
    y = pane_wrap(&head, 0, STYLE_STRONG, heading);
    pane_put(p, place(1, y++), STYLE_DIM,
             "         cycle   took why, and what the handler did");
    for (unsigned i = 0; log && y < p->height; i++) {
        struct pane rest = pane_below(p, y);

        e = exit_log_back(log, reason, i);
        if (!e)
            return;
        y += draw_exit(s, e, &rest);
    }
}

/* Rows of the table; what is left is for single exits. */
static unsigned table_height(const struct scene *s, const struct reasons *r,
                             unsigned height)
{
    unsigned all = r->count + 2, most = height / 2 > 5 ? height / 2 : 5;

    if (s->look->open)
        return 0;
    if (height < LEAST_DETAIL + 5)
        return height;
    return all < most ? all : most;
}

static void draw(const struct scene *s, const struct pane *p)
{
    struct reasons r;
    struct pane part;
    unsigned height;

    gather(s, &r);
    if (r.sum.count == 0) {
        pane_put(p, place(1, 0), STYLE_DIM,
                 "no exits: nobody but the guest has run yet");
        return;
    }
    height = table_height(s, &r, p->height);
    part = pane_part(p, 0, 0, p->width, height);
    if (height > 0)
        height = draw_table(s, &r, &part) + 1;
    if (r.count == 0 || height + LEAST_DETAIL - 2 > p->height)
        return;
    part = pane_below(p, height);
    draw_last(s, reason_of(r.rows[scene_chosen(s, r.rows, r.count)]), &part);
}

static unsigned rows(const struct scene *s, enum counter to[COUNTER_COUNT])
{
    struct reasons r;

    gather(s, &r);
    for (unsigned i = 0; i < r.count; i++)
        to[i] = r.rows[i];
    return r.count;
}

const struct view view_exits = {
    .parts = course_parts,
    .name = "exits",
    .key = '7',
    .title = "Exits",
    .sentence = "trips into the hypervisor: how many, how long, why; the last",
    .help =
        "A row for each reason, named as in the Intel SDM's table of basic "
        "exit reasons: how often since the program began (or since power-on), "
        "how often in a second of simulated time lately, the cycles from exit "
        "to entry, world switch included, their share of all, and the least, "
        "average and most that one took; then when they came (t: in the whole "
        "run, since the program began, lately). j and k choose a row. Below "
        "are the last exits of its reason: when, how long, why, what the "
        "handler did, and where the guest was; enter gives them the screen. n "
        "and N go to the next one and the one before.\n"
        "Try: the same program under shadow and nested; then "
        "--set exit.roundtrip_cycles twice as dear.",
    .rows = rows,
    .draw = draw,
};
