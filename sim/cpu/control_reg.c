/*
 * control_reg.c - CR0, CR3, CR4, EFER: what each write drops from the TLBs,
 * and the MMU's regime.  control_legal.h says which values are legal.
 *
 * Hardware  Intel SDM vol. 3, "Control Registers", "Operations that Invalidate
 *           TLBs and Paging-Structure Caches", "IA-32e Mode Operation"; "VMX
 *           Non-Root Operation" for the guest/host masks.
 * NOT MODELLED  paging without IA-32e mode (32-bit and PAE paging): setting
 *           CR0.PG with EFER.LME clear raises #GP.
 */
#include "mmu/pt_geom.h"
#include "sim/cpu/control_legal.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

#define CR3_NOFLUSH   ((uint64_t)1 << 63)
#define CR3_PCID      ((uint64_t)0xfff)
#define PHYSICAL_MASK (((uint64_t)1 << PT_MAXPHYADDR) - 1)

const struct pt_geom *cpu_page_table_geom(const struct cpu *c)
{
    return c->config.has_1g_pages ? &pt_geom_x86_4level
                                  : &pt_geom_x86_4level_no_1g;
}

void cpu_update_regime(struct cpu *c)
{
    const struct cpu_state *s = &c->state;
    const struct guest_control *g = &c->control;
    struct regime r = {
        .guest = s->cr0 & CR0_PG ? cpu_page_table_geom(c) : NULL,
        .guest_root = gpa(s->cr3 & PTE_ADDRESS),
        .pcid = s->cr4 & CR4_PCIDE ? (uint16_t)(s->cr3 & CR3_PCID) : 0u,
        .vpid = g->virt == VIRT_GUEST ? g->vpid : 0u,
        .wp = s->cr0 & CR0_WP,
        .nxe = s->efer & EFER_NXE,
        .smep = s->cr4 & CR4_SMEP,
        .smap = s->cr4 & CR4_SMAP,
        .pge = s->cr4 & CR4_PGE,
    };

    if (g->virt == VIRT_GUEST && g->nested) {
        r.stage2 = &pt_geom_ept_4level;
        r.stage2_root = g->nested_root;
    }
    if (g->virt == VIRT_GUEST && g->shadow) {
        r.guest = &pt_geom_x86_4level;
        r.guest_root = gpa(g->shadow_root.v);
        r.wp = r.nxe = true;
    }
    mmu_set_regime(c->mmu, &r);
}

/* Real register as guest and host own its bits. */
static uint64_t merge(uint64_t real, uint64_t value, uint64_t host_mask)
{
    return (value & ~host_mask) | (real & host_mask);
}

enum op_result control_write_cr0(struct cpu *c, uint64_t value)
{
    uint64_t old = c->state.cr0;

    if (guest_mode(c))
        value = merge(old, value, c->control.cr0_mask);
    value |= CR0_ET;
    if (!control_cr0_legal(c, value))
        return cpu_gp0(c);
    c->state.cr0 = value;
    if ((value ^ old) & CR0_PG) {
        if (value & CR0_PG)
            c->state.efer |= EFER_LMA;
        else
            c->state.efer &= ~EFER_LMA;
    }
    cpu_sync(c);
    if (old & ~value & CR0_PG) /* a change of WP invalidates nothing */
        mmu_flush_all(c->mmu);
    cpu_serialize(c, c->config.cr_write_cycles);
    return OP_END;
}

enum op_result control_write_cr3(struct cpu *c, uint64_t value)
{
    bool pcide = c->state.cr4 & CR4_PCIDE;
    bool keep = pcide && (value & CR3_NOFLUSH);

    if (pcide)
        value &= ~CR3_NOFLUSH;
    if (value & ~PHYSICAL_MASK)
        return cpu_gp0(c);
    c->state.cr3 = value;
    cpu_update_regime(c);
    if (!keep)
        mmu_flush_pcid(c->mmu);
    cpu_serialize(c, c->config.cr3_write_cycles);
    return OP_END;
}

enum op_result control_write_cr4(struct cpu *c, uint64_t value)
{
    uint64_t old = c->state.cr4, changed;

    if (guest_mode(c))
        value = merge(old, value, c->control.cr4_mask);
    if (!control_cr4_legal(c, value))
        return cpu_gp0(c);
    changed = value ^ old;
    c->state.cr4 = value;
    cpu_sync(c);
    if ((changed & (CR4_PGE | CR4_PAE)) || (changed & value & CR4_SMEP) ||
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
