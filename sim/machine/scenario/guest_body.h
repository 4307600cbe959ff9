/*
 * guest_body.h - a vCPU of real guest code, as a scheduler's host runs it.
 *
 * Model     run is the run loop's step (run_loop.h), again and again until the
 *           time is up.  What it does to others of its VM is looked for behind
 *           each step, so that one that it wakes is due at that cycle.
 * Switch    registers and controls move with vcpu_load() and vcpu_save().  The
 *           TLBs keep entries of other VPIDs.  On another pCPU than last all
 *           that this one knows of any guest goes, as KVM does it (Linux 6.1,
 *           vmx_vcpu_load_vmcs(): KVM_REQ_TLB_FLUSH; INVEPT of all contexts,
 *           or INVVPID): it may be from the last time that it was here, and
 *           the vCPU has invalidated it elsewhere since.  Without VPIDs
 *           nothing outlives an exit; without guest mode, a switch.
 * Siblings  while the core's other thread is busy, work takes 100/sched.smt_pct
 *           as long, and the ledger's row smt has the difference.  Waits for
 *           memory and translations go on beside the other's work, and are no
 *           longer.  Marr et al. (Intel Technology Journal 6(1), 2002) measured
 *           whole programs, waits and caches shared included: code that never
 *           misses has here what they found for the average.
 * HLT       that does not exit (exit.on.hlt off) keeps the pCPU, idle.
 */
#ifndef SIM_MACHINE_SCENARIO_GUEST_BODY_H
#define SIM_MACHINE_SCENARIO_GUEST_BODY_H
#include "hypervisor-model/sched/body.h"
#include "hypervisor-model/sched/sched.h"
#include "sim/machine/machine.h"

struct real_vm;

struct vcpu_body {
    struct real_vm *vm;
    struct vcpu *v;
    const struct sched_vcpu *seat; /* as the scheduler knows it */
    struct pcpu *on;               /* where it runs; NULL: nowhere */
    unsigned last_pcpu;            /* UINT_MAX: it never ran */
    bool asleep;                   /* it halted without an exit */
    bool waits;                    /* blocked, or the host polls for it */
    uint64_t wake_cycle;           /* of one that waits */
    uint64_t steal_cycles, blocked_cycles; /* that its ledger has */
    uint32_t smt_rest; /* of its sibling's part, less than a cycle */
    unsigned idle_steps;
};

extern const struct body_ops guest_body_ops;

/* Brings a vCPU's ledger up to date with the waits that are over. */
void guest_body_account(struct vcpu_body *b);

#endif
