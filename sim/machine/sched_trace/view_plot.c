#include "sim/machine/sched_trace/sched_view.h"
enum status sched_view_plot(struct sched_view *v, struct error *e)
{
    (void)v;
    return error_set(e, STATUS_USAGE, "not yet");
}
