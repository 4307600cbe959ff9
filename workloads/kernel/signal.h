/*
 * signal.h - signals: kept as bits, acted upon when a process is about to
 * return to user mode.
 *
 * Source  Linux x86-64 kernel interface, <asm/signal.h>, <asm/sigcontext.h>.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H
#include <asm/signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct process;
struct trap_frame;

enum { SIGNAL_COUNT = 64 };

/* As the kernel's rt_sigaction takes it. */
struct signal_action {
    uint64_t handler; /* SIG_DFL 0, SIG_IGN 1, or a function */
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};

struct signal_handlers {
    unsigned users;
    uint64_t pending; /* signals for the program, whichever thread */
    struct signal_action actions[SIGNAL_COUNT + 1]; /* by number; 0 unused */
};

/* Why a fault was raised; for the handler's siginfo. */
struct signal_cause {
    int code; /* SEGV_MAPERR ... */
    uva_t address;
};

static inline uint64_t signal_bit(int number)
{
    return (uint64_t)1 << (number - 1);
}

/* To one thread. */
void signal_send(struct process *p, int number);
/* To a program: whichever of its threads does not block it. */
void signal_send_group(struct process *p, int number);
/* Those that p could take, blocked or not. */
uint64_t signal_pending(const struct process *p);
/* They are no longer pending. */
void signal_take(struct process *p, uint64_t bits);
/* A fault of the current program: cannot be blocked or ignored. */
void signal_force(int number, const struct signal_cause *cause);
/* True if a signal would interrupt p's sleep. */
bool signal_waits(const struct process *p);
/* Acts on pending signals; f is what the program will return to. */
void signal_deliver(struct trap_frame *f);
/* After exec: handlers back to default. */
void signal_reset_handlers(struct signal_handlers *h);

/* sys_signal.c: a system call that waits with the blocked set at set_va instead
   of the own; false: no such memory.  Then what it returns passes through the
   second: the own set is back, at once or after the handler. */
bool signal_wait_with(uva_t set_va);
int64_t signal_waited(int64_t result);

/* sigframe.c: pushes a frame on the user stack; false: no such memory. */
bool signal_push_frame(struct trap_frame *f, int number,
                       const struct signal_action *action);
/* rt_sigreturn(2): takes it off again. */
int64_t signal_return(struct trap_frame *f);

#endif
