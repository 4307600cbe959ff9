/*
 * cpuid.c - CPUID, RDTSC, RDTSCP as instructions; the leaves are in
 * cpuid_leaves.c.
 *
 * Hardware  Intel SDM vol. 2, the instructions by name.
 */
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

enum { EAX, EBX, ECX, EDX };

op_function exec_cpuid, exec_rdtsc, exec_rdtscp;

enum op_result exec_cpuid(struct cpu *c, const struct op *op)
{
    uint64_t *g = c->state.gpr;
    uint32_t out[4];

    if (c->control.exit_cpuid && c->control.virt != VIRT_NONE &&
        !c->control.emulate) {
        if (c->control.virt == VIRT_DEPRIVED)
            return cpu_gp0(c);
        return guest_exit(c, op, VMEXIT_CPUID);
    }
    cpu_cpuid(c, (uint32_t)g[REG_RAX], (uint32_t)g[REG_RCX], out);
    g[REG_RAX] = out[EAX];
    g[REG_RBX] = out[EBX];
    g[REG_RCX] = out[ECX];
    g[REG_RDX] = out[EDX];
    cpu_serialize(c, c->config.cpuid_cycles);
    return OP_END;
}

static enum op_result read_tsc(struct cpu *c, const struct op *op,
                               enum vmexit reason)
{
    uint64_t now;

    if ((c->state.cr4 & CR4_TSD) && c->state.cpl != 0)
        return cpu_gp0(c);
    if (guest_intercepts(c) && c->control.exit_rdtsc)
        return guest_exit(c, op, reason);
    cpu_serialize(c, c->config.rdtsc_cycles);
    now = cpu_tsc(c, op);
    c->state.gpr[REG_RAX] = (uint32_t)now;
    c->state.gpr[REG_RDX] = now >> 32;
    return OP_NEXT;
}

enum op_result exec_rdtsc(struct cpu *c, const struct op *op)
{
    return read_tsc(c, op, VMEXIT_RDTSC);
}

enum op_result exec_rdtscp(struct cpu *c, const struct op *op)
{
    enum op_result r;

    if (guest_mode(c) && !c->control.enable_rdtscp)
        return cpu_fault(c, VECTOR_UD);
    r = read_tsc(c, op, VMEXIT_RDTSCP);
    if (r == OP_NEXT)
        c->state.gpr[REG_RCX] = (uint32_t)c->state.tsc_aux;
    return r;
}
