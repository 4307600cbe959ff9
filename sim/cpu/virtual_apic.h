/*
 * virtual_apic.h - the virtual-APIC page: the local APIC of a guest, as far as
 * the CPU alone can be it.
 *
 * Hardware  Intel SDM vol. 3, "APIC Virtualization and Virtual Interrupts":
 *           "Virtual APIC State", "TPR Virtualization", "PPR Virtualization",
 *           "EOI Virtualization", "Self-IPI Virtualization", "Evaluation and
 *           Delivery of Virtual Interrupts", "Virtualizing Memory-Mapped APIC
 *           Accesses", "Virtualizing MSR-Based APIC Accesses".
 * Model     the page is memory of the host (control.virtual_apic).  The
 *           APIC-access page lies outside memory, so every access to it comes
 *           here: nothing is asked on the paths of other accesses.  RVI and
 *           SVI, the guest interrupt status, are fields of the control block.
 * NOT MODELLED  posted-interrupt descriptors: a hypervisor between two calls
 *           of cpu_run() puts what is posted into the page itself;
 *           guest-physical accesses to the APIC-access page (page walks),
 *           which nothing but a page table in a device could make.
 * INVARIANT control.rvi is 0 or the highest vector in VIRR, control.svi is 0
 *           or the highest in VISR, whenever the guest runs.
 */
#ifndef SIM_CPU_VIRTUAL_APIC_H
#define SIM_CPU_VIRTUAL_APIC_H
#include "sim/cpu/access.h"
#include "sim/cpu/privileged.h"

/* Offsets in the page. */
enum virtual_apic_offset {
    VAPIC_ID = 0x020,
    VAPIC_VERSION = 0x030,
    VAPIC_TPR = 0x080,
    VAPIC_PPR = 0x0a0,
    VAPIC_EOI = 0x0b0,
    VAPIC_LDR = 0x0d0,
    VAPIC_DFR = 0x0e0,
    VAPIC_SVR = 0x0f0,
    VAPIC_ISR = 0x100, /* eight words of 32 bits, 16 bytes apart */
    VAPIC_TMR = 0x180,
    VAPIC_IRR = 0x200,
    VAPIC_ESR = 0x280,
    VAPIC_ICR = 0x300,
    VAPIC_ICR_HIGH = 0x310,
    VAPIC_LVT = 0x320,
    VAPIC_LVT_LAST = 0x370,
    VAPIC_INITIAL = 0x380,
    VAPIC_DIVIDE = 0x3e0,
    VAPIC_SELF_IPI = 0x3f0,
};

/* Bits 15:12 of an APIC access's qualification. */
enum { APIC_ACCESS_READ = 0, APIC_ACCESS_WRITE = 1, APIC_ACCESS_FETCH = 2 };

/* CR8 of a guest with a TPR shadow. */
uint64_t virtual_apic_cr8(const struct cpu *c);
void virtual_apic_write_cr8(struct cpu *c, uint64_t value);

/*
 * RDMSR and WRMSR of 0x800 .. 0x8ff with virtual_x2apic, when the bitmap lets
 * them through.  False: the CPU has the register, or none has.
 */
bool virtual_apic_reads_msr(const struct cpu *c, uint32_t index);
bool virtual_apic_writes_msr(const struct cpu *c, uint32_t index);
uint64_t virtual_apic_read_msr(const struct cpu *c, uint32_t index);
enum op_result virtual_apic_write_msr(struct cpu *c, uint32_t index,
                                      uint64_t value);

/* Is this an address of the APIC-access page? */
static inline bool virtual_apic_covers(const struct cpu *c, gpa_t at)
{
    return c->control.apic_access && guest_mode(c) &&
           at.v >> PAGE_SHIFT == c->control.apic_access_page.v >> PAGE_SHIFT;
}

/*
 * An access to it: OP_NEXT if the virtual-APIC page answers; else an exit, the
 * instruction has done nothing yet.  Then the data, of a read or a write.
 */
enum op_result virtual_apic_access(struct cpu *c, gva_t va, gpa_t at,
                                   unsigned bytes, enum access_kind kind);
void virtual_apic_read(const struct cpu *c, gpa_t at, void *to, unsigned bytes);
enum op_result virtual_apic_write(struct cpu *c, gpa_t at, const void *from,
                                  unsigned bytes);

/* At VM entry. */
void virtual_apic_enter(struct cpu *c);

/* Is a virtual interrupt pending?  Delivers it, as it would an interrupt. */
bool virtual_apic_pending(const struct cpu *c);
struct cpu_event virtual_apic_deliver(struct cpu *c);

#endif
