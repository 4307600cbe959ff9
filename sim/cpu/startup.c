/*
 * startup.c - reset, INIT and SIPI; NMI and machine checks from outside.
 *
 * Hardware  Intel SDM vol. 3, "Processor State After Reset", table "IA-32 and
 *           Intel 64 Processor States Following Power-up, Reset, or INIT",
 *           "MP Initialization Protocol Algorithm"; "Nonmaskable Interrupt
 *           (NMI)"; "Machine-Check Architecture".
 */
#include <string.h>

#include "sim/cpu/debug.h"
#include "sim/cpu/segment.h"

/* IA32_APIC_BASE: this CPU began the machine, and begins it again. */
#define APIC_BASE_BSP ((uint64_t)1 << 8)

#define PAT_RESET ((uint64_t)0x0007040600070406)

static struct segment reset_segment(uint16_t selector, uint64_t base,
                                    uint16_t attributes)
{
    return (struct segment){.selector = selector,
                            .base = base,
                            .limit = 0xffff,
                            .attributes = attributes};
}

/* What reset and INIT have in common. */
static void reset_registers(struct cpu *c)
{
    struct cpu_state *s = &c->state;

    memset(s->gpr, 0, sizeof s->gpr);
    s->gpr[REG_RDX] = c->config.signature;
    s->rip = 0xfff0;
    s->rflags = RFLAGS_FIXED;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        s->seg[i] = reset_segment(0, 0, 0x93);
    s->seg[SEG_CS] = reset_segment(0xf000, 0xffff0000, 0x9b);
    s->ldtr = reset_segment(0, 0, 0x82);
    s->tr = reset_segment(0, 0, 0x8b);
    s->gdtr = s->idtr = (struct table_register){.limit = 0xffff};
    s->cr2 = s->cr3 = s->cr4 = s->cr8 = s->efer = 0;
    memset(s->dr, 0, sizeof s->dr);
    s->dr[6] = DR6_FIXED;
    s->dr[7] = DR7_FIXED;
    s->cpl = 0;
    s->halted = s->interrupt_shadow = s->nmi_blocked = false;
    s->pending_debug = 0;
    c->late_fault = c->task_rest.due = false;
    c->monitor_armed = false;
    c->behind.kind = BEHIND_NOTHING;
}

void cpu_reset(struct cpu *c)
{
    struct cpu_state *s = &c->state;

    memset(s, 0, sizeof *s);
    reset_registers(c);
    s->cr0 = CR0_ET | CR0_NW | CR0_CD;
    s->pat = PAT_RESET;
    s->apic_base = 0xfee00000 | 1 << 8 | 1 << 11; /* boot CPU, enabled */
    s->misc_enable = 1 | 1 << 11 | 1 << 12; /* fast strings, no BTS, no PEBS */
    s->feature_control = 1;                 /* locked, without VMX */
    s->mxcsr = 0x1f80;
    s->fcw = 0x40;
    s->xcr0 = 1;
    s->random = c->config.seed;
    s->ftw = 0xff; /* FXSAVE's form: all registers in use */
    memset(&c->control, 0, sizeof c->control);
    c->pending.kind = PENDING_NONE;
    cpu_sync(c);
}

/* CD and NW of CR0 stay as they are. */
void cpu_init_signal(struct cpu *c)
{
    struct cpu_state *s = &c->state;

    reset_registers(c);
    s->cr0 = CR0_ET | (s->cr0 & (CR0_NW | CR0_CD));
    s->wait_for_startup = !(s->apic_base & APIC_BASE_BSP);
    c->pending.kind = PENDING_NONE;
    cpu_sync(c);
    mmu_flush_all(c->mmu);
}

void cpu_startup(struct cpu *c, uint8_t vector)
{
    struct segment *cs = &c->state.seg[SEG_CS];

    cs->selector = (uint16_t)(vector << 8);
    cs->base = (uint64_t)vector << 12;
    c->state.rip = 0;
    c->state.wait_for_startup = false;
    cpu_sync(c);
}

bool cpu_nmi_blocked(const struct cpu *c)
{
    return c->state.nmi_blocked || c->state.interrupt_shadow ||
           c->state.pending_debug || c->late_fault || c->task_rest.due;
}

void cpu_machine_check(struct cpu *c, unsigned bank, uint64_t status,
                       uint64_t address)
{
    struct machine_check_state *mca = &c->state.mca;

    if (bank >= MCA_BANKS)
        return;
    mca->bank[4 * bank + 1] = status;
    mca->bank[4 * bank + 2] = address;
    mca->global_status |= 7; /* RIPV, EIPV, MCIP */
}
