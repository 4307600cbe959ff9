/*
 * exit_words.c - an exit in words.
 *
 * Source  Intel SDM vol. 3, "VM-Exit Information Fields", "Interrupt and
 *         Exception Vectors"; page-fault error codes as "Page-Fault
 *         Exceptions" has them.
 */
#include "visualizer/exit_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/cpu/cpu.h"
#include "sim/machine/syscall_names.h"

/* Text that grows, cut where its room ends. */
struct words {
    char *text;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *w,
                                                      const char *format, ...)
{
    va_list args;
    int chars;

    if (w->used >= EXIT_WORDS_BYTES - 1)
        return;
    va_start(args, format);
    chars =
        vsnprintf(w->text + w->used, EXIT_WORDS_BYTES - w->used, format, args);
    va_end(args);
    w->used += chars > 0 ? (size_t)chars : 0;
}

static const char *vector_name(uint8_t vector)
{
    static const char *const names[] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",
        "#TS", "#NP", "#SS", "#GP", "#PF", "",    "#MF", "#AC", "#MC", "#XM"};

    return vector < sizeof names / sizeof *names ? names[vector] : "";
}

static void say_vector(struct words *w, uint8_t vector)
{
    if (vector_name(vector)[0])
        say(w, "%s", vector_name(vector));
    else
        say(w, "vector %u", vector);
}

static void say_page_fault(struct words *w, const struct exit_cause *c)
{
    const char *access = c->error_code & PF_FETCH   ? "fetch of"
                         : c->error_code & PF_WRITE ? "write to"
                                                    : "read of";

    say(w, "#PF %s 0x%" PRIx64 " by %s, %s", access, c->address,
        c->error_code & PF_USER ? "a program" : "the kernel",
        c->error_code & PF_PRESENT ? "forbidden" : "not mapped");
}

static void say_exception(struct words *w, const struct exit_cause *c)
{
    if (c->vector == VECTOR_PF) {
        say_page_fault(w, c);
        return;
    }
    say_vector(w, c->vector);
    if (c->has_error)
        say(w, ", error 0x%" PRIx32, c->error_code);
}

static void say_port(struct words *w, const struct exit_cause *c)
{
    say(w, "%s%s port 0x%" PRIx32 ", %u byte%s", c->string ? "string " : "",
        c->write ? "out to" : "in from", c->number, c->bytes,
        c->bytes == 1 ? "" : "s");
    if (c->write && !c->string)
        say(w, ": 0x%" PRIx64, c->value);
}

/* SDM vol. 3, "Exit Qualification for Control-Register Accesses": bits 5:4. */
static void say_control(struct words *w, const struct exit_cause *c)
{
    unsigned type = c->qualification >> 4 & 3;

    if (type == 2)
        say(w, "CLTS");
    else if (type == 3)
        say(w, "LMSW 0x%" PRIx64, c->qualification >> 16 & 0xffff);
    else if (c->write)
        say(w, "0x%" PRIx64 " to CR%" PRIu32, c->value, c->number);
    else
        say(w, "CR%" PRIu32 " read", c->number);
}

/* A hypercall by its number, and how many arguments it has. */
struct call_name {
    uint64_t number;
    const char *name;
    unsigned arguments;
};

/* Xen public xen.h, and its prototypes in Linux's asm/xen/hypercall.h. */
static struct call_name xen_call(uint64_t number)
{
    static const uint8_t arguments[HYPERCALL_COUNT] = {
        [HYPERCALL_SET_TRAP_TABLE] = 1,    [HYPERCALL_MMU_UPDATE] = 4,
        [HYPERCALL_SET_GDT] = 2,           [HYPERCALL_STACK_SWITCH] = 2,
        [HYPERCALL_SET_CALLBACKS] = 3,     [HYPERCALL_FPU_TASKSWITCH] = 1,
        [HYPERCALL_SET_DEBUGREG] = 2,      [HYPERCALL_UPDATE_DESCRIPTOR] = 2,
        [HYPERCALL_MEMORY_OP] = 2,         [HYPERCALL_MULTICALL] = 2,
        [HYPERCALL_UPDATE_VA_MAPPING] = 3, [HYPERCALL_SET_TIMER_OP] = 1,
        [HYPERCALL_XEN_VERSION] = 2,       [HYPERCALL_CONSOLE_IO] = 3,
        [HYPERCALL_GRANT_TABLE_OP] = 3,    [HYPERCALL_VM_ASSIST] = 2,
        [HYPERCALL_VCPU_OP] = 3,           [HYPERCALL_SET_SEGMENT_BASE] = 2,
        [HYPERCALL_MMUEXT_OP] = 4,         [HYPERCALL_SCHED_OP] = 2,
        [HYPERCALL_CALLBACK_OP] = 2,       [HYPERCALL_EVENT_CHANNEL_OP] = 2,
        [HYPERCALL_PHYSDEV_OP] = 2,
    };

