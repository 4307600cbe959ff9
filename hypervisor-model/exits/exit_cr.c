/*
 * exit_cr.c - MOV to CR0, CR3 and CR4 that the technique must see.
 *
 * Hardware      Intel SDM vol. 3, "Control Registers", "Paging-Mode Enable",
 *               "Initializing IA-32e Mode"; vol. 2, "MOV - Move to/from
 *               Control Registers" for the causes of #GP.
 * Model         the register is checked and written as the CPU would; guest-
 *               owned and host-owned bits have the same value here, so the
 *               read shadow follows the register.
 * NOT MODELLED  32-bit and PAE paging of the guest (#GP, as the CPU itself
 *               answers here), PCID, VME.
 */
#include "hypervisor-model/exits/exit_table.h"
#include "hypervisor-model/exits/trip.h"
#include "sim/cpu/control_legal.h"

#define CR3_RESERVED (~(((uint64_t)1 << PT_MAXPHYADDR) - 1))

static const uint64_t cr0_paging = CR0_PE | CR0_PG | CR0_WP;
static const uint64_t cr4_paging =
    CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP;

enum { CS_LONG = 1 << 13 }; /* segment.attributes: L */

static bool cs_is_long(const struct cpu_state *s)
{
    return (s->efer & EFER_LMA) && (s->seg[SEG_CS].attributes & CS_LONG);
}

static enum vcpu_action regime_changed(struct trip *t, unsigned changes)
{
    const struct paging_ops *paging = guest_vm(t->v->vm)->paging;

    return paging->regime_changed ? paging->regime_changed(t, changes)
                                  : VCPU_RESUME;
}

static enum vcpu_action write_cr0(struct trip *t, uint64_t value)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t changed = value ^ s->cr0;

    if (!control_cr0_legal(t->c, value))
        return trip_inject_gp(t);
    s->cr0 = value | CR0_ET;
    cpu_control(t->c)->cr0_shadow = s->cr0;
    s->efer &= ~EFER_LMA;
    if ((s->efer & EFER_LME) && (value & CR0_PG))
        s->efer |= EFER_LMA;
    trip_vmwrite(t, 3); /* CR0, its read shadow, entry controls or EFER */
    trip_skip(t);
    if (!(changed & cr0_paging))
        return VCPU_RESUME;
    return regime_changed(t, REGIME_MODE);
}

static enum vcpu_action write_cr4(struct trip *t, uint64_t value)
{
    struct cpu_state *s = cpu_state(t->c);
    uint64_t changed = value ^ s->cr4;

    if ((value & CR4_PCIDE) || !control_cr4_legal(t->c, value))
        return trip_inject_gp(t);
    s->cr4 = value;
    cpu_control(t->c)->cr4_shadow = value;
    trip_vmwrite(t, 2);
    trip_skip(t);
    if (!(changed & cr4_paging))
        return VCPU_RESUME;
    return regime_changed(t, REGIME_MODE);
}

static enum vcpu_action write_cr3(struct trip *t, uint64_t value)
{
    struct cpu_state *s = cpu_state(t->c);

    if ((s->efer & EFER_LMA) && (value & CR3_RESERVED) != 0)
        return trip_inject_gp(t);
    s->cr3 = value;
    trip_vmwrite(t, 1);
    trip_skip(t);
    return regime_changed(t, REGIME_CR3);
}

static enum vcpu_action read_cr(struct trip *t, uint64_t value)
{
    cpu_state(t->c)->gpr[t->exit->gpr] = value;
    trip_skip(t);
    return VCPU_RESUME;
}

/* What the instruction writes to CR0: MOV, CLTS or LMSW. */
static uint64_t value_for_cr0(const struct trip *t, uint64_t moved)
{
    enum { ACCESS_CLTS = 2, ACCESS_LMSW = 3 };
    const struct cpu_state *s = cpu_state_peek(t->c);
    uint64_t qualification = t->exit->qualification;
    uint64_t kind = qualification >> 4 & 3;

    if (kind == ACCESS_CLTS)
        return s->cr0 & ~CR0_TS;
    if (kind == ACCESS_LMSW) /* cannot clear PE */
        return (s->cr0 & ~(uint64_t)0xe) | (qualification >> 16 & 0xf);
    return moved;
}

enum vcpu_action exit_cr_access(struct trip *t)
{
    const struct cpu_exit *x = t->exit;
    const struct cpu_state *s = cpu_state_peek(t->c);
    uint64_t value = s->gpr[x->gpr % REG_COUNT];

    trip_vmread(t, 1); /* qualification */
    if (!(s->efer & EFER_LMA) || !cs_is_long(s))
        value = (uint32_t)value;
    switch (x->cr) {
    case 0:
        return x->cr_write ? write_cr0(t, value_for_cr0(t, value))
                           : read_cr(t, s->cr0);
    case 3:
        return x->cr_write ? write_cr3(t, value) : read_cr(t, s->cr3);
    case 4:
        return x->cr_write ? write_cr4(t, value) : read_cr(t, s->cr4);
    default:
        return trip_inject(t, VECTOR_UD, false, 0);
    }
}
