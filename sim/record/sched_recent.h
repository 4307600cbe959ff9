/*
 * sched_recent.h - the scheduler's last events, in memory: what a Gantt chart
 * of the last milliseconds is drawn from.
 *
 * Model     a ring of the last SCHED_RECENT_EVENTS events (sched_log.h), and
 *           what is true before the oldest that is kept, of pCPUs, and behind
 *           the newest, of vCPUs as well (sched_replay.h).  So what is drawn
 *           from it is exact as far back as the ring goes.
 *           Marks are in the ring too: what a vCPU does with its pCPU, if
 *           whoever runs it knows (body.h).  No file has them.
 * Order     begin (or let sched_log_begin do so); put, mark; free.
 */
#ifndef SIM_RECORD_SCHED_RECENT_H
#define SIM_RECORD_SCHED_RECENT_H
#include "sim/record/sched_replay.h"

enum { SCHED_RECENT_EVENTS = 1 << 17 };

enum sched_mark {
    SCHED_MARK_NONE,   /* it is an event */
    SCHED_MARK_SPINS,  /* the vCPU begins to spin */
    SCHED_MARK_WORKS,  /* ... spins no more */
    SCHED_MARK_HOLDER, /* it has just lost its pCPU, and holds a lock */
};

struct sched_recent_event {
    struct sched_event event; /* of a mark: all but kind and arg */
    enum sched_mark mark;
};

/* What a vCPU has met with since the log began. */
struct sched_recent_vcpu {
    uint64_t wakes;             /* times it got a pCPU after it woke */
    uint64_t delay_cycles;      /* from the wake-up to the pCPU: last ... */
    uint64_t most_delay_cycles; /* ... and greatest */
    uint64_t holder_marks;      /* times it lost its pCPU with a lock */
    bool spins;                 /* by its last mark */
};

struct sched_recent {
    struct sched_replay now;
    struct sched_replay_pcpu before[SCHED_LOG_MAX_PCPUS];
    struct sched_recent_event *events; /* a ring; owned */
    unsigned first, count;
    uint64_t known_cycle;            /* what was before is not known */
    struct sched_recent_vcpu *vcpus; /* by number; owned */
    bool *spun_before;               /* by number: before the oldest; owned */
};

/* False if there is no memory: nothing is left to free. */
bool sched_recent_begin(struct sched_recent *r,
                        const struct sched_log_host *host);
void sched_recent_free(struct sched_recent *r);

/* An event that does not agree with those before it is left out: why, or
   NULL. */
const char *sched_recent_put(struct sched_recent *r,
                             const struct sched_event *event);

/* A mark of where and whose it is in event.  SPINS after SPINS is nothing, nor
   is WORKS after WORKS. */
void sched_recent_mark(struct sched_recent *r, const struct sched_event *event,
                       enum sched_mark mark);

/* The n-th that is kept, from the oldest on. */
const struct sched_recent_event *sched_recent_at(const struct sched_recent *r,
                                                 unsigned n);

/* What a pCPU did at a stretch. */
struct sched_span {
    unsigned pcpu;
    uint16_t vcpu; /* number within the host; SCHED_LOG_NO_VCPU: none ran */
    bool spins;    /* the vCPU does */
    bool idle;     /* no vCPU: there was none to run; else it was switching */
    uint64_t from_cycle, to_cycle;
};

/* A walk over all spans, in the order of their ends. */
struct sched_spans {
    const struct sched_recent *recent;
    uint64_t now_cycle;
    unsigned next, next_pcpu; /* event; of those that last still */
    struct sched_span open[SCHED_LOG_MAX_PCPUS];
    bool spins[SCHED_LOG_MAX_VCPUS];
};

/* The walk ends at now_cycle; what is large: struct sched_spans. */
void sched_spans_begin(struct sched_spans *w, const struct sched_recent *r,
                       uint64_t now_cycle);

/*
 * False: that was all.  *event: what was walked over; NULL: the end.  Ended is
 * what it ended; it has ended->from_cycle == ended->to_cycle if that is
 * nothing.
 */
bool sched_spans_next(struct sched_spans *w, struct sched_span *ended,
                      const struct sched_recent_event **event);

#endif
