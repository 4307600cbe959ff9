/*
 * native.c - the host's CPU as the reference.
 *
 * A child process maps code and data at the trial's addresses, loads every
 * register from the trial (FXRSTOR, MOV), goes to the instruction by IRETQ, and
 * comes back either through the jump behind it or through a signal handler,
 * which reads the registers from its context.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* names of the registers in ucontext.h */
#endif
#include "tests/host/native.h"

#if defined(__x86_64__) && defined(__linux__)
#include <asm/ldt.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Below 4G: a jump to native_leave, for compatibility mode to go to. */
#define GATE TRIAL_STACK_HIGH
/* In the same page: RIP, CS, RFLAGS, RSP, SS for IRETQ. */
enum { ENTRY = 0x100 };

/* What the assembly below reads and writes: offsets are in it. */
struct native_frame {
    struct image state; /* 0: fx, 512: gpr, 640: rflags */
    uint64_t entry;     /* 656: where ENTRY is */
    uint64_t saved_rsp; /* 664 */
};
_Static_assert(offsetof(struct native_frame, state.gpr) == 512, "asm");
_Static_assert(offsetof(struct native_frame, state.rflags) == 640, "asm");
_Static_assert(offsetof(struct native_frame, entry) == 656, "asm");
_Static_assert(offsetof(struct native_frame, saved_rsp) == 664, "asm");

struct native_frame native_frame __attribute__((visibility("hidden")));
void native_enter(void);
void native_leave(void);
void native_abort(void);

