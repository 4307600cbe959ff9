/*
 * control_paging.c - what CR0, CR3, CR4 and EFER make of the MMU: its regime,
 * and the PDPTE registers of PAE paging.
 *
 * Hardware  Intel SDM vol. 3, "Paging Modes and Control Bits", "PDPTE
 *           Registers" (which moves load them, what they check), "Protection
 *           Keys", "Guest Page-Directory-Pointer-Table Entries".
 * Model     the PDPTEs come with one read of 32 bytes, as data, through the
 *           second stage if there is one; where no memory answers they are
 *           absent.  Under shadow paging the hypervisor gives them.  AMD
 * processors may read them later: not modelled.
 */
#include <string.h>

#include "mmu/pt_geom.h"
#include "sim/cpu/control_legal.h"
#include "sim/cpu/privileged.h"
#include "sim/cpu/timing_model.h"

#define CR3_PCID ((uint64_t)0xfff)

const struct pt_geom *cpu_page_table_geom(const struct cpu *c)
{
    const struct cpu_state *s = &c->state;

    if (!(s->cr4 & CR4_PAE))
        return s->cr4 & CR4_PSE ? &pt_geom_x86_2level_pse : &pt_geom_x86_2level;
    if (control_uses_pae(s->cr0 | CR0_PG, s->cr4, s->efer))
        return &pt_geom_x86_pae;
    if (s->cr4 & CR4_LA57)
        return c->config.has_1g_pages ? &pt_geom_x86_5level
                                      : &pt_geom_x86_5level_no_1g;
    return c->config.has_1g_pages ? &pt_geom_x86_4level
                                  : &pt_geom_x86_4level_no_1g;
}

/* What the guest's own registers say. */
static struct regime own_regime(const struct cpu *c)
{
    const struct cpu_state *s = &c->state;
    const struct pt_geom *g = cpu_page_table_geom(c);
    bool paging = s->cr0 & CR0_PG;
    bool keys = paging && (s->cr4 & CR4_PKE) && g->has_keys;
    struct regime r = {
        .guest = paging ? g : NULL,
        .guest_root = gpa(s->cr3 & g->root_mask),
        .pcid = s->cr4 & CR4_PCIDE ? (uint16_t)(s->cr3 & CR3_PCID) : 0u,
        .wp = s->cr0 & CR0_WP,
        .nxe = (s->efer & EFER_NXE) && g->has_nx,
        .smep = paging && (s->cr4 & CR4_SMEP),
        .smap = paging && (s->cr4 & CR4_SMAP),
        .pge = s->cr4 & CR4_PGE,
        .pke = keys,
        .pkru = keys ? s->pkru : 0,
    };

    if (g->register_level)
        memcpy(r.pdpte, s->pdpte, sizeof r.pdpte);
    return r;
}

void cpu_update_regime(struct cpu *c)
{
    const struct guest_control *g = &c->control;
    struct regime r = own_regime(c);

    if (g->virt == VIRT_GUEST) {
        r.vpid = g->vpid;
        if (g->nested) {
            r.stage2 = &pt_geom_ept_4level;
            r.stage2_root = g->nested_root;
            r.stage2_ad = g->nested_ad;
        }
        if (g->shadow) {
            r.guest = g->shadow_format;
            r.guest_root = gpa(g->shadow_root.v);
            r.wp = r.nxe = true;
            r.pcid = 0;
            if (r.guest->register_level)
                memory_copy_out(c->dram, r.pdpte, g->shadow_root,
                                sizeof r.pdpte);
        }
    }
    mmu_set_regime(c->mmu, &r);
}

/* The second stage has no such page: the move exits and is tried again. */
static enum op_result pdpte_exit(struct cpu *c, const struct xlate *x)
{
    bool violation = x->status == XLATE_STAGE2_VIOLATION;

    c->event = (struct cpu_event){.kind = CPU_EVENT_EXIT};
    c->event.exit.reason =
        violation ? VMEXIT_EPT_VIOLATION : VMEXIT_EPT_MISCONFIG;
    c->event.exit.qualification = x->error_code;
    c->event.exit.gpa = x->fault_gpa;
    return OP_EVENT;
}

static enum op_result take_pdptes(struct cpu *c,
                                  const uint64_t pdpte[PT_PDPTES])
{
    if (!control_pdptes_legal(pdpte))
        return cpu_gp0(c);
    memcpy(c->state.pdpte, pdpte, sizeof c->state.pdpte);
    return OP_NEXT;
}

enum op_result control_load_pdptes(struct cpu *c, uint64_t cr3)
{
    uint64_t pdpte[PT_PDPTES] = {0};
    struct xlate x;

    if (guest_mode(c) && c->control.shadow)
        return take_pdptes(c, c->control.pdpte);
    x = mmu_register_load(c->mmu, gpa(cr3 & pt_geom_x86_pae.root_mask),
                          sizeof pdpte, timing_start(&c->time));
    timing_access(&c->time, &x, ACCESS_READ);
    if (x.status == XLATE_STAGE2_VIOLATION ||
        x.status == XLATE_STAGE2_MISCONFIG)
        return pdpte_exit(c, &x);
    memory_copy_out(c->dram, pdpte, x.hpa, sizeof pdpte);
    return take_pdptes(c, pdpte);
}
