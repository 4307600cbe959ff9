/*
 * sys_signal.c - system calls about signals.
 */
#include <asm/errno.h>
#include <asm/siginfo.h>
#include <linux/time.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

enum { STACK_DISABLED = 2 }; /* SS_DISABLE of <signal.h> */

#define NEVER_BLOCKED (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

static bool valid_number(uint64_t number)
{
    return number >= 1 && number <= SIGNAL_COUNT;
}

int64_t sys_rt_sigaction(const uint64_t *a)
{
    struct signal_action *slot, action;

    if (!valid_number(a[0]) || a[3] != sizeof action.mask)
        return -EINVAL;
    slot = &kernel.current->handlers->actions[a[0]];
    if (a[1] && (a[0] == SIGKILL || a[0] == SIGSTOP))
        return -EINVAL;
    if (a[1] && !copy_from_user(&action, a[1], sizeof action))
        return -EFAULT;
    if (a[2] && !copy_to_user(a[2], slot, sizeof *slot))
        return -EFAULT;
    if (a[1])
        *slot = action;
    return 0;
}

int64_t sys_rt_sigprocmask(const uint64_t *a)
{
    uint64_t *blocked = &kernel.current->signals_blocked, set, old = *blocked;

    if (a[3] != sizeof set)
        return -EINVAL;
    if (a[1]) {
        if (!copy_from_user(&set, a[1], sizeof set))
            return -EFAULT;
        if (a[0] == SIG_BLOCK)
            *blocked |= set;
        else if (a[0] == SIG_UNBLOCK)
            *blocked &= ~set;
        else if (a[0] == SIG_SETMASK)
            *blocked = set;
        else
            return -EINVAL;
        *blocked &= ~NEVER_BLOCKED;
    }
    return !a[2] || copy_to_user(a[2], &old, sizeof old) ? 0 : -EFAULT;
}

int64_t sys_rt_sigreturn(const uint64_t *a)
{
    (void)a;
    return signal_return(process_frame(kernel.current));
}

/* Sleeps until a signal comes. */
static int64_t wait_for_signal(void)
{
    while (sched_sleep(&kernel.current->signals_pending, UINT64_MAX))
        ;
    return -EINTR;
}

bool signal_wait_with(uva_t set_va)
{
    struct process *p = kernel.current;
    uint64_t set;

    if (!copy_from_user(&set, set_va, sizeof set))
        return false;
    p->signals_saved = p->signals_blocked;
    p->restore_saved = true;
    p->signals_blocked = set & ~NEVER_BLOCKED;
    return true;
}

int64_t signal_waited(int64_t result)
{
    struct process *p = kernel.current;

    if (result != -EINTR && p->restore_saved) {
        p->signals_blocked = p->signals_saved;
        p->restore_saved = false;
    }
    return result;
}

int64_t sys_rt_sigsuspend(const uint64_t *a)
{
    return signal_wait_with(a[0]) ? wait_for_signal() : -EFAULT;
}

int64_t sys_pause(const uint64_t *a)
{
    (void)a;
    return wait_for_signal();
}

int64_t sys_rt_sigpending(const uint64_t *a)
{
    const struct process *p = kernel.current;
    uint64_t set = signal_pending(p) & p->signals_blocked;

    return copy_to_user(a[0], &set, sizeof set) ? 0 : -EFAULT;
}

int64_t sys_rt_sigtimedwait(const uint64_t *a)
{
    struct process *p = kernel.current;
    uint64_t set, deadline = UINT64_MAX, blocked = p->signals_blocked;
    siginfo_t info = {0};
    int number;

    if (!copy_from_user(&set, a[0], sizeof set))
        return -EFAULT;
    if (a[2] && !time_deadline_from_user(a[2], &deadline))
        return -EINVAL;
    p->signals_blocked &= ~set;
    if (!(signal_pending(p) & set))
        sched_sleep(&p->signals_pending, deadline);
    p->signals_blocked = blocked;
    if (!(signal_pending(p) & set))
        return p->timed_out ? -EAGAIN : -EINTR;
    number = __builtin_ctzll(signal_pending(p) & set) + 1;
    signal_take(p, signal_bit(number));
    info.si_signo = number;
    if (a[1] && !copy_to_user(a[1], &info, sizeof info))
        return -EFAULT;
    return number;
}

