/*
 * trace.h - events on a time line, and the sinks that take them.
 *
 * An event goes to one sink: a ring in memory (the last events, for screens
 * and post-mortems) or Chrome trace JSON (opens in Perfetto: pid = VM, tid =
 * vCPU).  Time stamps are cycles; a sink that needs microseconds divides by
 * the nominal clock.
 *
 * Order: init once; put for each event, in time order per vCPU; finish once.
 */
#ifndef SIM_RECORD_TRACE_H
#define SIM_RECORD_TRACE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/record/counters.h"

#define TRACE(id, name, category, sentence) TRACE_##id,
enum trace_kind {
#include "sim/record/trace.def"
    TRACE_COUNT
};
#undef TRACE

struct trace_info {
    const char *name;
    const char *category;
    const char *sentence;
};

struct trace_event {
    enum trace_kind kind;
    uint16_t vm, vcpu;
    enum vmexit reason; /* of TRACE_EXIT */
    uint64_t begin_cycle, end_cycle;
    uint64_t rip; /* of the guest when the event began */
};

const struct trace_info *trace_info(enum trace_kind kind);

/* The event's own name: of its exit reason, or of its kind. */
const char *trace_name(const struct trace_event *event);

/* The last events, oldest first at index 0. */
struct trace_ring {
    struct trace_event *events; /* owned */
    size_t capacity, count, next;
};

/* False if the host has no memory. */
bool trace_ring_init(struct trace_ring *r, size_t capacity);
void trace_ring_free(struct trace_ring *r);
void trace_ring_put(struct trace_ring *r, const struct trace_event *event);
const struct trace_event *trace_ring_at(const struct trace_ring *r,
                                        size_t index);

/*
 * Chrome's Trace Event Format, JSON array form.  The stream is not owned;
 * write errors show in ferror().
 */
struct trace_chrome {
    FILE *out;
    uint64_t tsc_khz;
    bool any; /* an event was written: the next needs a comma */
};

/* Anything that lasted, or (begin = end) happened, on a track. */
struct trace_span {
    const char *name, *category;
    unsigned pid, tid;
    uint64_t begin_cycle, end_cycle;
    const char *args; /* JSON, without its braces */
};

void trace_chrome_init(struct trace_chrome *c, FILE *out, uint64_t tsc_khz);
void trace_chrome_name_vm(struct trace_chrome *c, unsigned vm,
                          const char *name);
void trace_chrome_name_vcpu(struct trace_chrome *c, unsigned vm, unsigned vcpu,
                            const char *name);
/* Lower numbers stand further up; 0 without. */
void trace_chrome_sort_vm(struct trace_chrome *c, unsigned vm, int place);
void trace_chrome_span(struct trace_chrome *c, const struct trace_span *span);
void trace_chrome_put(struct trace_chrome *c, const struct trace_event *event);
/* Takes over what another process wrote with a struct of its own, which it
   had set up without trace_chrome_init(). */
void trace_chrome_splice(struct trace_chrome *c, FILE *from);
void trace_chrome_finish(struct trace_chrome *c);

#endif