    for (int i = 0; i < HYPERCALL_COUNT; i++) {
        const struct counter_info *info =
            counter_info(counter_of_hypercall((enum hypercall)i));

        if (info->number == number)
            return (struct call_name){
                number, info->name + sizeof "hypercall." - 1, arguments[i]};
    }
    return (struct call_name){number, "an unknown hypercall", 0};
}

const char *exit_xen_call_name(uint64_t number)
{
    return xen_call(number).name;
}

/* Linux, Documentation/virt/kvm/x86/hypercalls.rst. */
static struct call_name kvm_call(uint64_t number)
{
    static const struct call_name calls[] = {{5, "KVM_HC_KICK_CPU", 2},
                                             {10, "KVM_HC_SEND_IPI", 4},
                                             {11, "KVM_HC_SCHED_YIELD", 1}};

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return calls[i];
    return (struct call_name){number, "an unknown hypercall", 0};
}

/* Of Xen's calls all six registers are kept. */
static void say_call(struct words *w, const struct exit_cause *c)
{
    const struct call_name call = c->argument_count == EXIT_LOG_ARGUMENTS
                                      ? xen_call(c->call)
                                      : kvm_call(c->call);

    say(w, "%s(", call.name);
    for (unsigned i = 0; i < call.arguments; i++)
        say(w, "%s0x%" PRIx64, i ? ", " : "", c->arguments[i]);
    say(w, ")");
}

static void say_violation(struct words *w, const struct exit_cause *c)
{
    say(w, "gpa 0x%" PRIx64, c->gpa);
    if (c->address)
        say(w, ", for gva 0x%" PRIx64, c->address);
    if (c->reason == VMEXIT_EPT_VIOLATION)
        say(w, ", %s",
            c->qualification & 4   ? "fetch"
            : c->qualification & 2 ? "write"
                                   : "read");
}

static void say_cause(struct words *w, const struct exit_cause *c)
{
    switch (c->reason) {
    case VMEXIT_EXCEPTION:
    case VMEXIT_PV_PRIVILEGED:
        say_exception(w, c);
        break;
    case VMEXIT_EPT_VIOLATION:
    case VMEXIT_EPT_MISCONFIG:
        say_violation(w, c);
        break;
    case VMEXIT_INVLPG:
        say(w, "gva 0x%" PRIx64, c->address);
        break;
    case VMEXIT_CR_ACCESS:
        say_control(w, c);
        break;
    case VMEXIT_IO:
        say_port(w, c);
        break;
    case VMEXIT_MSR_READ:
        say(w, "MSR 0x%" PRIx32, c->number);
        break;
    case VMEXIT_MSR_WRITE:
        say(w, "0x%" PRIx64 " to MSR 0x%" PRIx32, c->value, c->number);
        break;
    case VMEXIT_CPUID:
        say(w, "leaf 0x%" PRIx64 ", subleaf 0x%" PRIx64, c->call & UINT32_MAX,
            c->arguments[0] & UINT32_MAX);
        break;
    case VMEXIT_VMCALL:
        say_call(w, c);
        break;
    case VMEXIT_PV_SYSCALL:
        say(w, "system call %" PRIu64 " (%s)", c->call,
            syscall_name((unsigned)c->call));
        break;
    default: /* the reason says it all, or the qualification does */
        if (c->qualification)
            say(w, "qualification 0x%" PRIx64, c->qualification);
        break;
    }
}

char *exit_cause_words(const struct exit_entry *e,
                       char text[static EXIT_WORDS_BYTES])
{
    struct words w = {text, 0};

    text[0] = '\0';
    say_cause(&w, &e->cause);
    return text;
}

/* What a counter that grew means, for one and for many; the first TARGETED ones
   are done to what the guest's tables map the address to. */
enum { TARGETED = 2 };
static const struct {
    enum counter counter;
    const char *one, *many;
} deeds[] = {
    {COUNTER_SHADOW_FILL, "built a shadow entry", "shadow entries built"},
    {COUNTER_SHADOW_WRITE_EMULATED, "emulated the write to a guest table",
     "writes to guest tables emulated"},
    {COUNTER_SHADOW_SYNC, "synced a shadow entry", "shadow entries synced"},
    {COUNTER_SHADOW_UNSYNC, "let the leaf table fall out of step",
     "leaf tables let out of step"},
    {COUNTER_SHADOW_ROOT_HIT, "found the shadow root in its cache",
     "shadow roots found"},
    {COUNTER_SHADOW_ROOT_MISS, "began an empty shadow root",
     "shadow roots begun"},
    {COUNTER_SHADOW_PAGES, "took a frame for a shadow table",
     "frames taken for shadow tables"},
    {COUNTER_NESTED_FILL, "built a second-stage entry",
     "second-stage entries built"},
    {COUNTER_PV_PIN, "pinned a tree of tables", "trees of tables pinned"},
    {COUNTER_PV_VALIDATE, "validated an entry", "entries validated"},
    {COUNTER_TLB_FLUSH_ALL, "flushed the TLB", "TLB flushes"},
    {COUNTER_TLB_FLUSH_PAGE, "flushed a page of the TLB",
     "pages of the TLB flushed"},
    {COUNTER_CODE_INVALIDATE, "dropped a decoded block",
     "decoded blocks dropped"},
    {COUNTER_KVM_KICK, "woke another vCPU", "vCPUs woken"},
    {COUNTER_KVM_SEND_IPI, "sent an interrupt", "interrupts sent"},
    {COUNTER_KVM_SCHED_YIELD, "gave way to another vCPU", "yields"},
};

