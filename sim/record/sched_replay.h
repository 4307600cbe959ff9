/*
 * sched_replay.h - the events of a scheduler, followed: who is in which state
 * since when, and how long things took.
 *
 * Order     init; step for each event, in order of time; free.
 */
#ifndef SIM_RECORD_SCHED_REPLAY_H
#define SIM_RECORD_SCHED_REPLAY_H
#include "sim/core/status.h"
#include "sim/record/sched_log.h"

enum sched_log_state {
    SCHED_LOG_ABSENT,
    SCHED_LOG_BLOCKED,
    SCHED_LOG_RUNNABLE,
    SCHED_LOG_RUNNING,
    SCHED_LOG_STATES
};

enum { SCHED_LOG_NO_VCPU = 0xffff };

struct sched_replay_vcpu {
    enum sched_log_state state;
    uint64_t since_cycle; /* in this state */
    uint64_t left_cycle;  /* the pCPU, last; or when it was started */
    uint64_t wait_cycles; /* of its present run: from left_cycle to its begin */
    uint64_t delay_cycles; /* ... from its wake-up to its begin; or 0 */
    bool woken;            /* runnable since it woke */
    uint16_t pcpu;         /* where it runs, or ran last */
};

struct sched_replay_pcpu {
    uint16_t vcpu;        /* its number within the host, SCHED_LOG_NO_VCPU */
    uint16_t last;        /* who left it last, if nobody is on it */
    uint64_t since_cycle; /* it is so */
};

struct sched_replay {
    struct sched_log_host host;
    struct sched_log_vm *vms; /* those of host; owned */
    unsigned vcpu_count;
    struct sched_replay_vcpu *vcpus; /* owned */
    struct sched_replay_pcpu pcpus[SCHED_LOG_MAX_PCPUS];
};

/* What an event ended. */
struct sched_step {
    uint16_t vcpu;               /* SCHED_LOG_NO_VCPU: IDLE */
    enum sched_log_state before; /* its state until the event ... */
    uint64_t since_cycle;        /* ... since then */
    bool woken;           /* it got a pCPU after it woke: delay_cycles counts */
    uint64_t wait_cycles, /* its run that begins or ends: as above */
        delay_cycles;
    uint16_t pcpu_last;        /* RUN, IDLE: who was on the pCPU before ... */
    uint64_t pcpu_since_cycle; /* ... and since when it has nobody */
};

/* Copies what host points to.  False if there is no memory. */
bool sched_replay_init(struct sched_replay *r,
                       const struct sched_log_host *host);
void sched_replay_free(struct sched_replay *r);

/* NULL if the event agrees with those before it; else why it does not: it is
   left out. */
const char *sched_replay_step(struct sched_replay *r,
                              const struct sched_event *event,
                              struct sched_step *step);

/* The same for one pCPU alone, of an event that is known to agree; vcpu: its
   number within the host, or SCHED_LOG_NO_VCPU if it has none. */
void sched_replay_pcpu(struct sched_replay_pcpu *p,
                       const struct sched_event *event, uint16_t vcpu);

/* The VM of a vCPU, by its number within the host. */
unsigned sched_replay_vm(const struct sched_replay *r, unsigned vcpu);

#endif