int64_t sys_sigaltstack(const uint64_t *a)
{
    struct process *p = kernel.current;
    stack_t old = {.ss_sp = (void *)p->alt_stack_start,
                   .ss_flags = p->alt_stack_bytes ? 0 : STACK_DISABLED,
                   .ss_size = p->alt_stack_bytes};
    stack_t new;

    if (a[0]) {
        if (!copy_from_user(&new, a[0], sizeof new))
            return -EFAULT;
        if (new.ss_flags & STACK_DISABLED)
            new.ss_size = 0;
        else if (new.ss_size < MINSIGSTKSZ)
            return -ENOMEM;
        p->alt_stack_start = (uint64_t) new.ss_sp;
        p->alt_stack_bytes = new.ss_size;
    }
    return !a[1] || copy_to_user(a[1], &old, sizeof old) ? 0 : -EFAULT;
}

/* Whom kill(pid) means, as that call numbers them. */
static bool meant(const struct process *p, int pid)
{
    if (p->pid != p->tgid || (p->state == PROCESS_ZOMBIE && pid <= 0))
        return false;
    if (pid > 0)
        return p->pid == pid;
    if (pid == 0)
        return p->pgid == kernel.current->pgid;
    return pid == -1 ? p->pid > 1 : p->pgid == -pid;
}

int64_t sys_kill(const uint64_t *a)
{
    bool any = false;

    if (a[1] != 0 && !valid_number(a[1]))
        return -EINVAL;
    for (struct process *p = kernel.processes.all; p; p = p->next_all) {
        if (!meant(p, (int)a[0]))
            continue;
        any = true;
        signal_send_group(p, (int)a[1]);
    }
    return any ? 0 : -ESRCH;
}

int64_t sys_tkill(const uint64_t *a)
{
    struct process *p = process_find((int)a[0]);

    if (a[1] != 0 && !valid_number(a[1]))
        return -EINVAL;
    if (!p)
        return -ESRCH;
    signal_send(p, (int)a[1]);
    return 0;
}

int64_t sys_tgkill(const uint64_t *a)
{
    return sys_tkill(a + 1);
}

static uint64_t ns_left(const struct process *p)
{
    uint64_t now = kernel.pv->clock_ns();

    return p->alarm_ns > now ? p->alarm_ns - now : 0;
}

static void set_alarm(uint64_t ns, uint64_t period_ns)
{
    struct process *p = kernel.current;

    p->alarm_ns = ns ? kernel.pv->clock_ns() + ns : 0;
    p->alarm_period_ns = period_ns;
    if (p->alarm_ns)
        sched_deadline(p->alarm_ns);
}

int64_t sys_alarm(const uint64_t *a)
{
    uint64_t left = ns_left(kernel.current);

    set_alarm((uint64_t)(uint32_t)a[0] * NS_PER_S, 0);
    return (int64_t)((left + NS_PER_S - 1) / NS_PER_S);
}

static uint64_t ns_of(const struct __kernel_old_timeval *t)
{
    return (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_usec * 1000;
}

static struct __kernel_old_timeval timeval_of(uint64_t ns)
{
    return (struct __kernel_old_timeval){.tv_sec = (long)(ns / NS_PER_S),
                                         .tv_usec =
                                             (long)(ns % NS_PER_S / 1000)};
}

struct interval_timer {
    struct __kernel_old_timeval period, value;
};

/* The timer that counts processor time; NULL: there is none such. */
static struct cpu_timer *cpu_timer_of(uint64_t which)
{
    struct process *leader = thread_leader(kernel.current);

    if (which == ITIMER_VIRTUAL)
        return &leader->user_timer;
    return which == ITIMER_PROF ? &leader->profile_timer : NULL;
}

int64_t sys_getitimer(const uint64_t *a)
{
    const struct process *p = kernel.current;
    const struct cpu_timer *c = cpu_timer_of(a[0]);
    struct interval_timer t = {
        timeval_of(c ? c->period_ns : p->alarm_period_ns),
        timeval_of(c ? c->left_ns : ns_left(p))};

    if (!c && a[0] != ITIMER_REAL)
        return -EINVAL;
    return copy_to_user(a[1], &t, sizeof t) ? 0 : -EFAULT;
}

int64_t sys_setitimer(const uint64_t *a)
{
    const uint64_t old[2] = {a[0], a[2]};
    struct cpu_timer *c = cpu_timer_of(a[0]);
    struct interval_timer t = {0};

    if (!c && a[0] != ITIMER_REAL)
        return -EINVAL;
    if (a[1] && !copy_from_user(&t, a[1], sizeof t))
        return -EFAULT;
    if (a[2] && sys_getitimer(old) < 0)
        return -EFAULT;
    if (c)
        *c = (struct cpu_timer){ns_of(&t.value), ns_of(&t.period)};
    else
        set_alarm(ns_of(&t.value), ns_of(&t.period));
    return 0;
}
