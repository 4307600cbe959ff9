/*
 * view_scheduler_chart.c - a Gantt chart of the pCPUs.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim/core/macros.h"
#include "visualizer/gantt.h"
#include "visualizer/scene.h"
#include "visualizer/vcpu_words.h"
#include "visualizer/view_scheduler.h"

enum { LEFT = 5, SUM_WIDTH = 11, WIDE = 110 };

/* What the chart shows of time, by look.zoom. */
static uint64_t window_us(const struct look *look)
{
    static const uint64_t us[] = {100000, 50000, 20000, 10000, 5000, 2000, 1000,
                                  500,    200,   100,   50,    20,   10};

    return us[look->zoom < ARRAY_LEN(us) ? look->zoom : ARRAY_LEN(us) - 1];
}

static const struct sched_vcpu *vcpu_of(const struct scheduler_scene *s,
                                        const struct gantt_cell *cell)
{
    return cell->what == GANTT_RUNS || cell->what == GANTT_SPINS
               ? &s->host->host.dispatch.sched.vcpus[cell->vcpu]
               : NULL;
}

static void put_cell(const struct scheduler_scene *s, const struct pane *p,
                     struct place at, const struct gantt_cell *cell)
{
    const struct sched_vcpu *v = vcpu_of(s, cell);
    char letter[2] = {0, 0};

    switch (cell->what) {
    case GANTT_UNKNOWN:
        return;
    case GANTT_RUNS:
        letter[0] = vcpu_letter(v->vm->id, false);
        pane_put(p, at, vcpu_style(v->vm->id), letter);
        return;
    case GANTT_SPINS:
        letter[0] = vcpu_letter(v->vm->id, true);
        pane_put(p, at, STYLE_MISS, letter);
        return;
    case GANTT_IDLE:
        pane_put(p, at, STYLE_DIM, "·");
        return;
    case GANTT_SWITCHES:
        pane_put(p, at, STYLE_HYPERVISOR, "=");
        return;
    }
}

/* The vCPU's number behind its first letter, where a stretch has room. */
static void put_number(const struct scheduler_scene *s, const struct gantt *g,
                       const struct pane *p, struct place at, unsigned pcpu)
{
    unsigned column = at.x - LEFT, cells = 1;
    const struct gantt_cell *cell = gantt_at(g, pcpu, column);
    const struct sched_vcpu *v = vcpu_of(s, cell);
    char number[16];
    int chars;

    if (!v || v->vm->config.vcpus == 1)
        return;
    while (column + cells < g->columns &&
           vcpu_of(s, gantt_at(g, pcpu, column + cells)) == v)
        cells++;
    chars = snprintf(number, sizeof number, "%u", v->id);
    if (cells > (unsigned)chars)
        pane_put(p, place(at.x + 1, at.y),
                 cell->what == GANTT_SPINS ? STYLE_MISS : vcpu_style(v->vm->id),
                 number);
}

static void draw_pcpu(const struct scheduler_scene *s, const struct gantt *g,
                      const struct pane *p, unsigned pcpu)
{
    const struct sched_vcpu *last = NULL;

    pane_printf(p, place(1, 0),
                pcpu == s->look->pcpu ? STYLE_STRONG : STYLE_PLAIN, "%3u",
                pcpu);
    for (unsigned i = 0; i < g->columns; i++)
        put_cell(s, p, place(LEFT + i, 0), gantt_at(g, pcpu, i));
    for (unsigned i = 0; i < g->columns; i++) {
        const struct sched_vcpu *v = vcpu_of(s, gantt_at(g, pcpu, i));

        if (v && v != last)
            put_number(s, g, p, place(LEFT + i, 0), pcpu);
        last = v;
    }
}

/* How much of the chart's time the pCPU ran vCPUs, and how much these spun. */
static void draw_sum(const struct gantt *g, const struct pane *p, unsigned pcpu)
{
    const struct gantt_sum *sum = &g->sums[pcpu - g->first_pcpu];
    unsigned x = LEFT + g->columns;

    x = pane_printf(p, place(x, 0), STYLE_PLAIN, "%4.0f%%",
                    scene_percent(sum->run_cycles, sum->known_cycles));
    pane_printf(p, place(x, 0), sum->spun_cycles ? STYLE_MISS : STYLE_DIM,
                " %4.0f%%", scene_percent(sum->spun_cycles, sum->known_cycles));
}