static const char *comma(const struct words *w)
{
    return w->used ? "; " : "";
}

/* By how much a counter grew. */
static uint64_t growth(const struct exit_entry *e, enum counter counter)
{
    for (unsigned i = 0; i < e->deed_count; i++)
        if (e->deeds[i].counter == counter)
            return e->deeds[i].by;
    return 0;
}

/* What is in the table above, in its order. */
static void say_deeds(struct words *w, const struct exit_entry *e)
{
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        uint64_t by = growth(e, deeds[i].counter);

        if (by == 1)
            say(w, "%s%s", comma(w), deeds[i].one);
        else if (by > 1)
            say(w, "%s%" PRIu64 " %s", comma(w), by, deeds[i].many);
        if (by != 0 && i < TARGETED && e->has_target)
            say(w, " (gpa 0x%" PRIx64 ")", e->target_gpa);
    }
}

static bool is_in_table(enum counter c)
{
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (deeds[i].counter == c)
            return true;
    return false;
}

static void say_other_deed(struct words *w, const struct exit_deed *d)
{
    if (d->by == 1)
        say(w, "%s%s", comma(w), counter_info(d->counter)->name);
    else
        say(w, "%s%" PRIu64 " x %s", comma(w), d->by,
            counter_info(d->counter)->name);
}

static void say_injection(struct words *w, const struct exit_entry *e)
{
    say(w, "%s%s ", comma(w),
        e->injected_vector < 32 ? "raises" : "injects interrupt");
    say_vector(w, e->injected_vector);
    if (e->injected_error)
        say(w, " (error 0x%" PRIx32 ")", e->injected_error);
    say(w, " in the guest");
}

/* Where no counter grew: what the reason itself says. */
static void say_usual(struct words *w, const struct exit_entry *e)
{
    const uint32_t write = PF_PRESENT | PF_WRITE;
    const struct exit_cause *c = &e->cause;

    switch (c->reason) {
    case VMEXIT_CPUID:
        say(w, "answered EAX 0x%" PRIx64, e->answer & UINT32_MAX);
        break;
    case VMEXIT_MSR_READ:
        say(w, "answered EAX 0x%" PRIx64, e->answer & UINT32_MAX);
        break;
    case VMEXIT_VMCALL:
        say(w, "answered %" PRId64, (int64_t)e->answer);
        break;
    case VMEXIT_IO:
        say(w, c->write ? "gave it to the device" : "the device answered");
        break;
    case VMEXIT_HLT:
        say(w, "the vCPU sleeps until an interrupt");
        break;
    case VMEXIT_PV_SYSCALL:
        say(w, "entered the guest's kernel");
        break;
    case VMEXIT_EPT_MISCONFIG:
        say(w, "emulated the access to the device");
        break;
    case VMEXIT_EXCEPTION:
        if (e->has_target && e->rip != e->rip_behind)
            say(w, "emulated the access to gpa 0x%" PRIx64, e->target_gpa);
        else if (e->has_target && (c->error_code & write) == write)
            say(w, "gpa 0x%" PRIx64 " is no page table any more",
                e->target_gpa);
        break;
    default:
        if (e->rip != e->rip_behind)
            say(w, "emulated the instruction");
        break;
    }
}

/* The call itself, which the cause names. */
static bool is_said(const struct exit_entry *e, enum counter c)
{
    return e->cause.reason == VMEXIT_VMCALL &&
           c >= counter_of_hypercall(HYPERCALL_SET_TRAP_TABLE) &&
           c < COUNTER_EXIT_REASON_EXCEPTION &&
           counter_info(c)->number == e->cause.call;
}

char *exit_deed_words(const struct exit_entry *e,
                      char text[static EXIT_WORDS_BYTES])
{
    struct words w = {text, 0};

    text[0] = '\0';
    say_deeds(&w, e);
    for (unsigned i = 0; i < e->deed_count; i++)
        if (!is_said(e, e->deeds[i].counter) &&
            !is_in_table(e->deeds[i].counter))
            say_other_deed(&w, &e->deeds[i]);
    if (e->injects)
        say_injection(&w, e);
    if (w.used == 0)
        say_usual(&w, e);
    return text;
}
