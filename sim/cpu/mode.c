/*
 * mode.c - what follows from the mode that the registers describe: how
 * instructions decode, how accesses are checked, who pays.
 *
 * Hardware  Intel SDM vol. 3, "Modes of Operation", "Alignment Check
 *           Exception (#AC)", "Canonical Addressing".
 */
#include "sim/cpu/debug.h"
#include "sim/cpu/segment.h"
#include "sim/cpu/timing_model.h"

static enum access_mode access_mode_of(const struct cpu *c)
{
    unsigned mode = ACCESS_USER;

    if (c->state.cpl != 3)
        mode = c->state.rflags & RFLAGS_AC ? ACCESS_SUPERVISOR_AC
                                           : ACCESS_SUPERVISOR;
    if (c->guest_watches || c->watch.on)
        mode |= ACCESS_WATCHED;
    return (enum access_mode)mode;
}

/* After a change of EFLAGS.AC, CR0.AM or CPL. */
static void update_access_mode(struct cpu *c)
{
    c->check_alignment = (c->state.cr0 & CR0_AM) && c->state.cpl == 3 &&
                         (c->state.rflags & RFLAGS_AC);
    c->guest_watches = c->check_alignment || debug_watches_data(&c->state);
    c->access_mode = access_mode_of(c);
}

static uint32_t decode_mode_of(const struct cpu *c)
{
    const struct cpu_state *s = &c->state;
    uint16_t cs = s->seg[SEG_CS].attributes;
    uint32_t mode = 0;

    if ((s->efer & EFER_LMA) && (cs & SEGA_L))
        mode |= MODE_64;
    else
        mode |= MODE_LEGACY | (cs & SEGA_D ? MODE_32 : 0u);
    if ((s->cr0 & CR0_EM) || !(s->cr4 & CR4_OSFXSR))
        mode |= MODE_SSE_UD;
    if (s->cr0 & (CR0_EM | CR0_TS))
        mode |= MODE_FPU_NM;
    if (s->cr0 & CR0_EM)
        mode |= MODE_EM;
    if (s->cr0 & CR0_EM)
        mode |= MODE_EM;
    if (!(s->cr0 & CR0_PE))
        mode |= MODE_REAL;
    else if (s->rflags & RFLAGS_VM)
        mode |= MODE_V86;
    if (debug_is_on(s) || c->late_fault || c->task_rest.due)
        mode |= MODE_BREAK;
    return mode;
}

static enum ledger_row base_row_of(const struct cpu *c)
{
    if (c->control.virt == VIRT_DEPRIVED)
        return c->control.deprived_kernel ? LEDGER_KERNEL : LEDGER_USER;
    return c->state.cpl == 3 ? LEDGER_USER : LEDGER_KERNEL;
}

void cpu_mode_changed(struct cpu *c)
{
    enum ledger_row row = base_row_of(c);

    c->canonical_shift = c->state.cr4 & CR4_LA57 ? 7 : 16;
    update_access_mode(c);
    c->mode = decode_mode_of(c);
    if (row == c->time.base_row)
        return;
    cpu_settle(c);
    c->time.base_row = row;
}

void cpu_set_rflags(struct cpu *c, uint64_t rflags)
{
    bool vm = (rflags ^ c->state.rflags) & RFLAGS_VM;

    c->state.rflags = rflags | RFLAGS_FIXED;
    flags_set(&c->flags, rflags);
    update_access_mode(c);
    if (vm)
        cpu_mode_changed(c);
}
