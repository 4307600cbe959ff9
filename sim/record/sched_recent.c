#include "sim/record/sched_recent.h"

#include <stdlib.h>
#include <string.h>

bool sched_recent_begin(struct sched_recent *r,
                        const struct sched_log_host *host)
{
    memset(r, 0, sizeof *r);
    if (sched_replay_init(&r->now, host)) {
        memcpy(r->before, r->now.pcpus, sizeof r->before);
        r->events = calloc(SCHED_RECENT_EVENTS, sizeof *r->events);
        r->vcpus = calloc(r->now.vcpu_count + 1, sizeof *r->vcpus);
        r->spun_before = calloc(r->now.vcpu_count + 1, sizeof(bool));
    }
    if (r->events && r->vcpus && r->spun_before)
        return true;
    sched_recent_free(r);
    return false;
}

void sched_recent_free(struct sched_recent *r)
{
    sched_replay_free(&r->now);
    free(r->events);
    free(r->vcpus);
    free(r->spun_before);
    memset(r, 0, sizeof *r);
}

const struct sched_recent_event *sched_recent_at(const struct sched_recent *r,
                                                 unsigned n)
{
    return &r->events[(r->first + n) % SCHED_RECENT_EVENTS];
}

/* Of an event that has a vCPU. */
static unsigned number_of(const struct sched_recent *r,
                          const struct sched_event *event)
{
    return r->now.vms[event->vm].first + event->vcpu;
}

/* The event was checked as it came. */
static void replay_pcpu(struct sched_recent *r, const struct sched_event *e)
{
    uint16_t vcpu = e->kind == SCHED_EVENT_IDLE ? SCHED_LOG_NO_VCPU
                                                : (uint16_t)number_of(r, e);

    sched_replay_pcpu(&r->before[e->pcpu], e, vcpu);
}

/* The oldest makes room: what it says is what was before. */
static void forget_oldest(struct sched_recent *r)
{
    const struct sched_recent_event *oldest = sched_recent_at(r, 0);

    if (oldest->mark == SCHED_MARK_NONE)
        replay_pcpu(r, &oldest->event);
    else if (oldest->mark != SCHED_MARK_HOLDER)
        r->spun_before[number_of(r, &oldest->event)] =
            oldest->mark == SCHED_MARK_SPINS;
    if (oldest->event.cycle > r->known_cycle)
        r->known_cycle = oldest->event.cycle;
    r->first = (r->first + 1) % SCHED_RECENT_EVENTS;
    r->count--;
}

static void keep(struct sched_recent *r, const struct sched_event *event,
                 enum sched_mark mark)
{
    if (r->count == SCHED_RECENT_EVENTS)
        forget_oldest(r);
    r->events[(r->first + r->count) % SCHED_RECENT_EVENTS] =
        (struct sched_recent_event){*event, mark};
    r->count++;
}

const char *sched_recent_put(struct sched_recent *r,
                             const struct sched_event *event)
{
    struct sched_step step;
    const char *wrong = sched_replay_step(&r->now, event, &step);

    if (wrong)
        return wrong;
    if (event->kind == SCHED_EVENT_RUN && step.woken) {
        struct sched_recent_vcpu *v = &r->vcpus[step.vcpu];

        v->wakes++;
        v->delay_cycles = step.delay_cycles;
        if (step.delay_cycles > v->most_delay_cycles)
            v->most_delay_cycles = step.delay_cycles;
    }
    keep(r, event, SCHED_MARK_NONE);
    return NULL;
}

void sched_recent_mark(struct sched_recent *r, const struct sched_event *event,
                       enum sched_mark mark)
{
    struct sched_recent_vcpu *v = &r->vcpus[number_of(r, event)];

    if (mark == SCHED_MARK_HOLDER) {
        v->holder_marks++;
    } else {
        if (v->spins == (mark == SCHED_MARK_SPINS))
            return;
        v->spins = mark == SCHED_MARK_SPINS;
    }
    keep(r, event, mark);
}

