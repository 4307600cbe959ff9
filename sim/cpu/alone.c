/*
 * alone.c - traps before and after one instruction; see alone.h.
 */
#include "sim/cpu/alone.h"

#include "sim/cpu/debug.h"
#include "sim/cpu/exception.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/task.h"

/* The shadow of MOV SS holds debug exceptions too. */
static bool holds_debug(const struct cpu *c)
{
    return c->state.interrupt_shadow && c->state.mov_ss_shadow;
}

static uint64_t causes_before(struct cpu *c)
{
    uint64_t rip = c->state.rip, causes = c->state.pending_debug;

    if (!(c->mode & MODE_BREAK) || holds_debug(c))
        return 0;
    if (causes) {
        c->state.pending_debug = 0;
        cpu_mode_changed(c);
        return causes;
    }
    if (c->state.rflags & RFLAGS_RF)
        return 0;
    if (!(c->mode & MODE_64))
        rip = (uint32_t)(c->state.seg[SEG_CS].base + rip);
    return debug_code_hits(&c->state, gva(rip));
}

/* The fault of a task that has just been entered. */
static enum op_result raise_late(struct cpu *c)
{
    c->late_fault = false;
    c->fault = c->late;
    cpu_mode_changed(c);
    return exception_raise(c, NULL);
}

/* What a task that has just been entered still lacks. */
static enum op_result finish_task(struct cpu *c)
{
    enum op_result r = task_finish(c);

    return r == OP_FAULT ? exception_raise(c, NULL) : r;
}

enum op_result alone_begin(struct cpu *c, struct alone *a)
{
    uint64_t causes;

    if (c->task_rest.due)
        return finish_task(c);
    if (c->late_fault)
        return raise_late(c);
    causes = causes_before(c);
    if (causes) {
        debug_fault(c, causes);
        return exception_raise(c, NULL);
    }
    a->shadow = c->state.interrupt_shadow;
    a->trap = c->state.rflags & RFLAGS_TF;
    a->resume = c->state.rflags & RFLAGS_RF;
    c->state.interrupt_shadow = false;
    c->state.rflags &= ~RFLAGS_RF;
    c->debug_hits = 0;
    c->step_lost = false;
    return OP_NEXT;
}

/* True if the event goes out behind its instruction, not in place of it. */
static bool is_posted(const struct cpu *c)
{
    switch (c->event.kind) {
    case CPU_EVENT_DEVICE:
        return c->event.device.write;
    case CPU_EVENT_EXIT:
        return c->event.exit.trap;
    case CPU_EVENT_PRIORITY:
    case CPU_EVENT_WINDOW: /* guest_run() looks for a virtual interrupt */
        return true;
    case CPU_EVENT_BUDGET:
    case CPU_EVENT_HALT:
    case CPU_EVENT_WAIT:
    case CPU_EVENT_PORT:
    case CPU_EVENT_MSR:
    case CPU_EVENT_TRAP:
    case CPU_EVENT_SHUTDOWN:
    case CPU_EVENT_STOP:
        return false;
    }
    return false;
}

/* Not retired: it will begin again, or its caller completes it. */
static enum op_result leave_unfinished(struct cpu *c, const struct alone *a)
{
    if (a->resume)
        c->state.rflags |= RFLAGS_RF;
    if (a->shadow && !c->state.halted)
        c->state.interrupt_shadow = true;
    if (c->pending.kind != PENDING_NONE)
        c->state.pending_debug |= c->debug_hits;
    return OP_EVENT;
}

/* DR6 bits of the traps behind an instruction that retired. */
static uint64_t causes_after(struct cpu *c, const struct alone *a,
                             enum op_result result)
{
    uint64_t hits = c->debug_hits;
    bool branches_only = c->state.debug_control & DEBUGCTL_BTF;
    bool taken = result == OP_BRANCH || result == OP_NEAR;
    bool step = a->trap && !c->step_lost && (!branches_only || taken);

    c->debug_hits = 0;
    return hits | (step ? DR6_BS : 0);
}

enum op_result alone_end(struct cpu *c, const struct alone *a,
                         enum op_result result, enum op_result after)
{
    uint64_t causes;

    if (result == OP_FAULT)
        return after == OP_EVENT ? leave_unfinished(c, a) : after;
    if (result == OP_EVENT || (after == OP_EVENT && !is_posted(c)))
        return leave_unfinished(c, a);
    if (result == OP_REPEAT && (a->trap || (c->mode & MODE_BREAK)))
        c->state.rflags |= RFLAGS_RF;
    causes = causes_after(c, a, result);
    if (holds_debug(c))
        causes &= DR6_HITS;
    if (!causes)
        return after;
    if (after == OP_EVENT || holds_debug(c)) {
        c->state.pending_debug |= causes;
        cpu_mode_changed(c);
        return after;
    }
    debug_fault(c, causes);
    return exception_raise(c, NULL);
}
