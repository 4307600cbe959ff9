/*
 * view_xentrace.c - the events under Xen's names, a line each, as
 * xentrace_format(1) prints them: what reads those, reads ours.
 *
 * Source  Xen's public header xen/trace.h: the events' numbers; runstate
 *         changes are TRC_SCHED_RUNSTATE_CHANGE with the old state in bits 11:8
 *         and the new one in bits 7:4 (xen/vcpu.h, RUNSTATE_*).
 * Model   domain ids are our VM numbers + 1: domain 0, which Xen's own
 *         schedules too, we have none of.  A pCPU without a vCPU runs the idle
 *         domain's.  Times of a switch are nanoseconds, time stamps cycles.
 * NOT MODELLED  r_time, the slice that was granted: -1, as for no limit.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <xen/trace.h>

#include "sim/machine/sched_trace/sched_view.h"

#define XEN_EVENT(id, number, name, fields) XEN_EVENT_##id,
enum xen_event {
#include "sim/machine/sched_trace/xen_events.def"
    XEN_EVENT_COUNT
};
#undef XEN_EVENT

#define XEN_EVENT(id, number, name, fields) {number, name, fields},
static const struct {
    uint32_t number;
    const char *name, *fields;
} events[XEN_EVENT_COUNT] = {
#include "sim/machine/sched_trace/xen_events.def"
};
#undef XEN_EVENT

enum {
    IDLE_DOMAIN = 0x7fff, /* Xen's DOMID_IDLE */
    FIRST_DOMAIN = 1,
    NAME_COLUMNS = 18,
    MAX_VALUES = 3,
};

struct xentrace {
    const struct sched_view *view;
    uint64_t last_cycle[SCHED_LOG_MAX_PCPUS];    /* of its line before */
    unsigned running_vcpus[SCHED_LOG_MAX_VCPUS]; /* of a VM: not absent */
};

/* dom:vcpu in one word; of the idle domain, the vCPU is the pCPU. */
static int64_t dom_vcpu(const struct xentrace *x, unsigned vcpu)
{
    const struct sched_replay *r = &x->view->replay;
    unsigned vm;

    if (vcpu == SCHED_LOG_NO_VCPU)
        return (int64_t)IDLE_DOMAIN << 16 | x->view->record.event.pcpu;
    vm = sched_replay_vm(r, vcpu);
    return (int64_t)(vm + FIRST_DOMAIN) << 16 | (vcpu - r->vms[vm].first);
}

static void print_fields(const char *fields, const int64_t *values)
{
    for (; *fields; fields++) {
        if (*fields != '%')
            putchar(*fields);
        else if (*++fields == 'd')
            printf("%" PRId64, *values++);
        else
            printf("0x%08" PRIx64, (uint64_t)*values++);
    }
}

static void print_line(struct xentrace *x, const char *name, const char *fields,
                       const int64_t *values)
{
    const struct sched_event *event = &x->view->record.event;
    uint64_t *last = &x->last_cycle[event->pcpu];
    uint64_t since;

    if (!sched_view_inside(x->view))
        return;
    since = *last && event->cycle > *last ? event->cycle - *last : 0;

    printf("CPU%u  %" PRIu64 " (+%8" PRIu64 ")  %-*s[ ", (unsigned)event->pcpu,
           event->cycle, since, NAME_COLUMNS, name);
    print_fields(fields, values);
    puts(" ]");
    *last = event->cycle;
}

static void print_event(struct xentrace *x, enum xen_event id,
                        const int64_t values[MAX_VALUES])
{
    print_line(x, events[id].name, events[id].fields, values);
}

/* running_to_blocked and the like. */
static void print_runstate(struct xentrace *x, unsigned vcpu,
                           enum sched_log_state from, enum sched_log_state to)
{
    static const char *const names[SCHED_LOG_STATES] = {
        [SCHED_LOG_ABSENT] = "offline",
        [SCHED_LOG_BLOCKED] = "blocked",
        [SCHED_LOG_RUNNABLE] = "runnable",
        [SCHED_LOG_RUNNING] = "running",
    };
    const int64_t value = dom_vcpu(x, vcpu);
    char name[32];

    snprintf(name, sizeof name, "%s_to_%s ", names[from], names[to]);
    print_line(x, name, events[XEN_EVENT_RUNSTATE].fields, &value);
}

