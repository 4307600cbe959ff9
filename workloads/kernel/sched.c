/*
 * sched.c - round robin.
 *
 * While a program runs, the timer ticks once a slice.  While nobody is ready,
 * the CPU halts until the next deadline: an idle machine takes no ticks.
 */
#include "workloads/kernel/sched.h"

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

enum { TICK_MIN_NS = 10000 };

void sched_init(void)
{
    struct options *o = &kernel.options;

    kernel.sched.tick_ns = o->tick_us * 1000;
    if (o->tick_cycles && o->tsc_khz)
        kernel.sched.tick_ns = o->tick_cycles * 1000000 / o->tsc_khz;
    /* A tick shorter than its own handler would leave programs no time. */
    kernel.sched.tick_ns = u64_max(kernel.sched.tick_ns, TICK_MIN_NS);
    kernel.sched.armed_ns = UINT64_MAX;
    kernel.sched.idle = true;
}

void sched_add(struct process *p)
{
    struct sched *s = &kernel.sched;

    p->state = PROCESS_READY;
    p->next_ready = NULL;
    if (s->ready_last)
        s->ready_last->next_ready = p;
    else
        s->ready_first = p;
    s->ready_last = p;
}

static struct process *take_first(void)
{
    struct sched *s = &kernel.sched;
    struct process *p = s->ready_first;

    s->ready_first = p->next_ready;
    if (!s->ready_first)
        s->ready_last = NULL;
    return p;
}

/* Wakes those whose time has come; when the next one is due. */
static uint64_t run_deadlines(uint64_t now)
{
    uint64_t next = UINT64_MAX;

    for (struct process *p = kernel.processes.all; p; p = p->next_all) {
        if (p->state == PROCESS_ZOMBIE)
            continue;
        if (p->alarm_ns && p->alarm_ns <= now) {
            p->alarm_ns = p->alarm_period_ns ? now + p->alarm_period_ns : 0;
            signal_send_group(p, SIGALRM);
        }
        if (p->alarm_ns)
            next = u64_min(next, p->alarm_ns);
        if (p->state != PROCESS_WAITING)
            continue;
        if (p->deadline_ns <= now) {
            p->timed_out = true;
            sched_wake_process(p);
        } else {
            next = u64_min(next, p->deadline_ns);
        }
    }
    return next;
}

static void arm(uint64_t ns)
{
    if (kernel.sched.armed_ns == ns)
        return;
    kernel.sched.armed_ns = ns;
    kernel.pv->timer_arm(ns);
}

void sched_deadline(uint64_t ns)
{
    if (ns < kernel.sched.armed_ns)
        arm(ns);
}

static void arm_next_tick(void)
{
    uint64_t now = kernel.pv->clock_ns();

    arm(u64_min(run_deadlines(now), now + kernel.sched.tick_ns));
}

void sched_tick(bool was_user)
{
    struct sched *s = &kernel.sched;

    s->armed_ns = UINT64_MAX;
    if (s->idle)
        return; /* wait_for_work() looks for itself */
    if (was_user)
        kernel.current->user_ns += s->tick_ns;
    else
        kernel.current->system_ns += s->tick_ns;
    arm_next_tick();
    s->need_switch = s->ready_first != NULL;
}

void sched_start_first(void)
{
    kernel.sched.idle = false;
    arm_next_tick();
    kernel.pv->return_to_user(process_frame(kernel.current));
}

/* Halts until a process is ready. */
static void wait_for_work(void)
{
    kernel.sched.idle = true;
    for (;;) {
        uint64_t next = run_deadlines(kernel.pv->clock_ns());

        if (kernel.sched.ready_first)
            return;
        arm(next);
        kernel.pv->idle();
    }
}

static void load_context(struct process *p)
{
    if (!kernel.current || kernel.current->space != p->space)
        space_load(p->space);
    kernel.current = p;
    kernel.pv->load_kernel_stack(process_stack_top(p));
    kernel.pv->load_fs_base(p->fs_base);
    kernel.pv->load_user_gs_base(p->gs_base);
    __asm__ volatile("fxrstor64 (%0)" : : "r"(p->fx) : "memory");
}

void sched_switch(void)
{
    struct process *from = kernel.current, *to;
    uint64_t nowhere;

    kernel.sched.need_switch = false;
    if (from && from->state == PROCESS_READY)
        sched_add(from);
    if (!kernel.sched.ready_first)
        wait_for_work();
    to = take_first();
    if (kernel.sched.idle) {
        kernel.sched.idle = false;
        arm_next_tick();
    }
    if (to == from)
        return;
    if (from)
        __asm__ volatile("fxsave64 (%0)" : : "r"(from->fx) : "memory");
    load_context(to);
    switch_stacks(from ? &from->switch_sp : &nowhere, to->switch_sp);
}

void sched_wake_process(struct process *p)
{
    if (p->state != PROCESS_WAITING)
        return;
    p->wait_channel = NULL;
    sched_add(p);
}

void sched_wake(const void *channel)
{
    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        if (p->state == PROCESS_WAITING && p->wait_channel == channel)
            sched_wake_process(p);
}

bool sched_sleep(const void *channel, uint64_t deadline_ns)
{
    struct process *p = kernel.current;

    if (signal_waits(p))
        return false;
    p->state = PROCESS_WAITING;
    p->wait_channel = channel;
    p->deadline_ns = deadline_ns;
    p->timed_out = false;
    sched_deadline(deadline_ns);
    sched_switch();
    return p->timed_out || !signal_waits(p);
}
