/*
 * control_reg.c - writes of CR0, CR3, CR4, EFER: their order of checks, and
 * what each drops from the TLBs.  control_legal.h says which values are
 * legal; control_paging.c, what the MMU makes of them.
 *
 * Hardware  Intel SDM vol. 3, "Control Registers", "Operations that Invalidate
 *           TLBs and Paging-Structure Caches", "IA-32e Mode Operation"; "VMX
 *           Non-Root Operation" for the guest/host masks.
 * Model     illegal values raise #GP before memory is read for the PDPTEs; a
 *           write that faults or exits changes nothing.
 *           Beyond what the SDM demands, a change of CR4.PSE or CR4.LA57
 *           drops everything: entries of one format do not outlive it.
 */
#include "sim/cpu/control_legal.h"
#include "sim/cpu/guest_exit.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

#define CR3_NOFLUSH ((uint64_t)1 << 63)

/* Real register as guest and host own its bits. */
static uint64_t merge(uint64_t real, uint64_t value, uint64_t host_mask)
{
    return (value & ~host_mask) | (real & host_mask);
}

/* Reads the PDPTEs if CR0 or CR4 makes PAE paging start or change. */
static enum op_result follow_with_pdptes(struct cpu *c, uint64_t cr0,
                                         uint64_t cr4)
{
    const struct cpu_state *s = &c->state;

    if (!control_reloads_pdptes(s, cr0, cr4))
        return OP_NEXT;
    return control_load_pdptes(c, s->cr3);
}

enum op_result control_write_cr0(struct cpu *c, uint64_t value)
{
    uint64_t old = c->state.cr0;
    enum op_result r;

    if (guest_intercepts(c))
        value = merge(old, value, c->control.cr0_mask);
    if (!control_cr0_legal(c, value))
        return cpu_gp0(c);
    value = control_cr0_stored(value);
    r = follow_with_pdptes(c, value, c->state.cr4);
    if (r != OP_NEXT)
        return r;
    c->state.cr0 = value;
    c->state.efer &= ~EFER_LMA;
    if ((value & CR0_PG) && (c->state.efer & EFER_LME))
        c->state.efer |= EFER_LMA;
    cpu_sync(c);
    if (old & ~value & CR0_PG) /* a change of WP invalidates nothing */
        mmu_flush_all(c->mmu);
    cpu_serialize(c, c->config.cr_write_cycles);
    return OP_END;
}

enum op_result control_switch_cr3(struct cpu *c, uint64_t value)
{
    const struct cpu_state *s = &c->state;
    bool keep = (s->cr4 & CR4_PCIDE) && (value & CR3_NOFLUSH);
    enum op_result r = OP_NEXT;

    if (s->cr4 & CR4_PCIDE)
        value &= ~CR3_NOFLUSH;
    if (!control_cr3_legal(value))
        return cpu_gp0(c);
    if (control_uses_pae(s->cr0, s->cr4, s->efer))
        r = control_load_pdptes(c, value);
    if (r != OP_NEXT)
        return r;
    c->state.cr3 = value;
    cpu_update_regime(c);
    if (!keep)
        mmu_flush_pcid(c->mmu);
    return OP_NEXT;
}

enum op_result control_write_cr3(struct cpu *c, uint64_t value)
{
    enum op_result r = control_switch_cr3(c, value);

    if (r != OP_NEXT)
        return r;
    cpu_serialize(c, c->config.cr3_write_cycles);
    return OP_END;
}

enum op_result control_write_cr4(struct cpu *c, uint64_t value)
{
    const uint64_t flushing = CR4_PGE | CR4_PAE | CR4_PSE | CR4_LA57;
    uint64_t old = c->state.cr4, changed;
    enum op_result r;

    if (guest_intercepts(c))
        value = merge(old, value, c->control.cr4_mask);
    if (!control_cr4_legal(c, value))
        return cpu_gp0(c);
    r = follow_with_pdptes(c, c->state.cr0, value);
    if (r != OP_NEXT)
        return r;
    changed = value ^ old;
    c->state.cr4 = value;
    cpu_sync(c);
    if ((changed & flushing) || (changed & value & CR4_SMEP) ||
        (changed & old & CR4_PCIDE))
        mmu_flush_all(c->mmu);
    cpu_serialize(c, changed & CR4_PGE ? c->config.invpcid_cycles
                                       : c->config.cr_write_cycles);
    return OP_END;
}

enum op_result control_write_efer(struct cpu *c, uint64_t value)
{
    uint64_t changed = value ^ c->state.efer;

    if (!control_efer_legal(c, value))
        return cpu_gp0(c);
    c->state.efer = (value & ~EFER_LMA) | (c->state.efer & EFER_LMA);
    cpu_sync(c);
    if (changed & EFER_NXE)
        mmu_flush_all(c->mmu);
    cpu_serialize(c, c->config.msr_cycles);
    return OP_END;
}
