/*
 * view_counters.c - any counter: how many, how often, when.
 */
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/course.h"
#include "visualizer/explanation.h"
#include "visualizer/scene.h"

extern const struct view view_counters;

enum {
    WIDE = 130, /* from here on there is room for what a name means */
    COUNT_END = 40,
    CHART_X = 67,        /* the sparkline's */
    SENTENCE_WIDTH = 60, /* of a screen that is not VERY_WIDE */
    VERY_WIDE = 180,
    LONG_SENTENCE_WIDTH = 80,
    EXPLAIN_ROWS = 3,
    LEAST_EXPLAINED = 14, /* rows of the screen from which there is room */
};

bool look_is_pinned(const struct look *look, enum counter counter)
{
    for (unsigned i = 0; i < LOOK_PINS; i++)
        if (look->pins[i] == 1 + (unsigned)counter)
            return true;
    return false;
}

bool look_pin(struct look *look, enum counter counter)
{
    unsigned at = 0;

    while (at < LOOK_PINS && look->pins[at] != 0 &&
           look->pins[at] != 1 + (unsigned)counter)
        at++;
    if (at == LOOK_PINS)
        return false;
    if (look->pins[at] == 0) {
        look->pins[at] = 1 + (unsigned)counter;
        return true;
    }
    for (; at + 1 < LOOK_PINS; at++)
        look->pins[at] = look->pins[at + 1];
    look->pins[LOOK_PINS - 1] = 0;
    return true;
}

/* The pinned ones, then those that have counted and that the filter leaves. */
static unsigned rows_of(const struct scene *s, const struct counters *done,
                        enum counter to[COUNTER_COUNT])
{
    unsigned count = 0;

    while (count < LOOK_PINS && s->look->pins[count] != 0) {
        to[count] = (enum counter)(s->look->pins[count] - 1);
        count++;
    }
    for (int i = 0; i < COUNTER_COUNT; i++)
        if (done->value[i] != 0 && !look_is_pinned(s->look, (enum counter)i) &&
            scene_wants(s, counter_info((enum counter)i)->name))
            to[count++] = (enum counter)i;
    return count;
}

static unsigned rows(const struct scene *s, enum counter to[COUNTER_COUNT])
{
    const struct run_point done = scene_done(s);

    return rows_of(s, &done.counters, to);
}

/* What all rows of the table have in common. */
struct table_look {
    const struct scene *s;
    const struct pane *p;
    struct run_point done, lately;
    uint64_t lately_cycles;
    bool has_lately, has_course;
    struct course course;
    unsigned sentence_x; /* 0: no room */
};

static bool make_course(struct course *c, const struct scene *s,
                        unsigned columns)
{
    return course_make(
        c, s, (enum course_part)view_part(&view_counters, s->look), columns);
}

static void begin_table(struct table_look *t, const struct scene *s,
                        const struct pane *p)
{
    unsigned end = p->width - 1;

    t->s = s;
    t->p = p;
    t->done = scene_done(s);
    t->has_lately = scene_lately(s, &t->lately, &t->lately_cycles);
    t->sentence_x = p->width >= VERY_WIDE ? p->width - LONG_SENTENCE_WIDTH
                    : p->width >= WIDE    ? p->width - SENTENCE_WIDTH
                                          : 0;
    if (t->sentence_x)
        end = t->sentence_x - 2;
    t->has_course = end > CHART_X && make_course(&t->course, s, end - CHART_X);
    pane_put(
        p, place(1, 0), STYLE_DIM,
        " counter                        count /1000 in.      now  /s now");
    if (t->has_course)
        pane_put(p, place(CHART_X, 0), STYLE_DIM, "when");
    if (t->sentence_x)
        pane_put(p, place(t->sentence_x, 0), STYLE_DIM, "what");
}

static double per_thousand(uint64_t count, uint64_t instructions)
{
    return instructions ? 1000.0 * (double)count / (double)instructions : 0;
}