/* Order of gpr: RAX RCX RDX RBX RSP RBP RSI RDI R8 .. R15. */
__asm__(".text\n"
        ".globl native_enter, native_leave, native_abort\n"
        ".hidden native_enter, native_leave, native_abort\n"
        "native_enter:\n"
        "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "  mov %rsp, 664+native_frame(%rip)\n"
        "  fxrstor64 native_frame(%rip)\n"
        "  mov 512+native_frame(%rip), %rax\n"
        "  mov 520+native_frame(%rip), %rcx\n"
        "  mov 528+native_frame(%rip), %rdx\n"
        "  mov 536+native_frame(%rip), %rbx\n"
        "  mov 552+native_frame(%rip), %rbp\n"
        "  mov 560+native_frame(%rip), %rsi\n"
        "  mov 568+native_frame(%rip), %rdi\n"
        "  mov 576+native_frame(%rip), %r8\n"
        "  mov 584+native_frame(%rip), %r9\n"
        "  mov 592+native_frame(%rip), %r10\n"
        "  mov 600+native_frame(%rip), %r11\n"
        "  mov 608+native_frame(%rip), %r12\n"
        "  mov 616+native_frame(%rip), %r13\n"
        "  mov 624+native_frame(%rip), %r14\n"
        "  mov 632+native_frame(%rip), %r15\n"
        "  mov 656+native_frame(%rip), %rsp\n"
        "  iretq\n"
        "native_leave:\n"
        "  mov %rax, 512+native_frame(%rip)\n"
        "  mov %rcx, 520+native_frame(%rip)\n"
        "  mov %rdx, 528+native_frame(%rip)\n"
        "  mov %rbx, 536+native_frame(%rip)\n"
        "  mov %rsp, 544+native_frame(%rip)\n"
        "  mov %rbp, 552+native_frame(%rip)\n"
        "  mov %rsi, 560+native_frame(%rip)\n"
        "  mov %rdi, 568+native_frame(%rip)\n"
        "  mov %r8, 576+native_frame(%rip)\n"
        "  mov %r9, 584+native_frame(%rip)\n"
        "  mov %r10, 592+native_frame(%rip)\n"
        "  mov %r11, 600+native_frame(%rip)\n"
        "  mov %r12, 608+native_frame(%rip)\n"
        "  mov %r13, 616+native_frame(%rip)\n"
        "  mov %r14, 624+native_frame(%rip)\n"
        "  mov %r15, 632+native_frame(%rip)\n"
        "  mov 664+native_frame(%rip), %rsp\n"
        "  pushfq\n"
        "  popq 640+native_frame(%rip)\n"
        "  fxsave64 native_frame(%rip)\n"
        "native_abort:\n"
        "  mov 664+native_frame(%rip), %rsp\n"
        "  pushq $0x202\n"
        "  popfq\n"
        "  fninit\n"
        "  pushq $0x1f80\n"
        "  ldmxcsr (%rsp)\n"
        "  add $8, %rsp\n"
        "  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "  ret\n");

/* The trial under way, for the signal handler. */
static struct outcome *current;
static uint64_t current_rip;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    static const int order[16] = {
        REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
        REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    ucontext_t *u = context;
    greg_t *g = u->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    for (int i = 0; i < 16; i++)
        native_frame.state.gpr[i] = (uint64_t)g[order[i]];
    native_frame.state.rflags = (uint64_t)g[REG_EFL];
    memcpy(native_frame.state.fx, u->uc_mcontext.fpregs, TRIAL_FX_BYTES);
    current->vector = (uint8_t)g[REG_TRAPNO];
    current->error_code = (uint32_t)g[REG_ERR];
    current->cr2 = (uint64_t)g[REG_CR2];
    current->rip_offset = (uint64_t)g[REG_RIP] - current_rip;
    g[REG_RIP] = (greg_t)(uintptr_t)native_abort;
    g[REG_RSP] = (greg_t)native_frame.saved_rsp;
    g[REG_EFL] = 0x202;
    /* out of compatibility mode, if it was there; SS is the highest word */
    g[REG_CSGSFS] = (greg_t)(((uint64_t)g[REG_CSGSFS] & 0xffffffff0000) |
                             SELECTOR_CODE_64 | (uint64_t)SELECTOR_DATA << 48);
}

static void *map_at(uint64_t address, size_t bytes)
{
    void *at = (void *)(uintptr_t)address;
    void *p = mmap(at, bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    return p == at ? p : NULL;
}

static unsigned put_jump(uint8_t *at)
{
    static const uint8_t jump[6] = {0xff, 0x25, 0, 0, 0, 0}; /* JMP [RIP] */
    uint64_t back = (uint64_t)(uintptr_t)native_leave;

    memcpy(at, jump, sizeof(jump));
    memcpy(at + sizeof(jump), &back, sizeof(back));
    return sizeof(jump) + sizeof(back);
}

/* JMP ptr16:32 to the gate. */
static void put_far_jump(uint8_t *at)
{
    const uint32_t offset = (uint32_t)GATE;
    const uint16_t selector = SELECTOR_CODE_64;

    *at = 0xea;
    memcpy(at + 1, &offset, 4);
    memcpy(at + 5, &selector, 2);
}

/* The instructions, then a jump back that changes no register. */
static void place_code(const struct trial *t, unsigned slot)
{
    uint8_t *at = (uint8_t *)(uintptr_t)trial_address(slot);

    memcpy(at, t->code, t->length);
    at += t->length;
    if (t->mode == TRIAL_64) {
        put_jump(at);
        return;
    }
    if (t->mode == TRIAL_16)
        *at++ = 0x66; /* operand size: 32 bits */
    put_far_jump(at);
}

/* Entries 0 and 1 of the LDT: 16-bit code and data. */
static bool set_ldt(void)
{
    struct user_desc code, data;

    memset(&code, 0, sizeof(code));
    memset(&data, 0, sizeof(data));
    code.entry_number = SELECTOR_CODE_16 >> 3;
    code.base_addr = (unsigned)TRIAL_CODE;
    code.limit = SEGMENT_CODE_16_LIMIT;
    code.contents = MODIFY_LDT_CONTENTS_CODE;
    data.entry_number = SELECTOR_DATA_16 >> 3;
    data.base_addr = (unsigned)TRIAL_DATA;
    data.limit = SEGMENT_DATA_16_LIMIT;
    data.contents = MODIFY_LDT_CONTENTS_DATA;
    return syscall(SYS_modify_ldt, 1, &code, sizeof(code)) == 0 &&
           syscall(SYS_modify_ldt, 1, &data, sizeof(data)) == 0;
}

/* Data segments, and where IRETQ goes. */
static void aim(const struct trial *t, unsigned slot)
{
    static const uint16_t code[TRIAL_MODES] = {
        SELECTOR_CODE_64, SELECTOR_CODE_32, SELECTOR_CODE_16};
    uint16_t data = t->mode == TRIAL_16 ? SELECTOR_DATA_16 : SELECTOR_DATA;
    uint64_t *entry = (uint64_t *)(uintptr_t)(GATE + ENTRY);

    entry[0] = trial_rip(t, slot);
    entry[1] = code[t->mode];
    entry[2] = t->before.rflags;
    entry[3] = t->before.gpr[4];
    entry[4] = data;
    native_frame.entry = GATE + ENTRY;
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" ::"r"(data));
    __asm__ volatile("mov %0, %%gs" ::"r"((uint16_t)0));
}

static void run_one(struct trial *t, unsigned slot)
{
    uint8_t *data = (uint8_t *)(uintptr_t)TRIAL_DATA;

    current = &t->native;
    current_rip = trial_rip(t, slot);
    current->vector = TRIAL_NO_FAULT;
    current->error_code = 0;
    current->cr2 = 0;
    current->rip_offset = t->length;
    native_frame.state = t->before;
    aim(t, slot);
    memcpy(data, t->data, TRIAL_DATA_BYTES);
    native_enter();
    t->native.state = native_frame.state;
    memcpy(t->native.data, data, TRIAL_DATA_BYTES);
}

static void child(struct trial *trials, unsigned count)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    static uint8_t stack[65536];
    stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaltstack(&s, NULL);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
    if (!map_at(TRIAL_DATA, TRIAL_DATA_BYTES) ||
        !map_at(TRIAL_CODE, TRIAL_CODE_BYTES) || !map_at(GATE, 4096))
        _exit(1);
    set_ldt(); /* if the host lets: native_has() */
    put_jump((uint8_t *)(uintptr_t)GATE);
    for (unsigned i = 0; i < count; i++)
        place_code(&trials[i], i);
    for (unsigned i = 0; i < count; i++)
        run_one(&trials[i], i);
    _exit(0);
}

/*
 * Stays on this CPU: Linux keeps a CPU's number in a descriptor's limit, where
 * LSL finds it.
 */
bool native_available(void)
{
    cpu_set_t here;
    int cpu = sched_getcpu();

    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return false;
    CPU_ZERO(&here);
    CPU_SET((size_t)cpu, &here);
    return sched_setaffinity(0, sizeof(here), &here) == 0;
}

/* The LDT of this process is its own, and its child's. */
bool native_has(enum trial_mode mode)
{
    return mode != TRIAL_16 || set_ldt();
}

struct trial *native_trials(void)
{
    void *p = mmap(NULL, TRIAL_BATCH * sizeof(struct trial),
                   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

bool native_run(struct trial *trials, unsigned count)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0)
        child(trials, count);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

#else

bool native_available(void)
{
    return false;
}

bool native_has(enum trial_mode mode)
{
    (void)mode;
    return false;
}

struct trial *native_trials(void)
{
    return NULL;
}

bool native_run(struct trial *trials, unsigned count)
{
    (void)trials;
    (void)count;
    return false;
}

#endif
