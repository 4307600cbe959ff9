/*
 * sigframe.c - a signal handler is a call that the program did not make.
 *
 * Source  Linux x86-64: struct rt_sigframe = { return address, ucontext,
 *         siginfo }, below it nothing; the FXSAVE image above it.
 *
 * All registers are put on the user stack, then the program goes on in the
 * handler.  When that returns, it comes to the "restorer", which calls
 * rt_sigreturn, and the registers are taken back from the stack.
 */
#include <asm/errno.h>
#include <asm/sigcontext.h>
#include <asm/siginfo.h>

#include <asm/signal.h>
#include <asm/ucontext.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/user_copy.h"

enum { RED_ZONE_BYTES = 128, FX_MXCSR_AT = 24, FX_MXCSR_MASK_AT = 28 };

#define MXCSR_MASK_DEFAULT 0xffbfu /* SDM vol. 1, "MXCSR_MASK" */

struct sigframe {
    uint64_t return_address;
    struct ucontext context;
    siginfo_t info;
};

static void save_registers(struct sigcontext *c, const struct trap_frame *f)
{
    *c = (struct sigcontext){
        .r8 = f->r8,
        .r9 = f->r9,
        .r10 = f->r10,
        .r11 = f->r11,
        .r12 = f->r12,
        .r13 = f->r13,
        .r14 = f->r14,
        .r15 = f->r15,
        .rdi = f->rdi,
        .rsi = f->rsi,
        .rbp = f->rbp,
        .rbx = f->rbx,
        .rdx = f->rdx,
        .rax = f->rax,
        .rcx = f->rcx,
        .rsp = f->rsp,
        .rip = f->rip,
        .cs = USER_CS,
        .ss = USER_SS,
        .eflags = f->rflags,
        .err = f->error,
        .trapno = f->vector,
    };
}

/* Only what a program may set: never segments, never system flags. */
static void load_registers(struct trap_frame *f, const struct sigcontext *c)
{
    f->r8 = c->r8;
    f->r9 = c->r9;
    f->r10 = c->r10;
    f->r11 = c->r11;
    f->r12 = c->r12;
    f->r13 = c->r13;
    f->r14 = c->r14;
    f->r15 = c->r15;
    f->rdi = c->rdi;
    f->rsi = c->rsi;
    f->rbp = c->rbp;
    f->rbx = c->rbx;
    f->rdx = c->rdx;
    f->rax = c->rax;
    f->rcx = c->rcx;
    f->rsp = c->rsp;
    f->rip = c->rip;
    f->rflags = (c->eflags & RFLAGS_USER) | RFLAGS_IF;
}

static void fill_info(siginfo_t *info, int number)
{
    struct process *p = kernel.current;

    *info = (siginfo_t){.si_signo = number};
    if (number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
        number == SIGILL || number == SIGTRAP) {
        info->si_code = p->cause.code;
        info->si_addr = (void *)p->cause.address;
    }
}

static bool on_alt_stack(const struct process *p, uva_t sp)
{
    return sp - p->alt_stack_start < p->alt_stack_bytes;
}

static uva_t choose_stack(const struct trap_frame *f,
                          const struct signal_action *a)
{
    const struct process *p = kernel.current;

    if ((a->flags & SA_ONSTACK) && p->alt_stack_bytes &&
        !on_alt_stack(p, f->rsp))
        return p->alt_stack_start + p->alt_stack_bytes;
    return f->rsp - RED_ZONE_BYTES;
}

bool signal_push_frame(struct trap_frame *f, int number,
                       const struct signal_action *action)
{
    struct process *p = kernel.current;
    struct sigframe frame = {.return_address = action->restorer};
    uva_t fx = (choose_stack(f, action) - FX_BYTES) & ~(uva_t)63;
    uva_t at = ((fx - sizeof frame) & ~(uva_t)15) - 8;

    save_registers(&frame.context.uc_mcontext, f);
    frame.context.uc_mcontext.fpstate = (struct _fpstate *)fx;
    frame.context.uc_mcontext.cr2 = p->cause.address;
    frame.context.uc_stack = (stack_t){.ss_sp = (void *)p->alt_stack_start,
                                       .ss_size = p->alt_stack_bytes};
    frame.context.uc_sigmask =
        p->restore_saved ? p->signals_saved : p->signals_blocked;
    fill_info(&frame.info, number);
    __asm__ volatile("fxsave64 (%0)" : : "r"(p->fx) : "memory");
    memset(p->fx + FX_BYTES - 48, 0, 48); /* no extended state follows */
    if (!copy_to_user(fx, p->fx, FX_BYTES) ||
        !copy_to_user(at, &frame, sizeof frame))
        return false;
    f->rdi = (uint64_t)number;
    f->rsi = at + offsetof(struct sigframe, info);
    f->rdx = at + offsetof(struct sigframe, context);
    f->rax = 0;
    f->rsp = at;
    f->rip = action->handler;
    f->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_TF);
    f->vector = TRAP_FULL;
    return action->handler < USER_END;
}

int64_t signal_return(struct trap_frame *f)
{
    struct process *p = kernel.current;
    struct ucontext context;
    uva_t fx;

    if (!copy_from_user(&context, f->rsp, sizeof context))
        process_exit_group(SIGSEGV);
    fx = (uva_t)context.uc_mcontext.fpstate;
    if (fx) {
        uint32_t mxcsr, mask;

        __asm__ volatile("fxsave64 (%0)" : : "r"(p->fx) : "memory");
        memcpy(&mask, p->fx + FX_MXCSR_MASK_AT, sizeof mask);
        if (!copy_from_user(p->fx, fx, FX_BYTES))
            process_exit_group(SIGSEGV);
        memcpy(&mxcsr, p->fx + FX_MXCSR_AT, sizeof mxcsr);
        mxcsr &= mask ? mask : MXCSR_MASK_DEFAULT; /* other bits would fault */
        memcpy(p->fx + FX_MXCSR_AT, &mxcsr, sizeof mxcsr);
        __asm__ volatile("fxrstor64 (%0)" : : "r"(p->fx) : "memory");
    }
    load_registers(f, &context.uc_mcontext);
    p->signals_blocked =
        context.uc_sigmask & ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
    f->vector = TRAP_FULL;
    if (f->rip >= USER_END)
        process_exit_group(SIGSEGV);
    return (int64_t)f->rax;
}
