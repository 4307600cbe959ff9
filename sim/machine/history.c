#include "sim/machine/history.h"

#include <string.h>

void history_init(struct history *h, const struct run *r)
{
    memset(h, 0, sizeof *h);
    h->measuring = r->measuring;
    h->boot.stride = h->program.stride = HISTORY_STRIDE;
}

static uint64_t series_due(const struct history_series *s)
{
    return s->from + s->stride * (s->count + 1);
}

static uint64_t recent_due(const struct history *h)
{
    return (h->recent_total + 1) * HISTORY_RECENT_STRIDE;
}

static const struct history_series *current(const struct history *h)
{
    return h->measuring ? &h->program : &h->boot;
}

uint64_t history_due(const struct history *h)
{
    uint64_t series = series_due(current(h)), recent = recent_due(h);

    return series < recent ? series : recent;
}

/* Every second sample goes: those between the multiples of twice the stride. */
static void thin_out(struct history_series *s)
{
    s->count /= 2;
    s->stride *= 2;
    for (unsigned i = 0; i < s->count; i++)
        s->samples[i] = s->samples[2 * i + 1];
}

static void add(struct history_series *s, const struct history_sample *sample)
{
    s->samples[s->count++] = *sample;
    if (s->count == HISTORY_SAMPLES)
        thin_out(s);
}

struct history_sample history_take(const struct run *r)
{
    struct history_sample now = {.done = run_point_of_all(r)};

    for (unsigned i = 0; i < r->machine->pcpu_count; i++) {
        uint64_t cycle = cpu_now(r->machine->pcpus[i].cpu);

        now.cycle = cycle > now.cycle ? cycle : now.cycle;
        now.cycles[i] = cycle;
        now.retired[i] = cpu_retired(r->machine->pcpus[i].cpu);
    }
    return now;
}

void history_follow(struct history *h, const struct run *r)
{
    struct history_series *s = h->measuring ? &h->program : &h->boot;
    uint64_t done = run_instructions(r);
    struct history_sample now;

    if (done >= history_due(h)) {
        now = history_take(r);
        while (done >= series_due(s))
            add(s, &now);
        for (; done >= recent_due(h); h->recent_total++)
            h->recent[h->recent_total % HISTORY_RECENT] = now;
    }
    if (r->measuring && !h->measuring) {
        h->measuring = true;
        h->program.from = r->boot_end.retired;
    }
}

const struct history_sample *history_recent(const struct history *h,
                                            unsigned back)
{
    if (back >= HISTORY_RECENT || back >= h->recent_total)
        return NULL;
    return &h->recent[(h->recent_total - 1 - back) % HISTORY_RECENT];
}