void sched_spans_begin(struct sched_spans *w, const struct sched_recent *r,
                       uint64_t now_cycle)
{
    memset(w, 0, sizeof *w);
    w->recent = r;
    w->now_cycle = now_cycle;
    memcpy(w->spins, r->spun_before, r->now.vcpu_count * sizeof(bool));
    for (unsigned i = 0; i < r->now.host.pcpus; i++) {
        const struct sched_replay_pcpu *p = &r->before[i];
        bool nobody = p->vcpu == SCHED_LOG_NO_VCPU;

        w->open[i] =
            (struct sched_span){.pcpu = i,
                                .vcpu = p->vcpu,
                                .spins = !nobody && w->spins[p->vcpu],
                                .idle = nobody && p->last == SCHED_LOG_NO_VCPU,
                                .from_cycle = p->since_cycle};
    }
}

/* What the pCPU does from a cycle on, in place of what it did. */
static struct sched_span turn(struct sched_spans *w, unsigned pcpu,
                              uint64_t cycle, uint16_t vcpu, bool idle)
{
    struct sched_span ended = w->open[pcpu];

    if (cycle < ended.from_cycle)
        cycle = ended.from_cycle;
    ended.to_cycle = cycle;
    w->open[pcpu] = (struct sched_span){.pcpu = pcpu,
                                        .vcpu = vcpu,
                                        .spins = vcpu != SCHED_LOG_NO_VCPU &&
                                                 w->spins[vcpu],
                                        .idle = idle,
                                        .from_cycle = cycle};
    return ended;
}

static struct sched_span nothing_ended(const struct sched_event *event)
{
    return (struct sched_span){.pcpu = event->pcpu,
                               .vcpu = SCHED_LOG_NO_VCPU,
                               .from_cycle = event->cycle,
                               .to_cycle = event->cycle};
}

static struct sched_span end_by_mark(struct sched_spans *w,
                                     const struct sched_recent_event *e)
{
    uint16_t vcpu = (uint16_t)number_of(w->recent, &e->event);

    if (e->mark == SCHED_MARK_HOLDER)
        return nothing_ended(&e->event);
    w->spins[vcpu] = e->mark == SCHED_MARK_SPINS;
    if (w->open[e->event.pcpu].vcpu != vcpu)
        return nothing_ended(&e->event);
    return turn(w, e->event.pcpu, e->event.cycle, vcpu, false);
}

static struct sched_span end_by_event(struct sched_spans *w,
                                      const struct sched_event *e)
{
    switch (e->kind) {
    case SCHED_EVENT_RUN:
        return turn(w, e->pcpu, e->cycle, (uint16_t)number_of(w->recent, e),
                    false);
    case SCHED_EVENT_PREEMPT:
    case SCHED_EVENT_YIELD:
    case SCHED_EVENT_BLOCK:
        return turn(w, e->pcpu, e->cycle, SCHED_LOG_NO_VCPU, false);
    case SCHED_EVENT_IDLE:
        return turn(w, e->pcpu, e->cycle, SCHED_LOG_NO_VCPU, true);
    case SCHED_EVENT_START:
    case SCHED_EVENT_STOP:
    case SCHED_EVENT_WAKE:
    case SCHED_EVENT_MIGRATE:
    case SCHED_EVENT_COUNT:
        break;
    }
    return nothing_ended(e);
}

bool sched_spans_next(struct sched_spans *w, struct sched_span *ended,
                      const struct sched_recent_event **event)
{
    *event = NULL;
    if (w->next < w->recent->count) {
        *event = sched_recent_at(w->recent, w->next++);
        *ended = (*event)->mark == SCHED_MARK_NONE
                     ? end_by_event(w, &(*event)->event)
                     : end_by_mark(w, *event);
        return true;
    }
    if (w->next_pcpu == w->recent->now.host.pcpus)
        return false;
    *ended = turn(w, w->next_pcpu++, w->now_cycle, SCHED_LOG_NO_VCPU, false);
    return true;
}
