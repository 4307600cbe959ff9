/*
 * sched_config.h - constants of the vCPU schedulers and of the host they run
 * on; every field is a row of params.def, which says its source.
 */
#ifndef HYPERVISOR_MODEL_SCHED_SCHED_CONFIG_H
#define HYPERVISOR_MODEL_SCHED_SCHED_CONFIG_H
#include <stdbool.h>
#include <stdint.h>

/* Whose pCPUs share a runqueue of Credit2. */
enum credit2_runqueue { RUNQUEUE_CORE, RUNQUEUE_SOCKET, RUNQUEUE_ALL };

/* Xen: a rate limit is 0, or from here on. */
enum { SCHED_RATELIMIT_MIN_US = 100 };

struct sched_config {
    uint32_t policy; /* index into sched_all[] */

    /* What the dispatcher itself costs, whatever the policy; cycles. */
    uint32_t switch_cycles;    /* another vCPU gets the pCPU */
    uint64_t kvm_halt_poll_us; /* 0: never */
    uint32_t ple_grow; /* each PAUSE-loop exit makes the next window longer */
    uint32_t smt_pct;  /* speed of each of two busy threads of a core */

    /* What the phase model knows of a pCPU and a kernel; cycles. */
    struct {
        uint32_t refill_cycles, migrate_cycles; /* cold after a switch */
        uint32_t remote_pct; /* speed away from the VM's memory */
        uint32_t lock_cycles, touch_cycles, send_cycles, call_cycles;
        uint32_t ipi_cycles, flush_cycles;
        uint32_t pv_spin_cycles;
    } phase;

    uint64_t rr_slice_us;

    struct {
        uint64_t mcu_us, allowance_us, slop_us;
        uint64_t warp_limit_us, unwarp_us;
        uint32_t mcu_advance;  /* of a VM of weight 256 */
        uint32_t alone_factor; /* of the allowance: nobody else waits */
    } bvt;

    struct {
        enum credit2_runqueue runqueue;
        uint64_t credit_init_us, carryover_us;
        uint64_t min_timer_us, max_timer_us, ratelimit_us;
        uint64_t migrate_resist_us, migrate_compensation_us;
        uint64_t cap_period_us, load_window_us;
    } credit2;

    struct {
        uint64_t extra_quantum_us;
        uint64_t weight_period_us, weight_safety_us; /* of it, not shared out */
        uint64_t period_min_us, period_max_us, slice_min_us;
    } sedf;

    struct {
        uint64_t period_us, budget_us; /* of VMs that say nothing */
        uint64_t min_us;               /* of both */
    } rtds;

    struct {
        uint64_t slice_us; /* of a row of weight 256 */
        bool alternate;    /* fill holes */
    } gang;

    /* Those that grow with the pCPUs are of one pCPU. */
    struct {
        uint64_t latency_us, min_granularity_us, wakeup_granularity_us;
        uint64_t migration_cost_us;
        uint64_t bandwidth_period_us, bandwidth_slice_us;
        uint32_t nr_latency; /* more vCPUs: min_granularity for each */
        uint32_t hz;         /* ticks a second; of eevdf and balance too */
        bool gentle_sleepers;
    } cfs;

    struct {
        uint64_t base_slice_us; /* likewise */
        bool run_to_parity, delay_dequeue, forfeit_on_yield, pick_buddy;
    } eevdf;

    struct {
        uint64_t interval_ms, slice_us; /* between two looks at the loads */
        uint32_t spread_pct;            /* loads so close are balanced */
        bool spread;                    /* at first one pCPU after the other */
    } pinner;

    struct {
        uint64_t slice_us, ratelimit_us, migration_us;
        uint32_t ticks_per_slice;
        bool sampled_debit, weight_per_vcpu, soft_affinity;
    } credit;

    struct {
        uint64_t slice_us;
        uint64_t skew_us, costart_us; /* co-stop above, co-start below */
        uint64_t decision_us;         /* between looks at who is co-stopped */
        uint64_t preempt_us, stay_us;
        uint64_t balance_us;
        uint32_t cell_pcpus;
    } esx;
};

#endif
