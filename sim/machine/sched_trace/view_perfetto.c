/*
 * view_perfetto.c - a scheduler's log as Chrome trace JSON (sched_chrome.h).
 *
 * Window  what lasts beyond it is shown whole.
 */
#include "sim/machine/sched_trace/sched_view.h"
#include "sim/record/sched_chrome.h"

/* The events before the window decide what is on the tracks at its begin. */
static enum status put_all(struct sched_view *v, struct sched_chrome *c,
                           struct error *e)
{
    enum sched_read got;

    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT) {
        c->silent = !sched_view_inside(v);
        sched_chrome_put(c, &v->record.event);
    }
    return got == SCHED_READ_ERROR ? STATUS_FILE : STATUS_OK;
}

enum status sched_view_perfetto(struct sched_view *v, struct error *e)
{
    struct trace_chrome out;
    struct sched_chrome c;
    enum status s;

    trace_chrome_init(&out, stdout, v->replay.host.khz);
    if (!sched_chrome_begin(&c, &out, 0, &v->replay.host))
        return error_set(e, STATUS_MEMORY, "out of memory");
    s = put_all(v, &c, e);
    sched_chrome_end(&c, s == STATUS_OK ? v->to_cycle : 0);
    trace_chrome_finish(&out);
    return s;
}
