/*
 * kvm_pv.h - what a guest that knows KVM asks it for.
 *
 * Interface     Linux, Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst,
 *               <linux/kvm_para.h>: CPUID leaves 0x40000000 and 0x40000001,
 *               MSR_KVM_STEAL_TIME, hypercalls.  Each VM has its own
 *               (vm->kvm): what it is not offered, it has not.
 * Model         kvm.steal_time    a record in the guest's memory: how long the
 *                                 vCPU could have run and did not; whether it
 *                                 is off its pCPU now
 *               kvm.pv_unhalt     KVM_HC_KICK_CPU wakes a vCPU from HLT, even
 *                                 with interrupts off: for waiters for locks.
 *                                 Who kicks gives way to whom it kicked, as in
 *                                 KVM (commit 266e85a5ec91, "Boost queue head
 *                                 vCPU to mitigate lock waiter preemption")
 *               kvm.pv_tlb_flush  a guest leaves a note in the record of a vCPU
 *                                 that is off, in place of an interrupt: its
 *                                 translations go before it runs on
 *               kvm.pv_ipi        KVM_HC_SEND_IPI interrupts up to 128 vCPUs
 *               kvm.pv_sched_yield  KVM_HC_SCHED_YIELD gives the pCPU to a vCPU
 *                                 that waits for one: directed yield, as PAUSE
 *                                 loops have it (dispatch.h); schedulers that
 *                                 have none ignore it, and a kick's
 * Costs         a hypercall costs its exit (exit.handler.vmcall_cycles); each
 *               interrupt that it sends device.access_cycles, as one by the
 *               APIC's command register, and its injection what all cost.
 *               Updates of the record cost nothing of their own: they are part
 *               of sched.switch_cycles.
 * NOT MODELLED  the clock, asynchronous page faults, polling control.  PV EOI:
 *               a CPU with APIC virtualization ends its interrupts without an
 *               exit, and KVM does not use it there.
 * INVARIANT     nothing but the guest's own memory is written, and no other
 *               VM's vCPU is woken, interrupted or yielded to.
 */
#ifndef HYPERVISOR_MODEL_EXITS_KVM_PV_H
#define HYPERVISOR_MODEL_EXITS_KVM_PV_H
#include "hypervisor-model/exits/guest_mode.h"

/* Adds its leaves to an answer of the CPU. */
void kvm_pv_cpuid(const struct vm *vm, uint32_t leaf, uint32_t out[4]);

/* The registers that it has. */
bool kvm_pv_has_msr(const struct vm *vm, uint32_t index);
/* False: the guest gets #GP. */
bool kvm_pv_write_msr(struct trip *t, uint32_t index, uint64_t value);
uint64_t kvm_pv_read_msr(const struct vcpu *v, uint32_t index);

/* A hypercall (kvm_call.c): the answer is in RAX. */
enum vcpu_action kvm_pv_call(struct trip *t);

/* INIT: the registers are as at power-on. */
void kvm_pv_reset(struct vcpu *v);

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
