#include "visualizer/gantt.h"

#include <stdlib.h>

/* Of vCPUs that share one cell the first so many count. */
enum { MOST_IN_CELL = 64, IDLE = 0xfffe, SWITCHES = 0xffff };

/* What a pCPU did in the cell that is being filled. */
struct filling {
    unsigned column, count;
    struct part {
        uint16_t who; /* vCPU, IDLE, SWITCHES */
        uint64_t cycles, spun_cycles;
    } parts[MOST_IN_CELL];
};

void gantt_free(struct gantt *g)
{
    free(g->cells);
    free(g->sums);
    g->cells = NULL;
    g->sums = NULL;
}

static struct gantt_cell *cell_of(const struct gantt *g, unsigned pcpu,
                                  unsigned column)
{
    return &g->cells[(size_t)(pcpu - g->first_pcpu) * g->columns + column];
}

const struct gantt_cell *gantt_at(const struct gantt *g, unsigned pcpu,
                                  unsigned column)
{
    return cell_of(g, pcpu, column);
}

static uint64_t column_begin(const struct gantt *g, unsigned column)
{
    return g->from_cycle + (g->to_cycle - g->from_cycle) * column / g->columns;
}

/* Of a cycle within the chart. */
static unsigned column_of(const struct gantt *g, uint64_t cycle)
{
    unsigned column = (unsigned)((cycle - g->from_cycle) * g->columns /
                                 (g->to_cycle - g->from_cycle));

    while (column + 1 < g->columns && column_begin(g, column + 1) <= cycle)
        column++;
    return column;
}

static bool shows(const struct gantt *g, unsigned pcpu, uint64_t cycle)
{
    return pcpu >= g->first_pcpu && pcpu - g->first_pcpu < g->pcpus &&
           cycle >= g->from_cycle && cycle < g->to_cycle &&
           cycle <= g->now_cycle;
}

/* The cell that was being filled has all its parts. */
static void settle(const struct gantt *g, unsigned pcpu, struct filling *f)
{
    struct gantt_cell *cell = cell_of(g, pcpu, f->column);
    const struct part *most = f->parts;

    for (unsigned i = 1; i < f->count; i++)
        if (f->parts[i].cycles > most->cycles)
            most = &f->parts[i];
    if (f->count == 0)
        return;
    cell->vcpu = most->who;
    if (most->who == IDLE)
        cell->what = GANTT_IDLE;
    else if (most->who == SWITCHES)
        cell->what = GANTT_SWITCHES;
    else
        cell->what =
            most->spun_cycles * 2 > most->cycles ? GANTT_SPINS : GANTT_RUNS;
    f->count = 0;
}

static void add_part(struct filling *f, const struct sched_span *span,
                     uint64_t cycles)
{
    uint16_t who = span->vcpu != SCHED_LOG_NO_VCPU ? span->vcpu
                   : span->idle                    ? IDLE
                                                   : SWITCHES;
    unsigned i = 0;

    while (i < f->count && f->parts[i].who != who)
        i++;
    if (i == MOST_IN_CELL)
        return;
    if (i == f->count)
        f->parts[f->count++] = (struct part){.who = who};
    f->parts[i].cycles += cycles;
    f->parts[i].spun_cycles += span->spins ? cycles : 0;
}

static void add_sum(struct gantt_sum *sum, const struct sched_span *span)
{
    uint64_t cycles = span->to_cycle - span->from_cycle;

    sum->known_cycles += cycles;
    if (span->vcpu != SCHED_LOG_NO_VCPU)
        sum->run_cycles += cycles;
    if (span->spins)
        sum->spun_cycles += cycles;
}

/* What is within the chart of it; known: all before is not. */
static void add_span(const struct gantt *g, struct filling *f,
                     struct sched_span span, uint64_t known_cycle)
{
    if (span.from_cycle < g->from_cycle)
        span.from_cycle = g->from_cycle;
    if (span.from_cycle < known_cycle)
        span.from_cycle = known_cycle;
    if (span.to_cycle > g->now_cycle)
        span.to_cycle = g->now_cycle;
    if (span.to_cycle > g->to_cycle)
        span.to_cycle = g->to_cycle;
    if (span.from_cycle < span.to_cycle)
        add_sum(&g->sums[span.pcpu - g->first_pcpu], &span);
    while (span.from_cycle < span.to_cycle) {
        unsigned column = column_of(g, span.from_cycle);
        uint64_t end = column_begin(g, column + 1);

        if (end > span.to_cycle)
            end = span.to_cycle;
        if (column != f->column)
            settle(g, span.pcpu, f);
        f->column = column;
        add_part(f, &span, end - span.from_cycle);
        span.from_cycle = end;
    }
}

static void add_mark(const struct gantt *g, const struct sched_recent_event *e)
{
    struct gantt_cell *cell;

    if (!shows(g, e->event.pcpu, e->event.cycle))
        return;
    cell = cell_of(g, e->event.pcpu, column_of(g, e->event.cycle));
    if (e->mark == SCHED_MARK_HOLDER)
        cell->marks |= GANTT_HOLDER;
    else if (e->mark == SCHED_MARK_NONE && e->event.kind == SCHED_EVENT_WAKE)
        cell->marks |= GANTT_WOKE;
    else if (e->mark == SCHED_MARK_NONE && e->event.kind == SCHED_EVENT_MIGRATE)
        cell->marks |= GANTT_MIGRATED;
}

static void fill(const struct gantt *g, const struct sched_recent *recent,
                 struct sched_spans *walk, struct filling *filling)
{
    const struct sched_recent_event *event;
    struct sched_span span;

    sched_spans_begin(walk, recent, g->now_cycle);
    while (sched_spans_next(walk, &span, &event)) {
        if (span.pcpu >= g->first_pcpu && span.pcpu - g->first_pcpu < g->pcpus)
            add_span(g, &filling[span.pcpu - g->first_pcpu], span,
                     recent->known_cycle);
        if (event)
            add_mark(g, event);
    }
    for (unsigned i = 0; i < g->pcpus; i++)
        settle(g, g->first_pcpu + i, &filling[i]);
}

bool gantt_fill(struct gantt *g, const struct sched_recent *recent)
{
    struct sched_spans *walk = calloc(1, sizeof *walk);
    struct filling *filling = calloc(g->pcpus, sizeof *filling);

    g->cells = calloc((size_t)g->columns * g->pcpus, sizeof *g->cells);
    g->sums = calloc(g->pcpus, sizeof *g->sums);
    if (walk && filling && g->cells && g->sums)
        fill(g, recent, walk, filling);
    else
        gantt_free(g);
    free(walk);
    free(filling);
    return g->cells != NULL;
}
