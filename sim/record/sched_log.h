/*
 * sched_log.h - the scheduler's events, as they happen, to a file.
 *
 * Text, one event a line: cycle, pCPU, event, VM.vCPU, arg; what xentrace and
 * perf sched record of real hosts.  Memory does not grow with their number.
 */
#ifndef SIM_RECORD_SCHED_LOG_H
#define SIM_RECORD_SCHED_LOG_H
#include <stdint.h>
#include <stdio.h>

#define SCHED_EVENT(id, name, sentence) SCHED_EVENT_##id,
enum sched_event_kind {
#include "sim/record/sched_log.def"
    SCHED_EVENT_COUNT
};
#undef SCHED_EVENT

enum { SCHED_EVENT_NOBODY = 0xffff };

struct sched_event {
    uint64_t cycle;
    enum sched_event_kind kind;
    uint16_t pcpu;
    uint16_t vm, vcpu; /* SCHED_EVENT_NOBODY: IDLE */
    uint64_t arg;
};

struct sched_log {
    FILE *stream; /* NULL: nowhere */
    uint64_t events;
};

const char *sched_event_name(enum sched_event_kind kind);
const char *sched_event_sentence(enum sched_event_kind kind);

/* One line; log may be NULL. */
void sched_log_put(struct sched_log *log, const struct sched_event *event);

#endif