/* On the row below, or, without one, only what matters most, in the chart. */
static void draw_marks(const struct gantt *g, const struct pane *p,
                       unsigned pcpu, bool own_row)
{
    for (unsigned i = 0; i < g->columns; i++) {
        unsigned marks = gantt_at(g, pcpu, i)->marks;
        struct place at = place(LEFT + i, own_row ? 1 : 0);

        if (marks & GANTT_HOLDER)
            pane_put(p, at, STYLE_FAULT, "!");
        else if (own_row && marks & GANTT_MIGRATED)
            pane_put(p, at, STYLE_STRONG, "m");
        else if (own_row && marks & GANTT_WOKE)
            pane_put(p, at, STYLE_DIM, "^");
    }
}

static void draw_head(const struct scheduler_scene *s, const struct gantt *g,
                      const struct pane *p, uint64_t us)
{
    const struct sched *sched = &s->host->host.dispatch.sched;
    char begin[32], end[32];
    unsigned x;

    x = pane_printf(p, place(1, 0), STYLE_STRONG, "%s", sched->ops->name);
    pane_printf(p, place(x, 0), STYLE_PLAIN,
                ": %u pCPU%s, %u vCPUs of %u VMs; %g ms, %.2g ms a column",
                sched->pcpu_count, sched->pcpu_count == 1 ? "" : "s",
                sched->vcpu_count, sched->vm_count, (double)us / 1000,
                (double)us / 1000 / g->columns);
    snprintf(begin, sizeof begin, "%.3f ms", scheduler_ms(s, g->from_cycle));
    snprintf(end, sizeof end, "%.3f ms", scheduler_ms(s, g->to_cycle));
    pane_fill(p, LEFT, 1, STYLE_DIM, 0x2500);
    pane_put(p, place(1, 1), STYLE_DIM, "pCPU");
    x = pane_put(p, place(LEFT + 1, 1), STYLE_DIM, begin);
    if (x + sizeof end < p->width)
        pane_printf(p, place(LEFT + g->columns - 16, 1), STYLE_DIM, "%15s",
                    end);
    if (p->width >= WIDE)
        pane_put(p, place(LEFT + g->columns, 1), STYLE_DIM, "  ran  spun ");
}

static void draw_legend(const struct scheduler_scene *s, const struct pane *p)
{
    uint64_t holders = 0;
    unsigned x;

    for (unsigned i = 0; i < s->recent->now.vcpu_count; i++)
        holders += s->recent->vcpus[i].holder_marks;
    x = pane_put(p, place(1, 0), STYLE_MISS, "A");
    x = pane_put(p, place(x, 0), STYLE_DIM, " spins  · idle  ");
    x = pane_put(p, place(x, 0), STYLE_FAULT, "!");
    pane_printf(p, place(x, 0), STYLE_DIM,
                " lock holder preempted (%" PRIu64
                " so far)  m moved  ^ woke  = switch",
                holders);
}

/* Rows of pCPUs: one, or two, with a row for marks; and how many have room. */
static unsigned rows_each(const struct pane *p, unsigned pcpus, unsigned *shown)
{
    unsigned room = p->height > 4 ? p->height - 3 : 1;

    *shown = pcpus;
    if (2 * pcpus <= room)
        return 2;
    if (pcpus > room)
        *shown = room;
    return 1;
}

unsigned scheduler_draw_chart(const struct scheduler_scene *s,
                              const struct pane *p, unsigned first)
{
    const struct host *host = &s->host->host;
    unsigned all = host->dispatch.sched.pcpu_count, shown, rows, y = 2;
    uint64_t us = window_us(s->look), now = host->now_cycle;
    uint64_t cycles = scenario_host_cycles(s->host, us);
    struct gantt g = {.from_cycle = now >= cycles ? now - cycles + 1 : 0,
                      .now_cycle = now,
                      .columns =
                          p->width - LEFT - (p->width < WIDE ? 1 : SUM_WIDTH)};
    struct pane part;

    if (first >= all)
        first = all - 1;
    rows = rows_each(p, all - first, &shown);
    g.first_pcpu = first;
    g.pcpus = shown;
    g.to_cycle = g.from_cycle + cycles;
    if (!gantt_fill(&g, s->recent))
        return 0;
    draw_head(s, &g, p, us);
    for (unsigned i = 0; i < shown; i++, y += rows) {
        part = pane_part(p, 0, y, p->width, rows);
        draw_pcpu(s, &g, &part, first + i);
        if (p->width >= WIDE)
            draw_sum(&g, &part, first + i);
        draw_marks(&g, &part, first + i, rows == 2);
    }
    gantt_free(&g);
    part = pane_below(p, y);
    draw_legend(s, &part);
    if (first + shown < all) {
        pane_fill(p, p->width - 12, 0, STYLE_DIM, ' ');
        pane_printf(p, place(p->width - 11, 0), STYLE_DIM, "+%u pCPUs",
                    all - first - shown);
    }
    return y + 1;
}
