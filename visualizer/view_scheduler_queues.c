/*
 * view_scheduler_queues.c - each vCPU: where it runs or waits, what its policy
 * knows of it, how it fares, and what it does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/sched_recent.h"
#include "visualizer/vcpu_words.h"
#include "visualizer/view_scheduler.h"

enum { DOES_WIDTH = 31 };

struct row {
    const struct sched_vcpu *v;
    struct sched_words words;
    uint64_t order; /* the least first */
};

/* Columns; 0: there is no room for it. */
struct layout {
    unsigned name, where, since, steal, last, most, words, does;
};

static struct layout layout_of(const struct pane *p, bool times)
{
    unsigned does = p->width > 80 ? p->width - DOES_WIDTH : 50;

    if (times)
        return (struct layout){3, 15, 26, 37, 42, 52, 63, 0};
    if (p->width < 80)
        return (struct layout){.name = 3, .where = 14, .steal = 25, .does = 30};
    if (p->width < 130)
        return (struct layout){
            .name = 3, .where = 15, .steal = 26, .words = 31, .does = does};
    if (does > 125)
        does = 125;
    return (struct layout){3, 20, 33, 44, 50, 60, 71, does};
}

/*
 * In order of pCPUs: who runs there, then who waits there; if queues are not a
 * pCPU's, who runs, then who waits; then who waits in no queue, then who
 * sleeps.
 */
static uint64_t order_of(const struct row *row, bool by_pcpu)
{
    uint64_t section, place = 0, number = row->words.number;

    switch (row->v->state) {
    case SCHED_RUNNING:
        section = 0;
        number = row->v->pcpu;
        break;
    case SCHED_RUNNABLE:
        section = row->words.line == SCHED_LINE_NONE ? 2 : by_pcpu ? 0 : 1;
        place = row->words.place + 1;
        break;
    case SCHED_BLOCKED:
        section = 3;
        break;
    case SCHED_ABSENT:
    case SCHED_STATES:
    default:
        section = 4;
        break;
    }
    return section << 48 | number << 32 | place << 16 | row->v->number;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = ((const struct row *)a)->order;
    uint64_t y = ((const struct row *)b)->order;

    return x < y ? -1 : x > y;
}

static unsigned collect(const struct scheduler_scene *s, struct row *rows)
{
    const struct sched *sched = &s->host->host.dispatch.sched;
    bool by_pcpu = true;
    unsigned count = 0;

    for (unsigned i = 0; i < sched->vcpu_count; i++) {
        const struct sched_vcpu *v = &sched->vcpus[i];
        struct row *row = &rows[count];

        if (!strstr(v->vm->config.name, s->look->filter))
            continue;
        row->v = v;
        row->words = sched_tell(sched, v);
        by_pcpu &= row->words.line == SCHED_LINE_NONE ||
                   row->words.line == SCHED_LINE_PCPU;
        count++;
    }
    for (unsigned i = 0; i < count; i++)
        rows[i].order = order_of(&rows[i], by_pcpu);
    qsort(rows, count, sizeof *rows, compare);
    return count;
}

/* Of the time that it wanted a pCPU or slept: the part that it waited. */
static double steal_pct(const struct scheduler_scene *s,
                        const struct sched_vcpu *v)
{
    uint64_t now = s->host->host.now_cycle, all = 0;

    for (int i = SCHED_BLOCKED; i <= SCHED_RUNNING; i++)
        all += dispatch_state_cycles(v, (enum sched_state)i, now);
    return all ? 100.0 * (double)dispatch_state_cycles(v, SCHED_RUNNABLE, now) /
                     (double)all
               : 0;
}

static void put_times(const struct scheduler_scene *s, const struct pane *p,
                      const struct layout *l, const struct sched_vcpu *v)
{
    const struct sched_replay_vcpu *now = &s->recent->now.vcpus[v->number];
    const struct sched_recent_vcpu *met = &s->recent->vcpus[v->number];
    uint64_t cycle = s->host->host.now_cycle;

    if (l->since)
        pane_printf(p, place(l->since, 0), STYLE_PLAIN, "%9.3f",
                    scheduler_ms(s, cycle > now->since_cycle
                                        ? cycle - now->since_cycle
                                        : 0));
    pane_printf(p, place(l->steal, 0), STYLE_PLAIN, "%3.0f%%", steal_pct(s, v));
    if (l->last && met->wakes != 0) {
        pane_printf(p, place(l->last, 0), STYLE_PLAIN, "%9.3f",
                    scheduler_ms(s, met->delay_cycles));
        pane_printf(p, place(l->most, 0), STYLE_PLAIN, "%9.3f",
                    scheduler_ms(s, met->most_delay_cycles));
    }
}

static void draw_row(const struct scheduler_scene *s, const struct pane *p,
                     const struct layout *l, const struct row *row)
{
    const struct sched_vcpu *v = row->v;
    const char letter[2] = {vcpu_letter(v->vm->id, false), '\0'};
    char text[VCPU_WORDS_BYTES];
    struct pane part = pane_part(p, l->name, 0, l->where - l->name - 1, 1);
    enum style style = v->state == SCHED_RUNNING    ? STYLE_STRONG
                       : v->state == SCHED_RUNNABLE ? STYLE_PLAIN
                                                    : STYLE_DIM;

    pane_put(p, place(1, 0), vcpu_style(v->vm->id), letter);
    pane_put(&part, place(0, 0), style, vcpu_name(v, part.width, text));
    pane_put(p, place(l->where, 0), style, vcpu_where(v, &row->words, text));
    if (v->state == SCHED_ABSENT)
        return;
    put_times(s, p, l, v);
    part = pane_part(p, l->words, 0,
                     l->does ? l->does - l->words - 1 : p->width, 1);
    if (l->words)
        pane_put(&part, place(0, 0), style, row->words.text);
    if (!l->does)
        return;
    vcpu_does(s->host, v, text, &style);
    pane_put(p, place(l->does, 0), style, text);
}

static void draw_head(const struct pane *p, const struct layout *l)
{
    pane_put(p, place(l->name, 0), STYLE_DIM, "vCPU");
    pane_put(p, place(l->where, 0), STYLE_DIM, "where");
    if (l->since)
        pane_put(p, place(l->since, 0), STYLE_DIM, " since ms");
    pane_put(p, place(l->steal - 1, 0), STYLE_DIM, "steal");
    if (l->last)
        pane_put(p, place(l->last, 0), STYLE_DIM, "  woke ms   most ms");
    if (l->words)
        pane_put(p, place(l->words, 0), STYLE_DIM, "the policy says");
    if (l->does)
        pane_put(p, place(l->does, 0), STYLE_DIM, "does");
}

void scheduler_draw_queues(const struct scheduler_scene *s,
                           const struct pane *p, bool times)
{
    const struct layout l = layout_of(p, times);
    struct row *rows =
        calloc(s->host->host.dispatch.sched.vcpu_count, sizeof *rows);
    unsigned count = rows ? collect(s, rows) : 0, y = 1;
    unsigned skip = s->look->top;

    if (skip >= count)
        skip = count ? count - 1 : 0;
    draw_head(p, &l);
    for (unsigned i = skip; i < count && y < p->height; i++, y++) {
        struct pane part = pane_part(p, 0, y, p->width, 1);

        draw_row(s, &part, &l, &rows[i]);
    }
    free(rows);
}
