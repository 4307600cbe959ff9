/*
 * guest_apic.h - a vCPU's local APIC while the CPU itself plays it.
 *
 * Hardware  Intel SDM vol. 3, "APIC Virtualization and Virtual Interrupts".
 * Model     the platform's local APIC is the one that counts.  For the vCPU's
 *           turn it goes into a virtual-APIC page (guest_apic_enter), and
 *           comes back at the turn's end (guest_apic_leave), whatever ended
 *           it.  As in KVM: exit.tpr_shadow, exit.flexpriority and exit.apicv
 *           use what the CPU has.  With apicv, an interrupt for a vCPU that is
 *           in the guest needs no kick: it is posted.
 * Decisions The APIC-access page is where no memory is.  While a vCPU's APIC
 *           is not at GUEST_APIC_PAGE it is a device page like others, also
 *           for vCPUs that find it mapped.
 */
#ifndef HYPERVISOR_MODEL_EXITS_GUEST_APIC_H
#define HYPERVISOR_MODEL_EXITS_GUEST_APIC_H
#include "hypervisor-model/exits/guest_mode.h"

/* The local APIC's page as it comes up, and what stands for it on the host. */
#define GUEST_APIC_PAGE   ((uint64_t)0xfee00000)
#define GUEST_APIC_ACCESS (((uint64_t)1 << PT_MAXPHYADDR) - PAGE_BYTES)

/* Sets the fields of v->control that are about the APIC. */
enum status guest_apic_setup(struct vcpu *v, struct error *e);

/* Which x2APIC registers the CPU reads, or writes, in the guest's place. */
bool guest_apic_has_msr(const struct hv_config *config, uint32_t index,
                        bool write);

/* Before and after the vCPU's turn. */
void guest_apic_enter(struct vcpu *v, struct cpu *c);
void guest_apic_leave(struct vcpu *v, struct cpu *c);

/* Does the CPU deliver the local APIC's interrupts? */
static inline bool guest_apic_delivers(struct cpu *c)
{
    return cpu_control(c)->virtual_interrupts;
}

/* An access to GUEST_APIC_ACCESS by a vCPU whose APIC is elsewhere. */
static inline bool guest_apic_is_access(gpa_t at)
{
    return at.v >> PAGE_SHIFT == GUEST_APIC_ACCESS >> PAGE_SHIFT;
}
static inline gpa_t guest_apic_of_access(gpa_t at)
{
    return gpa(GUEST_APIC_PAGE | page_offset(at.v));
}

#endif
