/*
 * exit_cr.c - control registers that the technique must see: MOV, CLTS, LMSW,
 * and WRMSR to EFER.
 *
 * Hardware  Intel SDM vol. 3, "Control Registers", "Paging-Mode Enabling",
 *           "Guest/Host Masks and Read Shadows for CR0 and CR4".
 * Model     the CPU executes the move, with all its checks; guest-owned and
 *           host-owned bits have the same value here, so the read shadow
 *           follows the register.  Bits of CR4 that the technique withholds
 *           raise #GP, as reserved bits do.
 */
#include "hypervisor-model/exits/emulate.h"
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"

static const uint64_t cr0_paging = CR0_PE | CR0_PG | CR0_WP;
static const uint64_t cr4_paging = CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE |
                                   CR4_SMEP | CR4_SMAP | CR4_LA57 | CR4_PKE;

/* What of the translation an instruction changed. */
static unsigned changes_since(const struct trip *t,
                              const struct cpu_state *before)
{
    const struct cpu_state *s = cpu_state_peek(t->c);
    bool mode = ((s->cr0 ^ before->cr0) & cr0_paging) ||
                ((s->cr4 ^ before->cr4) & cr4_paging) ||
                ((s->efer ^ before->efer) & (EFER_NXE | EFER_LMA));
    bool root = s->cr3 != before->cr3;

    for (unsigned i = 0; i < PT_PDPTES; i++)
        root = root || s->pdpte[i] != before->pdpte[i];
    return (mode ? REGIME_MODE : 0u) | (root ? REGIME_CR3 : 0u);
}

static enum vcpu_action follow(struct trip *t, unsigned changes)
{
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    const struct cpu_state *s = cpu_state_peek(t->c);

    cpu_control(t->c)->cr0_shadow = s->cr0;
    cpu_control(t->c)->cr4_shadow = s->cr4;
    if (changes == 0 || !paging->regime_changed)
        return VCPU_RESUME;
    return paging->regime_changed(t, changes);
}

enum vcpu_action trip_emulate_control(struct trip *t, unsigned changes)
{
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    const struct cpu_state before = *cpu_state_peek(t->c);
    enum vcpu_action action;
    bool done;

    if (paging->before_control)
        paging->before_control(t);
    action = trip_emulate(t, &done);
    if (!done || action != VCPU_RESUME)
        return action;
    return follow(t, changes | changes_since(t, &before));
}

static bool is_withheld(const struct trip *t)
{
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;
    const struct cpu_exit *x = t->exit;
    uint64_t value = cpu_state_peek(t->c)->gpr[x->gpr % REG_COUNT];

    return x->cr == 4 && x->cr_write && (value & paging->cr4_withheld);
}

enum vcpu_action exit_cr_access(struct trip *t)
{
    const struct cpu_exit *x = t->exit;

    trip_vmread(t, 1); /* qualification */
    if (is_withheld(t))
        return trip_inject_gp(t);
    if (x->cr_write && (x->cr == 0 || x->cr == 3 || x->cr == 4)) {
        /* CR0, its read shadow, entry controls; CR4 and shadow; CR3 */
        trip_vmwrite(t, x->cr == 0 ? 3 : x->cr == 4 ? 2 : 1);
        return trip_emulate_control(t, x->cr == 3 ? REGIME_CR3 : 0);
    }
    return exit_emulate(t);
}
