/*
 * view_latency.c - the table of `perf sched latency`: what each VM ran, and how
 * long its vCPUs waited from their wake-up until they ran.
 *
 * Source  perf-sched(1).  Percentiles are ours, and come out of latency.h: at
 *         most 1/32 too large; mean and maximum are exact.
 * Window  time that was run counts as far as it is in the window; a switch and
 *         its delay if the vCPU got the pCPU in it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/machine/sched_trace/sched_view.h"
#include "sim/record/latency.h"

/* Of a VM, or of a vCPU. */
struct row {
    uint64_t ran_cycles, switches;
    uint64_t greatest_end_cycle; /* when the longest delay was over */
    struct latency delay;
};

struct table {
    struct row *vms, *vcpus; /* vcpus: NULL unless asked for */
    struct row total;
};

static void add_run(const struct sched_view *v, struct row *row,
                    uint64_t begin_cycle, uint64_t end_cycle)
{
    row->ran_cycles += sched_view_overlap(v, begin_cycle, end_cycle);
}

static void add_switch(const struct sched_view *v, struct row *row)
{
    uint64_t delay_cycles = v->step.delay_cycles;

    row->switches++;
    if (!v->step.woken)
        return;
    if (row->delay.count == 0 || delay_cycles > row->delay.greatest)
        row->greatest_end_cycle = v->record.event.cycle;
    latency_add(&row->delay, delay_cycles);
}

static void add_ran(const struct sched_view *v, struct table *t, unsigned vcpu,
                    uint64_t begin_cycle, uint64_t end_cycle)
{
    unsigned vm = sched_replay_vm(&v->replay, vcpu);

    add_run(v, &t->vms[vm], begin_cycle, end_cycle);
    add_run(v, &t->total, begin_cycle, end_cycle);
    if (t->vcpus)
        add_run(v, &t->vcpus[vcpu], begin_cycle, end_cycle);
}

static void add_event(const struct sched_view *v, struct table *t)
{
    const struct sched_event *event = &v->record.event;

    if (v->step.vcpu == SCHED_LOG_NO_VCPU)
        return;
    if (v->step.before == SCHED_LOG_RUNNING)
        add_ran(v, t, v->step.vcpu, v->step.since_cycle, event->cycle);
    if (event->kind != SCHED_EVENT_RUN || !sched_view_inside(v))
        return;
    add_switch(v, &t->vms[event->vm]);
    add_switch(v, &t->total);
    if (t->vcpus)
        add_switch(v, &t->vcpus[v->step.vcpu]);
}

/* Those that run still ran up to the end of the window. */
static void add_last(const struct sched_view *v, struct table *t)
{
    for (unsigned i = 0; i < v->replay.vcpu_count; i++)
        if (v->replay.vcpus[i].state == SCHED_LOG_RUNNING)
            add_ran(v, t, i, v->replay.vcpus[i].since_cycle, v->to_cycle);
}

static void print_rule(void)
{
    for (int i = 0; i < 124; i++)
        putchar('-');
    putchar('\n');
}

static void print_row(const struct sched_view *v, const struct row *row,
                      const char *name, int indent)
{
    char text[32];
    const uint64_t delays[] = {
        latency_mean(&row->delay), latency_permille(&row->delay, 500),
        latency_permille(&row->delay, 990), row->delay.greatest};

    printf("%*s%-*s |%13s |%9" PRIu64 " |%9" PRIu64 " |", indent, "",
           29 - indent, name, sched_view_ms(v, row->ran_cycles, text),
           row->switches, row->delay.count);
    for (unsigned i = 0; i < 4; i++)
        printf("%10s |",
               row->delay.count ? sched_view_ms(v, delays[i], text) : "-");
    printf("%13s\n",
           row->delay.count
               ? sched_view_seconds(
                     v, row->greatest_end_cycle - row->delay.greatest, text)
               : "-");
}

static void print_table(const struct sched_view *v, const struct table *t)
{
    char text[2][32], name[SCHED_NAME_TEXT_BYTES];

    printf("policy %s, %u pCPU%s, from %s s to %s s\n", v->replay.host.policy,
           v->replay.host.pcpus, v->replay.host.pcpus == 1 ? "" : "s",
           sched_view_seconds(v, v->from_cycle, text[0]),
           sched_view_seconds(v, v->to_cycle, text[1]));
    print_rule();
    printf("%-29s |%13s |%9s |%9s |%10s |%10s |%10s |%10s |%13s\n",
           "VM:(vCPUs)", "Runtime ms", "Switches", "Wake-ups", "Avg ms",
           "p50 ms", "p99 ms", "Max ms", "Max start s");
    print_rule();
    for (unsigned i = 0; i < v->replay.host.vm_count; i++) {
        const struct sched_log_vm *vm = &v->replay.vms[i];

        snprintf(name, sizeof name, "%.*s:(%u)", 24, vm->name,
                 vm->vcpus % 10000);
        print_row(v, &t->vms[i], name, 0);
        for (unsigned j = 0; t->vcpus && j < vm->vcpus; j++)
            print_row(v, &t->vcpus[vm->first + j],
                      sched_view_name(v, vm->first + j, name), 2);
    }
    print_rule();
    print_row(v, &t->total, "TOTAL:", 0);
    print_rule();
}

static enum status read_all(struct sched_view *v, struct table *t,
                            struct error *e)
{
    enum sched_read got;

    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT)
        add_event(v, t);
    if (got == SCHED_READ_ERROR)
        return STATUS_FILE;
    add_last(v, t);
    return STATUS_OK;
}

enum status sched_view_latency(struct sched_view *v, struct error *e)
{
    struct table *t = calloc(1, sizeof *t);
    enum status s = STATUS_MEMORY;

    if (t)
        t->vms = calloc(v->replay.host.vm_count, sizeof *t->vms);
    if (t && v->query->per_vcpu)
        t->vcpus = calloc(v->replay.vcpu_count, sizeof *t->vcpus);
    if (t && t->vms && (t->vcpus || !v->query->per_vcpu))
        s = read_all(v, t, e);
    else
        error_set(e, s, "out of memory");
    if (s == STATUS_OK)
        print_table(v, t);
    if (t) {
        free(t->vms);
        free(t->vcpus);
    }
    free(t);
    return s;
}
