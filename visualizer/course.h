/*
 * course.h - the course of a run until now: what grew when.
 *
 * Model     the samples of a history (sim/machine/history.h), with its begin,
 *           the program's begin and now; between two of them everything is
 *           taken to have grown evenly.  A chart divides its part of the time
 *           into columns of as many cycles each.
 */
#ifndef VISUALIZER_COURSE_H
#define VISUALIZER_COURSE_H
#include <stddef.h>

#include "sim/machine/history.h"
#include "visualizer/grid.h"

struct scene;

enum course_part {
    COURSE_RUN,     /* from power-on */
    COURSE_PROGRAM, /* from its first instruction; before that, from power-on */
    COURSE_RECENT,  /* as far back as the finer samples reach */
};

/* Names of the parts, up to NULL: of views that show a course. */
extern const char *const course_parts[];

enum { COURSE_POINTS = 2 * HISTORY_SAMPLES + HISTORY_RECENT + 3 };

struct course {
    struct history_sample begin, boot_end, now;
    const struct history_sample *points[COURSE_POINTS];
    unsigned count;
    unsigned columns;
    bool booting;           /* the program has not begun */
    uint64_t program_cycle; /* valid if not: when it began */
};

/* In so many columns.  False: no history is kept. */
bool course_make(struct course *c, const struct scene *s, enum course_part part,
                 unsigned columns);

/* What is asked for: a field of struct history_sample. */
static inline size_t course_counter(enum counter counter)
{
    return offsetof(struct history_sample, done.counters.value) +
           sizeof(uint64_t) * (size_t)counter;
}
static inline size_t course_ledger(enum ledger_row row)
{
    return offsetof(struct history_sample, done.ledger.cycles) +
           sizeof(uint64_t) * (size_t)row;
}

/* How much the field grew in a column. */
double course_growth(const struct course *c, size_t field, unsigned column);

/* The cycle at which a column begins. */
uint64_t course_cycle(const struct course *c, unsigned column);

/* True if the program ran in the middle of the column. */
bool course_is_program(const struct course *c, unsigned column);

/*
 * How the field grew, a column of the pane's width each: one character of
 * eighths, of the largest growth; nothing at all stays blank.
 */
void course_sparkline(const struct course *c, size_t field,
                      const struct pane *p, struct place at, enum style style);

/*
 * The same as high as the pane: bars, with how much the largest one is, and the
 * axis below.  As many columns as the pane has but two.
 */
void course_chart(const struct course *c, size_t field, const struct pane *p,
                  enum style style);

/* A line that tells boot and program apart, and how long it all took. */
void course_axis(const struct course *c, const struct pane *p, struct place at);

#endif
