/*
 * view_ledger.c - where the cycles went: in all, and when.
 */
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/course.h"
#include "visualizer/scene.h"

extern const struct view view_ledger;

enum { TABLE_WIDTH = 50, LEAST_BESIDE = 120 };

/* The letter that stands for a row in the chart. */
static char letter_of(enum ledger_row row)
{
    static const char letters[LEDGER_COUNT] = {
        [LEDGER_USER] = 'u',       [LEDGER_KERNEL] = 'k',
        [LEDGER_STALL_L2] = '2',   [LEDGER_STALL_L3] = '3',
        [LEDGER_STALL_DRAM] = 'm', [LEDGER_TLB_L2_HIT] = 't',
        [LEDGER_WALK_GUEST] = 'g', [LEDGER_WALK_HOST] = 'h',
        [LEDGER_DELIVERY] = 'd',   [LEDGER_EXIT] = 'x',
        [LEDGER_HYPERCALL] = 'c',  [LEDGER_SHADOW] = 's',
        [LEDGER_DEVICE] = 'v',     [LEDGER_SMT] = 'b',
        [LEDGER_SCHEDULER] = 'q',  [LEDGER_IDLE] = '.',
        [LEDGER_STEAL] = '_',
    };

    return letters[row] ? letters[row] : '#'; /* a handler */
}

static enum style style_of(enum ledger_row row)
{
    switch (row) {
    case LEDGER_USER:
        return STYLE_USER;
    case LEDGER_KERNEL:
    case LEDGER_DELIVERY:
        return STYLE_KERNEL;
    case LEDGER_STALL_L2:
    case LEDGER_STALL_L3:
    case LEDGER_STALL_DRAM:
        return STYLE_MEMORY;
    case LEDGER_TLB_L2_HIT:
    case LEDGER_WALK_GUEST:
        return STYLE_GUEST;
    case LEDGER_WALK_HOST:
        return STYLE_HOST;
    case LEDGER_IDLE:
    case LEDGER_STEAL:
        return STYLE_DIM;
    default: /* handlers too, which vmexit.def makes */
        return STYLE_HYPERVISOR;
    }
}

/* Rows with cycles, by falling cycles; ties by number. */
static unsigned sort_rows(const struct scene *s, const struct ledger *l,
                          enum ledger_row order[])
{
    unsigned count = 0;

    for (int row = 0; row < LEDGER_COUNT; row++) {
        unsigned at = count;

        if (l->cycles[row] == 0 ||
            !scene_wants(s, ledger_info((enum ledger_row)row)->name))
            continue;
        for (; at > 0 && l->cycles[order[at - 1]] < l->cycles[row]; at--)
            order[at] = order[at - 1];
        order[at] = (enum ledger_row)row;
        count++;
    }
    return count;
}

static void draw_row(const struct pane *p, unsigned y, enum ledger_row row,
                     const struct ledger *l)
{
    uint64_t total = ledger_total(l);
    double share = scene_percent(l->cycles[row], total);
    struct bar bar = {
        .x = TABLE_WIDTH,
        .y = y,
        .width = p->width > TABLE_WIDTH + 1 ? p->width - TABLE_WIDTH - 1 : 0,
        .share = share / 100,
        .style = style_of(row)};
    char text[32];

    pane_put(p, place(1, y), style_of(row), ledger_info(row)->name);
    pane_printf(p, place(24, y), STYLE_PLAIN, "%14s %5.1f%%",
                format_count(l->cycles[row], text, sizeof text), share);
    pane_printf(p, place(47, y), style_of(row), "%c", letter_of(row));
    pane_bar(p, &bar);
}

/* Since the program began. */
static void draw_table(const struct scene *s, const struct pane *p)
{
    const struct ledger ledger = scene_done(s).ledger;
    enum ledger_row order[LEDGER_COUNT];
    unsigned count = sort_rows(s, &ledger, order), y = 1;
    char text[32];

    pane_put(p, place(1, 0), STYLE_DIM,
             "row                             cycles  share  chart");
    for (unsigned i = s->look->top; i < count && y + 1 < p->height; i++)
        draw_row(p, y++, order[i], &ledger);
    pane_printf(p, place(1, y), STYLE_STRONG, "%-22s %14s", "all",
                format_count(ledger_total(&ledger), text, sizeof text));
}

/* From the bottom of the chart: programs first, who waits or idles last. */
static unsigned chart_order(enum ledger_row order[LEDGER_COUNT])
{
    unsigned count = 0;

    for (int row = 0; row < LEDGER_COUNT; row++)
        if (row != LEDGER_IDLE && row != LEDGER_STEAL)
            order[count++] = (enum ledger_row)row;
    order[count++] = LEDGER_IDLE;
    order[count++] = LEDGER_STEAL;
    return count;
}

/* Each cell is the row that its middle falls into. */
static void draw_column(const struct course *c, unsigned column,
                        const struct pane *p, struct place bottom)
{
    enum ledger_row order[LEDGER_COUNT];
    unsigned rows = chart_order(order), cells = bottom.y, cell = 0;
    double growth[LEDGER_COUNT], total = 0, sum = 0;

    for (unsigned i = 0; i < rows; i++) {
        growth[i] = course_growth(c, course_ledger(order[i]), column);
        total += growth[i];
    }
    for (unsigned i = 0; i < rows && total > 0; i++) {
        sum += growth[i];
        for (; cell < cells && (cell + 0.5) * total < sum * cells; cell++)
            pane_printf(p, place(bottom.x, bottom.y - 1 - cell),
                        style_of(order[i]), "%c", letter_of(order[i]));
    }
}

static void draw_chart(const struct scene *s, const struct pane *p)
{
    enum course_part part = (enum course_part)view_part(&view_ledger, s->look);
    struct course course;
    unsigned height = p->height > 1 ? p->height - 1 : 0;

    if (p->width < 3 || !course_make(&course, s, part, p->width - 2)) {
        pane_put(p, place(1, 0), STYLE_DIM, "no cycle has passed yet");
        return;
    }
    for (unsigned i = 0; i < course.columns; i++)
        draw_column(&course, i, p, place(1 + i, height));
    course_axis(&course, p, place(1, height));
}

static void draw(const struct scene *s, const struct pane *p)
{
    unsigned rows = p->height * 2 / 5;
    struct pane table = pane_below(p, rows + 1);
    struct pane chart = pane_part(p, 0, 0, p->width, rows);

    if (!scene_history(s)) { /* a scenario: nobody takes samples of it */
        draw_table(s, p);
        return;
    }
    if (p->width >= LEAST_BESIDE) {
        table = pane_part(p, 0, 0, p->width / 2, p->height);
        chart =
            pane_part(p, p->width / 2, 0, p->width - p->width / 2, p->height);
    }
    draw_chart(s, &chart);
    draw_table(s, &table);
}

const struct view view_ledger = {
    .parts = course_parts,
    .name = "ledger",
    .key = '0',
    .title = "Ledger",
    .sentence = "where each cycle went, in all and when",
    .help =
        "The chart is the cycle stack over time: a column is a stretch of "
        "cycles, and its cells are shared among the rows that had them, by the "
        "letter behind each row of the table (#: a handler of the hypervisor). "
        "t turns from the whole run, boot and program told apart below it, to "
        "the program alone, and to the last stretch in finer columns. The "
        "table has what every cycle since the program began was for: each is "
        "in exactly one row; `ringside explain walk.host` says what a row is. "
        "A scenario has the table alone.\n"
        "Try: which row grows most from native to nested?",
    .draw = draw,
};
