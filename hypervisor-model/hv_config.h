/*
 * hv_config.h - choices and costs of the hypervisor.
 *
 * Filled from a profile and --set; every field is a row of params.def.  Costs
 * are base costs: each handler also pays, through the data caches, for the
 * memory it touches.
 */
#ifndef HYPERVISOR_MODEL_HV_CONFIG_H
#define HYPERVISOR_MODEL_HV_CONFIG_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/sched/sched_config.h"
#include "sim/record/counters.h"

/* Instructions of the guest that exit although they need not. */
struct hv_intercepts {
    bool hlt, pause, pause_loop, rdtsc, rdpmc, mov_dr, cr3, cr8, invlpg;
    bool descriptor_table, wbinvd, rdrand, rdseed, mwait, init;
    bool instruction; /* every one: the monitor trap flag */
};

/* Services of KVM that a guest may use: exits/kvm_pv.h. */
struct kvm_config {
    bool steal_time, pv_unhalt, pv_tlb_flush, pv_ipi, pv_sched_yield;
};

struct hv_config {
    uint8_t host_page_shift; /* second-stage leaf: 12, 21 or 30 */
    bool has_nested;         /* the CPU has a second stage */
    bool has_vpid;
    bool shadow_unsync;    /* leaf tables may fall out of step */
    uint32_t shadow_pages; /* shadow tables kept before recycling */
    bool has_ple;          /* the CPU knows pause-loop exits */
    bool has_tpr_shadow, has_apic_access, has_apicv; /* the CPU can ... */
    bool tpr_shadow, flexpriority, apicv;            /* ... and it is used */
    bool preemption_timer; /* backs the guest's timer, in place of the host's */
    struct hv_intercepts exit_on;
    struct kvm_config kvm;
    uint32_t ple_gap_cycles, ple_window_cycles;
    struct sched_config sched;
    bool check; /* assert the invariants after every event */

    /* World switch, cycles. */
    uint32_t exit_roundtrip_cycles; /* VM exit + VM entry */
    uint32_t exit_share_pct;        /* of that, the exit half */
    uint32_t vmread_cycles, vmwrite_cycles;
    uint32_t mitigation_cycles; /* added to each round trip */

    /* What a handler executes beyond the switch, by exit reason, cycles. */
    uint32_t handler_cycles[VMEXIT_COUNT];
    uint32_t shadow_emulate_cycles; /* decode and emulate one table write */
    uint32_t shadow_entry_cycles;   /* compute one shadow entry */
    uint32_t shadow_page_cycles;    /* allocate or zap one shadow table */
    uint32_t nested_fill_cycles;    /* build one second-stage entry */
    uint32_t device_cycles;         /* emulate one device access */
    uint32_t emulate_cycles; /* decode and emulate an access to device memory */

    /* Paravirtual, cycles. */
    uint32_t pv_trap_cycles;      /* ring switch into the hypervisor and back */
    uint32_t pv_hypercall_cycles; /* dispatch of one hypercall */
    uint32_t pv_multicall_cycles; /* dispatch of each call inside a batch */
    uint32_t pv_bounce_cycles;    /* build a frame, enter the guest handler */
    uint32_t pv_validate_cycles;  /* validate one page-table entry */
    uint32_t pv_switch_cycles;    /* user/kernel table switch, CR3 aside */
    uint32_t pv_emulate_cycles;   /* decode, emulate a privileged instruction */
};

#endif