/* A pCPU goes from one vCPU to the next; either may be the idle domain's. */
static void print_switch(struct xentrace *x)
{
    const struct sched_view *v = x->view;
    const struct sched_event *event = &v->record.event;
    const int64_t prev = dom_vcpu(x, v->step.pcpu_last);
    const int64_t next = dom_vcpu(x, v->step.vcpu);
    uint64_t waited = v->step.vcpu == SCHED_LOG_NO_VCPU
                          ? 0
                          : event->cycle - v->step.since_cycle;
    int64_t values[MAX_VALUES] = {prev};

    if (v->step.pcpu_last == SCHED_LOG_NO_VCPU) {
        values[1] =
            (int64_t)sched_view_ns(v, event->cycle - v->step.pcpu_since_cycle);
        print_event(x, XEN_EVENT_INFPREV, values);
    }
    values[0] = next;
    values[1] = (int64_t)sched_view_ns(v, waited);
    values[2] = -1;
    print_event(x, XEN_EVENT_INFNEXT, values);
    values[0] = prev;
    values[1] = next;
    print_event(x, XEN_EVENT_SWITCH, values);
}

/* A vCPU leaves its pCPU. */
static void print_leave(struct xentrace *x, enum sched_log_state to)
{
    const struct sched_view *v = x->view;
    const struct sched_event *event = &v->record.event;
    const int64_t values[MAX_VALUES] = {
        dom_vcpu(x, v->step.vcpu),
        (int64_t)sched_view_ns(v, event->cycle - v->step.since_cycle)};

    if (event->kind == SCHED_EVENT_BLOCK)
        print_event(x, XEN_EVENT_BLOCK, values);
    else if (event->kind == SCHED_EVENT_YIELD)
        print_event(x, XEN_EVENT_YIELD, values);
    print_event(x, XEN_EVENT_INFPREV, values);
    print_runstate(x, v->step.vcpu, SCHED_LOG_RUNNING, to);
}

/* A VM's first vCPU that starts brings its domain, the last to stop ends it. */
static void print_life(struct xentrace *x, bool starts)
{
    const struct sched_view *v = x->view;
    unsigned vm = v->record.event.vm;
    const int64_t values[MAX_VALUES] = {(int64_t)vm + FIRST_DOMAIN};
    const int64_t vcpu[MAX_VALUES] = {dom_vcpu(x, v->step.vcpu)};

    if (!starts)
        print_event(x, XEN_EVENT_SLEEP, vcpu);
    if (starts && x->running_vcpus[vm]++ == 0)
        print_event(x, XEN_EVENT_DOM_ADD, values);
    print_runstate(x, v->step.vcpu, v->step.before,
                   starts ? SCHED_LOG_BLOCKED : SCHED_LOG_ABSENT);
    if (!starts && --x->running_vcpus[vm] == 0)
        print_event(x, XEN_EVENT_DOM_REM, values);
}

static void print_record(struct xentrace *x)
{
    const struct sched_view *v = x->view;
    const int64_t values[MAX_VALUES] = {dom_vcpu(x, v->step.vcpu)};

    switch (v->record.event.kind) {
    case SCHED_EVENT_START:
    case SCHED_EVENT_STOP:
        print_life(x, v->record.event.kind == SCHED_EVENT_START);
        break;
    case SCHED_EVENT_WAKE:
        print_event(x, XEN_EVENT_WAKE, values);
        print_runstate(x, v->step.vcpu, SCHED_LOG_BLOCKED, SCHED_LOG_RUNNABLE);
        break;
    case SCHED_EVENT_RUN:
        print_switch(x);
        print_runstate(x, v->step.vcpu, SCHED_LOG_RUNNABLE, SCHED_LOG_RUNNING);
        break;
    case SCHED_EVENT_PREEMPT:
    case SCHED_EVENT_YIELD:
        print_leave(x, SCHED_LOG_RUNNABLE);
        break;
    case SCHED_EVENT_BLOCK:
        print_leave(x, SCHED_LOG_BLOCKED);
        break;
    case SCHED_EVENT_IDLE:
        if (v->step.pcpu_last != SCHED_LOG_NO_VCPU)
            print_switch(x);
        break;
    case SCHED_EVENT_MIGRATE: /* Xen says so per scheduler, if at all */
    case SCHED_EVENT_COUNT:
        break;
    }
}

enum status sched_view_xentrace(struct sched_view *v, struct error *e)
{
    struct xentrace *x = calloc(1, sizeof *x);
    enum sched_read got;

    if (!x)
        return error_set(e, STATUS_MEMORY, "out of memory");
    x->view = v;
    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT)
        print_record(x);
    free(x);
    return got == SCHED_READ_ERROR ? STATUS_FILE : STATUS_OK;
}
