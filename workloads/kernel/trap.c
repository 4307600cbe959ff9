/*
 * trap.c - what interrupts a program, and what the kernel does about it.
 */
#include "workloads/kernel/trap.h"

#include <asm/errno.h>
#include <asm/siginfo.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/user_copy.h"

/* Signal and si_code for an exception; by vector. */
struct exception_signal {
    int number, code;
};

static const struct exception_signal exception_signals[32] = {
    [VECTOR_DE] = {SIGFPE, FPE_INTDIV}, [VECTOR_DB] = {SIGTRAP, TRAP_TRACE},
    [VECTOR_BP] = {SIGTRAP, SI_KERNEL}, [VECTOR_OF] = {SIGSEGV, SI_KERNEL},
    [VECTOR_UD] = {SIGILL, ILL_ILLOPN}, [VECTOR_GP] = {SIGSEGV, SI_KERNEL},
    [VECTOR_MF] = {SIGFPE, FPE_FLTINV}, [VECTOR_AC] = {SIGBUS, BUS_ADRALN},
    [VECTOR_XM] = {SIGFPE, FPE_FLTINV},
};

/* The last thing before a program goes on. */
static void before_user(struct trap_frame *f)
{
    if (kernel.here->need_switch)
        sched_switch();
    if (signal_pending(kernel.current) || kernel.current->restore_saved ||
        f->rax == (uint64_t)-ERESTART)
        signal_deliver(f);
}

static void out_of_memory(void)
{
    struct process *p = kernel.current;

    if (!p->oom_killed)
        kwarn("out of memory: process %d (%s) killed", p->pid, p->comm);
    p->oom_killed = true;
    signal_send(p, SIGKILL);
}

/* The kernel itself faulted: a copy to or from the program that failed may
   go on at its fixup; anything else is a bug of ours. */
static void kernel_fault(struct trap_frame *f, uint64_t cr2)
{
    uint64_t go_on = user_copy_fixup(f->rip);

    if (go_on == 0)
        panic("exception %lu error %lx at rip %lx, cr2 %lx, rsp %lx", f->vector,
              f->error, f->rip, cr2, f->rsp);
    f->rip = go_on;
}

static void page_fault(struct trap_frame *f, uva_t va)
{
    struct signal_cause cause = {SEGV_MAPERR, va};
    enum fault_result result = FAULT_NO_AREA;
    bool user = trap_from_user(f);

    if (va < USER_END && kernel.current && kernel.current->space &&
        (user || user_copy_fixup(f->rip)))
        result = fault_handle(kernel.current->space, va, f->error);
    if (result == FAULT_DONE)
        return;
    if (result == FAULT_NO_MEMORY)
        out_of_memory();
    if (!user) {
        kernel_fault(f, va);
        return;
    }
    switch (result) {
    case FAULT_NO_RIGHTS:
        cause.code = SEGV_ACCERR;
        break;
    case FAULT_NO_FILE:
        cause.code = BUS_ADRERR;
        signal_force(SIGBUS, &cause);
        return;
    case FAULT_DONE:
    case FAULT_NO_AREA:
    case FAULT_NO_MEMORY:
        break;
    }
    if (result != FAULT_NO_MEMORY)
        signal_force(SIGSEGV, &cause);
}

void trap_exception(struct trap_frame *f, uint64_t cr2)
{
    struct signal_cause cause = {.address = f->rip};

    if (f->vector == VECTOR_PF) {
        page_fault(f, cr2);
    } else if (!trap_from_user(f)) {
        kernel_fault(f, cr2);
    } else if (f->vector < ARRAY_LEN(exception_signals) &&
               exception_signals[f->vector].number) {
        cause.code = exception_signals[f->vector].code;
        if (f->vector == VECTOR_GP)
            cause.address = 0;
        signal_force(exception_signals[f->vector].number, &cause);
    } else if (f->vector < ARRAY_LEN(exception_signals)) {
        signal_force(SIGSEGV, &cause);
    }
    if (trap_from_user(f))
        before_user(f);
}

void trap_syscall(struct trap_frame *f)
{
    const uint64_t arguments[6] = {f->rdi, f->rsi, f->rdx,
                                   f->r10, f->r8,  f->r9};

    f->rax = (uint64_t)syscall_dispatch(f->error, arguments);
    before_user(f);
}

void trap_timer(struct trap_frame *f)
{
    bool user = trap_from_user(f);

    sched_tick(user);
    if (user)
        before_user(f);
}

void trap_call(struct trap_frame *f)
{
    if (trap_from_user(f))
        before_user(f);
}
