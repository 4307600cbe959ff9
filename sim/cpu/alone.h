/*
 * alone.h - an instruction that runs alone, because somebody must look before
 * it or after it.
 *
 * Hardware  Intel SDM vol. 3, "Debug Exceptions", "Priority Among Concurrent
 *           Events"; vol. 1, "System Flags and IOPL Field" (TF, RF).
 * Model     why: the shadow of STI or MOV SS, TF, RF, breakpoints, a #DB that
 *           waits.  RF is kept only while a breakpoint is enabled: without one
 *           nobody can see it.
 */
#ifndef SIM_CPU_ALONE_H
#define SIM_CPU_ALONE_H
#include "sim/cpu/cpu_internal.h"

static inline bool runs_alone(const struct cpu *c)
{
    return c->state.interrupt_shadow |
           ((c->state.rflags & (RFLAGS_TF | RFLAGS_RF)) != 0) |
           ((c->mode & MODE_BREAK) != 0);
}

/* What held when the instruction began. */
struct alone {
    bool shadow, trap, resume; /* interrupt shadow, TF, RF */
};

/* OP_NEXT: execute it.  Else a #DB came first: the result of that. */
enum op_result alone_begin(struct cpu *c, struct alone *a);

/*
 * result is the op's own, after what came of it: traps and the end of the
 * shadow.  Returns what cpu_run() goes on with.
 */
enum op_result alone_end(struct cpu *c, const struct alone *a,
                         enum op_result result, enum op_result after);

#endif
