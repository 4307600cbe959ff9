#include "sim/record/sched_log.h"

#include <inttypes.h>

#define SCHED_EVENT(id, name, sentence) {name, sentence},
static const struct {
    const char *name, *sentence;
} kinds[] = {
#include "sim/record/sched_log.def"
};
#undef SCHED_EVENT

const char *sched_event_name(enum sched_event_kind kind)
{
    return kinds[kind].name;
}

const char *sched_event_sentence(enum sched_event_kind kind)
{
    return kinds[kind].sentence;
}

void sched_log_put(struct sched_log *log, const struct sched_event *event)
{
    if (!log)
        return;
    log->events++;
    if (!log->stream)
        return;
    fprintf(log->stream, "%" PRIu64 " %u %s ", event->cycle,
            (unsigned)event->pcpu, kinds[event->kind].name);
    if (event->vm == SCHED_EVENT_NOBODY)
        fputs("-", log->stream);
    else
        fprintf(log->stream, "%u.%u", (unsigned)event->vm,
                (unsigned)event->vcpu);
    fprintf(log->stream, " %" PRIu64 "\n", event->arg);
}
