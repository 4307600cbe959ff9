/*
 * signal.c - sending, and what happens on delivery.
 */
#include "workloads/kernel/signal.h"

#include <asm/errno.h>
#include <asm/unistd.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"

enum { DEFAULT_TERMINATE, DEFAULT_IGNORE, DEFAULT_STOP };

#define NEVER_BLOCKED (signal_bit(SIGKILL) | signal_bit(SIGSTOP))

static int default_action(int number)
{
    switch (number) {
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
    case SIGCONT:
        return DEFAULT_IGNORE;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return DEFAULT_STOP;
    default:
        return DEFAULT_TERMINATE;
    }
}

/* Stopping a process is not modelled: there is no terminal to resume it. */
static bool ignored(const struct process *p, int number)
{
    uint64_t handler = p->handlers->actions[number].handler;

    if (number == SIGKILL)
        return false;
    if (handler == (uint64_t)SIG_DFL)
        return default_action(number) != DEFAULT_TERMINATE;
    return handler == (uint64_t)SIG_IGN;
}

bool signal_waits(const struct process *p)
{
    return (signal_pending(p) & ~p->signals_blocked) != 0;
}

uint64_t signal_pending(const struct process *p)
{
    return p->signals_pending | (p->handlers ? p->handlers->pending : 0);
}

void signal_take(struct process *p, uint64_t bits)
{
    p->signals_pending &= ~bits;
    p->handlers->pending &= ~bits;
}

void signal_send_group(struct process *p, int number)
{
    struct process *t = thread_for_signal(p, number);

    if (!t || number <= 0 || number > SIGNAL_COUNT)
        return;
    if (ignored(t, number) && !(t->signals_blocked & signal_bit(number)))
        return;
    t->handlers->pending |= signal_bit(number);
    if (signal_waits(t))
        sched_wake_process(t);
}

void signal_send(struct process *p, int number)
{
    if (p->state == PROCESS_ZOMBIE || number <= 0 || number > SIGNAL_COUNT)
        return;
    if (ignored(p, number) && !(p->signals_blocked & signal_bit(number)))
        return;
    p->signals_pending |= signal_bit(number);
    if (signal_waits(p))
        sched_wake_process(p);
}

void signal_force(int number, const struct signal_cause *cause)
{
    struct process *p = kernel.current;
    struct signal_action *a = &p->handlers->actions[number];

    if (a->handler == (uint64_t)SIG_IGN ||
        (p->signals_blocked & signal_bit(number))) {
        a->handler = (uint64_t)SIG_DFL;
        p->signals_blocked &= ~signal_bit(number);
    }
    p->cause = *cause;
    p->signals_pending |= signal_bit(number);
}

/*
 * A system call that a signal interrupted: does it start again?  With
 * -ERESTART it does, unless a handler without SA_RESTART runs.
 */
static void restart_system_call(struct trap_frame *f,
                                const struct signal_action *a)
{
    if (f->vector != TRAP_SYSCALL || f->rax != (uint64_t)-ERESTART)
        return;
    if (a && !(a->flags & SA_RESTART)) {
        f->rax = (uint64_t)-EINTR;
        return;
    }
    f->rax = f->error;
    f->rip -= 2; /* the length of SYSCALL */
}

static void run_handler(struct trap_frame *f, int number)
{
    struct process *p = kernel.current;
    struct signal_action *slot = &p->handlers->actions[number];
    struct signal_action a = *slot;

    restart_system_call(f, &a);
    if (a.flags & SA_RESETHAND)
        slot->handler = (uint64_t)SIG_DFL;
    if (!signal_push_frame(f, number, &a))
        process_exit_group(SIGSEGV);
    p->signals_blocked |= a.mask & ~NEVER_BLOCKED;
    if (!(a.flags & SA_NODEFER))
        p->signals_blocked |= signal_bit(number);
}

void signal_deliver(struct trap_frame *f)
{
    struct process *p = kernel.current;
    uint64_t deliverable;

    while ((deliverable = signal_pending(p) & ~p->signals_blocked) != 0) {
        int number = __builtin_ctzll(deliverable) + 1;

        signal_take(p, signal_bit(number));
        if (p->ends_alone && number == SIGKILL)
            process_exit(SIGKILL);
        if (ignored(p, number))
            continue;
        if (p->handlers->actions[number].handler == (uint64_t)SIG_DFL)
            process_exit_group(number);
        run_handler(f, number);
        p->restore_saved = false;
        return;
    }
    restart_system_call(f, NULL);
    if (p->restore_saved) {
        p->signals_blocked = p->signals_saved;
        p->restore_saved = false;
    }
}

void signal_reset_handlers(struct signal_handlers *h)
{
    for (int n = 1; n <= SIGNAL_COUNT; n++)
        if (h->actions[n].handler != (uint64_t)SIG_IGN)
            h->actions[n] = (struct signal_action){0};
}
