/*
 * exec_vmx.c - the instructions of a hypervisor, executed by a guest.
 *
 * Hardware  Intel SDM vol. 3, "VMX Instruction Reference"; "Instructions That
 *           Cause VM Exits Unconditionally".
 * Model     CPUID does not claim VMX: outside guest mode they raise #UD.  In
 *           guest mode they exit before anything else is looked at, privilege
 *           included.
 */
#include "sim/cpu/decode.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/segment.h"

bind_function bind_vmx;

static bool in_a_mode_for_vmx(const struct cpu_state *s)
{
    return (s->cr0 & CR0_PE) && !(s->rflags & RFLAGS_VM) &&
           (!(s->efer & EFER_LMA) || (s->seg[SEG_CS].attributes & SEGA_L));
}

static enum op_result exec_vmx(struct cpu *c, const struct op *op)
{
    bool intel = c->config.vendor[0] == 'G';

    if (!intel || !in_a_mode_for_vmx(&c->state) || !guest_intercepts(c))
        return cpu_fault(c, VECTOR_UD);
    return guest_exit_operand(c, op, (enum vmexit)op->aux, 0);
}

/* aux: the exit's reason. */
op_function *bind_vmx(const struct decoded *d, struct op *op, unsigned kind)
{
    (void)d;
    op->aux = (uint8_t)kind;
    return exec_vmx;
}
