#include "sim/machine/progress.h"

#include <stdio.h>
#include <time.h>

static const double first_seconds = 1.0;
static const double period_seconds = 0.2;

double host_seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_init(struct progress *p, bool enabled)
{
    *p = (struct progress){.enabled = enabled};
    p->start_seconds = host_seconds_now();
    p->last_seconds = p->start_seconds;
}

void progress_show(struct progress *p, const char *text)
{
    double now = host_seconds_now();

    if (!p->enabled || now - p->start_seconds < first_seconds ||
        now - p->last_seconds < period_seconds)
        return;
    p->last_seconds = now;
    p->shown = true;
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
}

void progress_report(struct progress *p, uint64_t instructions, uint64_t cycles)
{
    double seconds = host_seconds_now() - p->start_seconds;
    char text[128];

    p->instructions = instructions;
    p->cycles = cycles;
    if (!p->enabled || seconds < first_seconds)
        return;
    snprintf(text, sizeof text,
             "%.1f s: %.1f M instructions, %.1f M cycles simulated (^C ends)",
             seconds, (double)instructions * 1e-6, (double)cycles * 1e-6);
    progress_show(p, text);
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
