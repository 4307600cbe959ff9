/*
 * kvm_pv.h - what a guest that knows KVM asks it for.
 *
 * Interface     Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst,
 *               <linux/kvm_para.h>: CPUID leaves 0x40000000 and 0x40000001,
 *               MSR_KVM_STEAL_TIME, hypercalls.
 * Model         kvm.steal_time    a record in the guest's memory: how long the
 *                                 vCPU could have run and did not; whether it
 *                                 is off its pCPU now
 *               kvm.pv_unhalt     KVM_HC_KICK_CPU wakes a vCPU from HLT, even
 *                                 with interrupts off: for waiters for locks
 *               kvm.pv_tlb_flush  a guest leaves a note in the record of a vCPU
 *                                 that is off, in place of an interrupt: its
 *                                 translations go before it runs on
 * NOT MODELLED  the clock, asynchronous page faults, PV EOI, polling control,
 *               IPIs by hypercall, yield by hypercall; the kick does not yield
 *               to whom it kicks.  Updates of the record cost nothing of their
 *               own: they are part of sched.switch_cycles.
 * INVARIANT     nothing but the guest's own memory is written.
 */
#ifndef HYPERVISOR_MODEL_EXITS_KVM_PV_H
#define HYPERVISOR_MODEL_EXITS_KVM_PV_H
#include "hypervisor-model/exits/guest_mode.h"

/* Adds its leaves to an answer of the CPU. */
void kvm_pv_cpuid(const struct hv_config *config, uint32_t leaf,
                  uint32_t out[4]);

/* The registers that it has. */
bool kvm_pv_has_msr(const struct hv_config *config, uint32_t index);
/* False: the guest gets #GP. */
bool kvm_pv_write_msr(struct trip *t, uint32_t index, uint64_t value);
uint64_t kvm_pv_read_msr(const struct vcpu *v, uint32_t index);

/* RAX of the answer. */
uint64_t kvm_pv_call(struct trip *t);

/* Before a turn: a flush that was left for it. */
void kvm_pv_catch_up(struct vcpu *v, struct cpu *c);

/* It halted, and was kicked. */
static inline bool kvm_pv_wakes(const struct vcpu *v)
{
    return guest_vcpu(v)->halted && guest_vcpu(v)->kicked;
}

/* The vCPU gets a pCPU, or loses it; waited_cycles: since it began. */
void kvm_pv_switched_in(struct vcpu *v, uint64_t waited_cycles);
void kvm_pv_switched_out(struct vcpu *v);

#endif