static void draw_row(const struct table_look *t, unsigned y, enum counter row)
{
    const struct counter_info *info = counter_info(row);
    uint64_t count = t->done.counters.value[row];
    uint64_t lately = t->lately.counters.value[row];
    char text[32];

    pane_put(t->p, place(2, y), STYLE_PLAIN, info->name);
    format_count(count, text, sizeof text);
    pane_put(t->p, place(COUNT_END - (unsigned)strlen(text), y), STYLE_STRONG,
             text);
    pane_printf(t->p, place(40, y), STYLE_PLAIN, "%9.2f",
                per_thousand(count, t->done.retired));
    if (t->has_lately)
        pane_printf(t->p, place(49, y), STYLE_PLAIN, "%9.2f %7s",
                    per_thousand(lately, t->lately.retired),
                    scene_short((uint64_t)scene_per_second(t->s, lately,
                                                           t->lately_cycles),
                                text));
    if (t->has_course)
        course_sparkline(&t->course, course_counter(row), t->p,
                         place(CHART_X, y), STYLE_GUEST);
    if (t->sentence_x)
        pane_put(t->p, place(t->sentence_x, y), STYLE_DIM, info->sentence);
}

static void draw_table(const struct scene *s, const struct pane *p,
                       const enum counter list[], unsigned count)
{
    struct table_look t;
    unsigned room = p->height > 1 ? p->height - 1 : 0;
    unsigned chosen = scene_chosen(s, list, count);
    unsigned first = chosen >= room ? chosen - room + 1 : 0;

    begin_table(&t, s, p);
    for (unsigned i = first; i < count && i - first < room; i++) {
        unsigned y = i - first + 1;

        draw_row(&t, y, list[i]);
        if (look_is_pinned(s->look, list[i]))
            pane_put(p, place(0, y), STYLE_STRONG, "\u25cf");
        if (i == chosen)
            pane_put(p, place(0, y), STYLE_CURSOR, "\u25b6");
    }
}

/* The counter alone: what it is, and a chart as high as there is room. */
static void draw_one(const struct scene *s, const struct pane *p,
                     enum counter row)
{
    struct course course;
    struct pane part = *p;

    part = pane_below(p, explanation_draw(s, counter_info(row)->name, p) + 1);
    if (part.height > 3 && part.width > 3 &&
        make_course(&course, s, part.width - 2))
        course_chart(&course, course_counter(row), &part, STYLE_GUEST);
}

static void draw(const struct scene *s, const struct pane *p)
{
    enum counter list[COUNTER_COUNT];
    unsigned count = rows(s, list), chosen = scene_chosen(s, list, count);
    struct pane table = *p, below;

    if (count == 0) {
        pane_put(p, place(1, 0), STYLE_DIM,
                 "nothing of that name has been counted yet");
        return;
    }
    if (s->look->open) {
        draw_one(s, p, list[chosen]);
        return;
    }
    if (p->height >= LEAST_EXPLAINED) {
        table.height = p->height - EXPLAIN_ROWS - 1;
        below = pane_below(p, table.height + 1);
        explanation_draw(s, counter_info(list[chosen])->name, &below);
    }
    draw_table(s, &table, list, count);
}

const struct view view_counters = {
    .parts = course_parts,
    .name = "counters",
    .key = 'c',
    .title = "Counters",
    .sentence = "every counter that has counted: how many, how often, when",
    .help =
        "Counts since the program began (or since power-on); how many there "
        "were for each thousand instructions, in all and lately, and in a "
        "second of simulated time lately; then when they came (t: in the whole "
        "run, since the program began, lately). Names are perf-like. j and k "
        "choose a row, whose name is explained below; enter shows it alone, "
        "as a chart. P pins it: it stays on top, whatever the filter (/) "
        "leaves; :pin NAME and :unpin do so by name. n and N go to the next "
        "time it counts and the one before.\n"
        "Try: / walk, choose walk.refs, n; or P on dtlb.l2.miss.",
    .rows = rows,
    .draw = draw,
};
