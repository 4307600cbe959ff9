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

enum { TICK_MIN_NS = 10000, SWITCH_WORDS = 8 };

void sched_init(void)
{
    struct options *o = &kernel.options;

    kernel.sched.tick_ns = o->tick_us * 1000;
    if (o->tick_cycles && o->tsc_khz)
        kernel.sched.tick_ns = o->tick_cycles * 1000000 / o->tsc_khz;
    /* A tick shorter than its own handler would leave programs no time. */
    kernel.sched.tick_ns = u64_max(kernel.sched.tick_ns, TICK_MIN_NS);
    for (unsigned i = 0; i < MAX_CPUS; i++)
        kernel.cpus[i].armed_ns = UINT64_MAX;
    kernel.here->idle = true;
}

static void append(struct process *p)
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

static bool may_run_here(const struct process *p)
{
    return (p->cpus >> kernel.here->number & 1) != 0;
}

/* Is there anybody ready that this CPU may run? */
static bool any_for_here(void)
{
    const struct process *p = kernel.sched.ready_first;

    while (p && !may_run_here(p))
        p = p->next_ready;
    return p != NULL;
}

/* A CPU that looks for work itself takes the first. */
void sched_add(struct process *p)
{
    bool ours = kernel.here->idle && !any_for_here() && may_run_here(p);

    append(p);
    if (kernel.cpu_count > 1 && !ours)
        cpus_call_idle(p->cpus);
}

/* The first that may run here; there is one. */
static struct process *take_first(void)
{
    struct sched *s = &kernel.sched;
    struct process *p = s->ready_first, *before = NULL;

    for (; !may_run_here(p); p = p->next_ready)
        before = p;
    if (before)
        before->next_ready = p->next_ready;
    else
        s->ready_first = p->next_ready;
    if (s->ready_last == p)
        s->ready_last = before;
    return p;
}

/* Work is left over: an idle CPU that may do some of it is called. */
static void call_for_rest(void)
{
    uint64_t cpus = 0;

    for (const struct process *p = kernel.sched.ready_first; p;
         p = p->next_ready)
        cpus |= p->cpus;
    if (cpus)
        cpus_call_idle(cpus);
}

void sched_allow(struct process *p, uint64_t cpus)
{
    p->cpus = cpus;
    cpus_expel(p);
    if (p->state == PROCESS_READY)
        call_for_rest();
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
    if (kernel.here->armed_ns == ns)
        return;
    kernel.here->armed_ns = ns;
    kernel.pv->timer_arm(ns);
}

void sched_deadline(uint64_t ns)
{
    if (ns < kernel.here->armed_ns)
        arm(ns);
}

static void arm_next_tick(void)
{
    uint64_t now = kernel.pv->clock_ns();

    arm(u64_min(run_deadlines(now), now + kernel.sched.tick_ns));
}

/* A program's thread has run so long: a timer that counts it. */
static void count_down(struct process *p, struct cpu_timer *t, uint64_t ran_ns,
                       int signal)
{
    if (!t->left_ns)
        return;
    if (t->left_ns > ran_ns) {
        t->left_ns -= ran_ns;
        return;
    }
    t->left_ns = t->period_ns;
    signal_send_group(p, signal);
}

/* Of a time that has passed here, what the hypervisor did not take, as Linux
   counts it: what it took since the last time comes off. */
static uint64_t less_steal(uint64_t passed_ns)
{
    struct cpu *here = kernel.here;
    uint64_t steal_ns = kernel.pv->steal_ns(here->number);
    uint64_t taken_ns = steal_ns - here->steal_ns;

    here->steal_ns = steal_ns;
    return passed_ns > taken_ns ? passed_ns - taken_ns : 0;
}

/* The tick goes to the account of who ran. */
static void account(struct process *p, bool was_user)
{
    struct process *leader = thread_leader(p);
    uint64_t ran_ns = less_steal(kernel.sched.tick_ns);

    if (was_user) {
        p->user_ns += ran_ns;
        kernel.here->user_ns += ran_ns;
    } else {
        p->system_ns += ran_ns;
        kernel.here->system_ns += ran_ns;
    }
    if (!leader)
        return;
    if (was_user)
        count_down(leader, &leader->user_timer, ran_ns, SIGVTALRM);
    count_down(leader, &leader->profile_timer, ran_ns, SIGPROF);
}

void sched_tick(bool was_user)
{
    struct cpu *here = kernel.here;

    here->armed_ns = UINT64_MAX;
    if (here->idle)
        return; /* wait_for_work() looks for itself */
    account(kernel.current, was_user);
    arm_next_tick();
    here->need_switch = any_for_here();
}

void sched_start_first(void)
{
    kernel.pv->start_cpus();
    kernel.here->idle = false;
    arm_next_tick();
    kernel.pv->return_to_user(process_frame(kernel.current));
}

/* Halts until a process is ready. */
static void wait_for_work(void)
{
    struct cpu *here = kernel.here;

    here->idle = true;
    here->idle_since_ns = 0;
    for (;;) {
        uint64_t now = kernel.pv->clock_ns(), next = run_deadlines(now);

        if (here->idle_since_ns)
            here->idle_ns += less_steal(now - here->idle_since_ns);
        if (any_for_here())
            return;
        here->idle_since_ns = now;
        arm(next);
        kernel.pv->idle();
        here->called = false;
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

/* From nobody to the first who is ready. */
static struct process *take_from_idle(void)
{
    kernel.here->idle = false;
    arm_next_tick();
    return take_first();
}

void sched_idle(void)
{
    for (;;) {
        struct process *to;

        wait_for_work();
        to = take_from_idle();
        call_for_rest();
        load_context(to);
        switch_stacks(&kernel.here->idle_sp, to->switch_sp);
    }
}

void sched_idle_stack(uint64_t top)
{
    uint64_t *sp = (uint64_t *)top - SWITCH_WORDS;

    sp[SWITCH_WORDS - 2] = (uint64_t)sched_idle;
    kernel.here->idle_sp = (uint64_t)sp;
}

/* Another CPU may run this process soon: nothing here may be in its way. */
static void leave_to_idle(struct process *from)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(from->fx) : "memory");
    kernel.current = NULL;
    space_load(NULL);
    switch_stacks(&from->switch_sp, kernel.here->idle_sp);
}

void sched_switch(void)
{
    struct process *from = kernel.current, *to;
    uint64_t nowhere;

    kernel.here->need_switch = false;
    if (from && from->state == PROCESS_READY) {
        append(from);
        if (!may_run_here(from))
            cpus_call_idle(from->cpus);
    }
    if (!any_for_here() && kernel.cpu_count > 1) {
        leave_to_idle(from);
        return;
    }
    if (!any_for_here())
        wait_for_work();
    to = kernel.here->idle ? take_from_idle() : take_first();
    if (to == from)
        return;
    if (from)
        __asm__ volatile("fxsave64 (%0)" : : "r"(from->fx) : "memory");
    load_context(to);
    switch_stacks(from ? &from->switch_sp : &nowhere, to->switch_sp);
}

void sched_wake_process(struct process *p)
{
    if (p->state != PROCESS_WAITING) {
        if (kernel.cpu_count > 1)
            cpus_interrupt(p);
        return;
    }
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
