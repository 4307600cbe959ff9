/*
 * pkru.c - RDPKRU and WRPKRU: rights by protection key.
 *
 * Hardware  Intel SDM vol. 2, "RDPKRU", "WRPKRU"; vol. 3, "Protection Keys".
 *           #UD without CR4.PKE, #GP if ECX (and for a write EDX) is not 0.
 */
#include "sim/cpu/privileged.h"

op_function exec_rdpkru, exec_wrpkru;

enum op_result exec_rdpkru(struct cpu *c, const struct op *op)
{
    uint64_t *g = c->state.gpr;

    (void)op;
    if (!(c->state.cr4 & CR4_PKE))
        return cpu_fault(c, VECTOR_UD);
    if ((uint32_t)g[REG_RCX] != 0)
        return cpu_gp0(c);
    g[REG_RAX] = c->state.pkru;
    g[REG_RDX] = 0;
    return OP_NEXT;
}

/* Takes part in no flush: TLB entries hold keys, not rights. */
enum op_result exec_wrpkru(struct cpu *c, const struct op *op)
{
    const uint64_t *g = c->state.gpr;

    (void)op;
    if (!(c->state.cr4 & CR4_PKE))
        return cpu_fault(c, VECTOR_UD);
    if ((uint32_t)g[REG_RCX] != 0 || (uint32_t)g[REG_RDX] != 0)
        return cpu_gp0(c);
    c->state.pkru = (uint32_t)g[REG_RAX];
    cpu_update_regime(c);
    return OP_END;
}
