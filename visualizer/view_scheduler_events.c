/*
 * view_scheduler_events.c - what the scheduler did last, the latest first.
 */
#include <stdio.h>
#include <string.h>

#include "sim/record/sched_recent.h"
#include "visualizer/vcpu_words.h"
#include "visualizer/view_scheduler.h"

/* What an event says in words, and before its arg if that is a time. */
static const struct {
    const char *words;
    bool time;
    enum style style;
} kinds[SCHED_EVENT_COUNT] = {
    [SCHED_EVENT_START] = {"was started", false, STYLE_PLAIN},
    [SCHED_EVENT_STOP] = {"was stopped", false, STYLE_PLAIN},
    [SCHED_EVENT_WAKE] = {"woke, and wants a pCPU", false, STYLE_PLAIN},
    [SCHED_EVENT_RUN] = {"got the pCPU after", true, STYLE_STRONG},
    [SCHED_EVENT_PREEMPT] = {"lost the pCPU, ran", true, STYLE_PLAIN},
    [SCHED_EVENT_YIELD] = {"gave way, ran", true, STYLE_PLAIN},
    [SCHED_EVENT_BLOCK] = {"sleeps, ran", true, STYLE_PLAIN},
    [SCHED_EVENT_MIGRATE] = {"comes from pCPU", false, STYLE_PLAIN},
    [SCHED_EVENT_IDLE] = {"no vCPU to run", false, STYLE_DIM},
};

static void put_event(const struct scheduler_scene *s,
                      const struct sched_event *e,
                      char text[static VCPU_WORDS_BYTES], enum style *style)
{
    const char *words = kinds[e->kind].words;

    *style = kinds[e->kind].style;
    if (kinds[e->kind].time)
        snprintf(text, VCPU_WORDS_BYTES, "%s %.3f ms", words,
                 scheduler_ms(s, e->arg));
    else if (e->kind == SCHED_EVENT_MIGRATE)
        snprintf(text, VCPU_WORDS_BYTES, "%s %u", words, (unsigned)e->arg);
    else
        snprintf(text, VCPU_WORDS_BYTES, "%s", words);
}

static void put_mark(enum sched_mark mark, char text[static VCPU_WORDS_BYTES],
                     enum style *style)
{
    const char *words = mark == SCHED_MARK_SPINS   ? "begins to spin"
                        : mark == SCHED_MARK_WORKS ? "spins no more"
                                                   : "! and HOLDS a lock";

    *style = mark == SCHED_MARK_HOLDER ? STYLE_FAULT : STYLE_MISS;
    snprintf(text, VCPU_WORDS_BYTES, "%s", words);
}

/* Whose event it is; NULL: the pCPU's alone. */
static const struct sched_vcpu *vcpu_of(const struct scheduler_scene *s,
                                        const struct sched_recent_event *e)
{
    if (e->mark == SCHED_MARK_NONE && e->event.kind == SCHED_EVENT_IDLE)
        return NULL;
    return &s->host->host.dispatch.sched.vms[e->event.vm].vcpus[e->event.vcpu];
}

static bool is_wanted(const struct scheduler_scene *s,
                      const struct sched_recent_event *e)
{
    const struct sched_vcpu *v = vcpu_of(s, e);

    return s->look->filter[0] == '\0' ||
           (v && strstr(v->vm->config.name, s->look->filter));
}

static void draw_event(const struct scheduler_scene *s, const struct pane *p,
                       const struct sched_recent_event *e)
{
    const struct sched_vcpu *v = vcpu_of(s, e);
    char text[VCPU_WORDS_BYTES];
    enum style style;

    pane_printf(p, place(1, 0), STYLE_PLAIN, "%12.6f %4u",
                scheduler_ms(s, e->event.cycle), e->event.pcpu);
    if (v) {
        const char letter[2] = {vcpu_letter(v->vm->id, false), '\0'};

        pane_put(p, place(19, 0), vcpu_style(v->vm->id), letter);
        pane_put(p, place(21, 0), STYLE_PLAIN, vcpu_name(v, 11, text));
    }
    if (e->mark == SCHED_MARK_NONE)
        put_event(s, &e->event, text, &style);
    else
        put_mark(e->mark, text, &style);
    pane_put(p, place(33, 0), style, text);
}

void scheduler_draw_events(const struct scheduler_scene *s,
                           const struct pane *p)
{
    unsigned skip = s->look->top, y = 1;

    pane_put(p, place(1, 0), STYLE_DIM,
             "          ms pCPU  vCPU          the latest first");
    for (unsigned i = s->recent->count; i > 0 && y < p->height; i--) {
        const struct sched_recent_event *e = sched_recent_at(s->recent, i - 1);
        struct pane row = pane_part(p, 0, y, p->width, 1);

        if (!is_wanted(s, e))
            continue;
        if (skip > 0) {
            skip--;
            continue;
        }
        draw_event(s, &row, e);
        y++;
    }
}
