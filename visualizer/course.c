#include "visualizer/course.h"

#include <string.h>

#include "visualizer/scene.h"

const char *const course_parts[] = {"run", "program", "recent", NULL};

static void add(struct course *c, const struct history_sample *point)
{
    if (c->count < COURSE_POINTS &&
        (c->count == 0 || point->cycle > c->points[c->count - 1]->cycle))
        c->points[c->count++] = point;
}

static void add_series(struct course *c, const struct history_series *s)
{
    for (unsigned i = 0; i < s->count; i++)
        add(c, &s->samples[i]);
}

/* Those of the ring that are younger than what is there. */
static void add_recent(struct course *c, const struct history *h)
{
    for (unsigned i = HISTORY_RECENT; i-- > 0;)
        if (history_recent(h, i))
            add(c, history_recent(h, i));
}

bool course_make(struct course *c, const struct scene *s, enum course_part part,
                 unsigned columns)
{
    const struct history *h = scene_history(s);

    memset(c, 0, sizeof *c);
    if (!h || columns == 0)
        return false;
    c->columns = columns;
    c->booting = !s->run->measuring;
    c->program_cycle = s->run->boot_end_cycle;
    c->boot_end.done = s->run->boot_end;
    c->boot_end.cycle = s->run->boot_end_cycle;
    c->now = history_take(s->run);
    if (part == COURSE_RUN || (part == COURSE_PROGRAM && c->booting)) {
        add(c, &c->begin);
        add_series(c, &h->boot);
    }
    if (part != COURSE_RECENT && !c->booting) {
        add(c, &c->boot_end);
        add_series(c, &h->program);
    }
    if (part == COURSE_RECENT && h->recent_total < HISTORY_RECENT)
        add(c, &c->begin);
    add_recent(c, h);
    add(c, &c->now);
    return c->count >= 2;
}

uint64_t course_cycle(const struct course *c, unsigned column)
{
    uint64_t begin = c->points[0]->cycle;
    uint64_t cycles = c->points[c->count - 1]->cycle - begin;

    /* Without overflow: a course may have 2^60 cycles. */
    return begin + cycles / c->columns * column +
           cycles % c->columns * column / c->columns;
}

static uint64_t value_of(const struct history_sample *sample, size_t field)
{
    uint64_t value;

    memcpy(&value, (const char *)sample + field, sizeof value);
    return value;
}

/* Since power-on, at a cycle of the course. */
static double value_at(const struct course *c, size_t field, uint64_t cycle)
{
    unsigned low = 0, high = c->count - 1;
    double from, to, share;

    while (high - low > 1) {
        unsigned middle = (low + high) / 2;

        if (c->points[middle]->cycle <= cycle)
            low = middle;
        else
            high = middle;
    }
    from = (double)value_of(c->points[low], field);
    to = (double)value_of(c->points[high], field);
    share = (double)(cycle - c->points[low]->cycle) /
            (double)(c->points[high]->cycle - c->points[low]->cycle);
    return from + (to - from) * share;
}

double course_growth(const struct course *c, size_t field, unsigned column)
{
    double growth = value_at(c, field, course_cycle(c, column + 1)) -
                    value_at(c, field, course_cycle(c, column));

    return growth > 0 ? growth : 0;
}

bool course_is_program(const struct course *c, unsigned column)
{
    uint64_t begin = course_cycle(c, column);
    uint64_t middle = begin + (course_cycle(c, column + 1) - begin) / 2;

    return !c->booting && middle >= c->program_cycle;
}

static const char *const eighths[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                      "\u2585", "\u2586", "\u2587", "\u2588"};

static double largest_growth(const struct course *c, size_t field)
{
    double most = 0;

    for (unsigned i = 0; i < c->columns; i++) {
        double growth = course_growth(c, field, i);

        most = growth > most ? growth : most;
    }
    return most;
}

void course_sparkline(const struct course *c, size_t field,
                      const struct pane *p, struct place at, enum style style)
{
    double most = largest_growth(c, field);

    for (unsigned i = 0; i < c->columns; i++) {
        double growth = course_growth(c, field, i);
        unsigned eighth = most > 0 ? (unsigned)(growth / most * 7.999) : 0;

        /* Less than a thousandth of an event is none. */
        if (growth >= 0.001)
            pane_put(p, place(at.x + i, at.y), style, eighths[eighth]);
    }
}

/* A bar of so many eighths of a row, upwards from the row above y. */
static void draw_bar(const struct pane *p, unsigned x, unsigned y,
                     unsigned parts, enum style style)
{
    for (; parts >= 8 && y > 0; parts -= 8)
        pane_put(p, place(x, --y), style, eighths[7]);
    if (parts > 0 && y > 0)
        pane_put(p, place(x, y - 1), style, eighths[parts - 1]);
}

void course_chart(const struct course *c, size_t field, const struct pane *p,
                  enum style style)
{
    unsigned bottom = p->height - 1, rows = bottom - 1;
    double most = largest_growth(c, field);
    char text[2][SCENE_SHORT_BYTES];

    pane_printf(p, place(1, 0), STYLE_DIM,
                "at most %s in %s cycles, which is a column",
                scene_short((uint64_t)(most + 0.5), text[0]),
                scene_short(course_cycle(c, 1) - course_cycle(c, 0), text[1]));
    for (unsigned i = 0; i < c->columns && most > 0; i++)
        draw_bar(p, 1 + i, bottom,
                 (unsigned)(course_growth(c, field, i) / most * rows * 8 + 0.5),
                 style);
    course_axis(c, p, place(1, bottom));
}

static unsigned first_of_program(const struct course *c)
{
    unsigned column = 0;

    while (column < c->columns && !course_is_program(c, column))
        column++;
    return column;
}

void course_axis(const struct course *c, const struct pane *p, struct place at)
{
    uint64_t cycles = c->points[c->count - 1]->cycle - c->points[0]->cycle;
    unsigned program = first_of_program(c), right;
    char text[SCENE_SHORT_BYTES];

    for (unsigned i = 0; i < c->columns; i++)
        pane_put(p, place(at.x + i, at.y), STYLE_DIM,
                 i < program ? "\u00b7" : "\u2500");
    right = (unsigned)strlen(scene_short(cycles, text)) + sizeof " cycles";
    if (c->columns <= right)
        return;
    right = c->columns - right;
    if (program > sizeof "boot" && right > sizeof "boot")
        pane_put(p, place(at.x, at.y), STYLE_KERNEL, "boot ");
    if (program + sizeof "program" < right)
        pane_put(p, place(at.x + program, at.y), STYLE_USER, "program ");
    pane_printf(p, place(at.x + right, at.y), STYLE_DIM, " %s cycles", text);
}
