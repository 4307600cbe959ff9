/*
 * native_kvm.h - what KVM offers a guest that asks for it.
 *
 * Interface  Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst and
 *            <asm/kvm_para.h>.  Where CPUID says nothing of it, nothing here
 *            is used: native_kvm_has() is false of everything.
 */
#ifndef KERNEL_NATIVE_KVM_H
#define KERNEL_NATIVE_KVM_H
#include <stdbool.h>
#include <stdint.h>

/* Bits of CPUID leaf 0x40000001, EAX. */
enum kvm_feature {
    KVM_STEAL_TIME = 5,
    KVM_PV_UNHALT = 7,
    KVM_PV_TLB_FLUSH = 9,
    KVM_PV_SEND_IPI = 11,
    KVM_PV_SCHED_YIELD = 13,
};

extern uint32_t native_kvm_features; /* 0: this is not KVM */

static inline bool native_kvm_has(enum kvm_feature f)
{
    return (native_kvm_features >> f & 1) != 0;
}

/* Asks CPUID, once; then each CPU says where its record is. */
void native_kvm_init(void);
void native_kvm_init_cpu(unsigned number);

/* How long a CPU could have run and had no pCPU; 0: nobody says. */
uint64_t native_kvm_steal_ns(unsigned cpu);
/* It has no pCPU now, as far as anybody says. */
bool native_kvm_is_off(unsigned cpu);
/* If it has none: it forgets all translations before it runs on.  False: it
   runs, and has to be interrupted. */
bool native_kvm_leave_flush(unsigned cpu);

/* By APIC ID: out of HLT, though interrupts may be off; and to run in our
   place, if it waits for a pCPU. */
void native_kvm_kick(uint32_t apic_id);
void native_kvm_yield_to(uint32_t apic_id);
/* bit n: the APIC whose ID is first + n. */
void native_kvm_send_ipis(uint64_t ids, uint32_t first, uint32_t command);

#endif
