/*
 * sched_log.h - the scheduler's events, as they happen, to a file: what
 * xentrace and `perf sched record` keep of real hosts.
 *
 * Format    text, a line each; fields are separated by one blank:
 *
 *             ringside-sched-log 1
 *             # made by: COMMAND (lines that begin with # are skipped)
 *             host KHZ POLICY PCPUS THREADS_PER_CORE NODES
 *             vm NUMBER VCPUS WEIGHT NAME        (one a VM, from 0 on)
 *             CYCLE PCPU EVENT VM.VCPU [ARG]     (the events; ARG 0 is left
 *             CYCLE PCPU idle -                   out)
 *             end CYCLE EVENTS                   (the last line)
 *
 *           CYCLE counts the host's clock from power-on: seconds are CYCLE /
 *           KHZ / 1000.  Events of one vCPU, and of one pCPU, are in order;
 *           clocks of pCPUs differ by a little, so that others may be swapped
 *           (sched_reader.h sorts them).  A file without its end was cut.
 * Memory    does not grow with the number of events.
 */
#ifndef SIM_RECORD_SCHED_LOG_H
#define SIM_RECORD_SCHED_LOG_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SCHED_EVENT(id, name, sentence) SCHED_EVENT_##id,
enum sched_event_kind {
#include "sim/record/sched_log.def"
    SCHED_EVENT_COUNT
};
#undef SCHED_EVENT

enum {
    SCHED_EVENT_NOBODY = 0xffff,
    SCHED_LOG_VERSION = 1,
    SCHED_LOG_NAME_BYTES = 32,
    SCHED_LOG_MAX_PCPUS = 64,
    SCHED_LOG_MAX_VCPUS = 4096 /* of all VMs; so there are no more VMs */
};

struct sched_event {
    uint64_t cycle;
    enum sched_event_kind kind;
    uint16_t pcpu;
    uint16_t vm, vcpu; /* SCHED_EVENT_NOBODY: IDLE */
    uint64_t arg;
};

struct sched_log_vm {
    char name[SCHED_LOG_NAME_BYTES];
    unsigned vcpus;
    uint32_t weight;
    unsigned first; /* number of its vCPU 0 within the host; of the reader */
};

/* Whose events they are. */
struct sched_log_host {
    uint64_t khz;
    char policy[SCHED_LOG_NAME_BYTES];
    unsigned pcpus, threads_per_core, nodes;
    const struct sched_log_vm *vms;
    unsigned vm_count;
};

struct sched_chrome;
struct sched_recent;

/* Where events go: to a file, to a time line, to memory, to all of them. */
struct sched_log {
    FILE *stream;                /* NULL: no file; not owned */
    struct sched_chrome *chrome; /* sched_chrome.h; NULL: none; not owned */
    struct sched_recent *recent; /* sched_recent.h; NULL: none; not owned */
    const char *made_by; /* the command that makes it again; may be NULL */
    uint64_t events;
};

const char *sched_event_name(enum sched_event_kind kind);
const char *sched_event_sentence(enum sched_event_kind kind);

/* SCHED_EVENT_COUNT if there is no such event. */
enum sched_event_kind sched_event_find(const char *name, size_t bytes);

/*
 * Order: set where it goes to (chrome's out, too); begin, put for each event,
 * end. Write errors show in ferror().  begin is false if there is no memory;
 * what recent holds by then is freed by whoever it belongs to.
 */
bool sched_log_begin(struct sched_log *log, const struct sched_log_host *host);

/* One event; log may be NULL. */
void sched_log_put(struct sched_log *log, const struct sched_event *event);

void sched_log_end(struct sched_log *log, uint64_t cycle);

#endif
