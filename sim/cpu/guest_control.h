/*
 * guest_control.h - what a hypervisor asks of the CPU while a guest runs.
 *
 * Hardware  Intel SDM vol. 3, "Virtual-Machine Control Structures" and "VMX
 *           Non-Root Operation"; the subset that the techniques use.
 * Model     a plain struct in place of the VMCS region; what VMREAD and
 *           VMWRITE would cost is in the hypervisor's cost table.
 *
 * virt          who runs at CPL 0 on the hardware
 * VIRT_NONE     the guest itself (native)
 * VIRT_GUEST    guest mode: intercepts below cause CPU_EVENT_EXIT
 * VIRT_DEPRIVED the hypervisor: the guest kernel runs in ring 3; every
 *               exception, SYSCALL and interrupt returns CPU_EVENT_TRAP (pv)
 */
#ifndef SIM_CPU_GUEST_CONTROL_H
#define SIM_CPU_GUEST_CONTROL_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/pt_geom.h"
#include "sim/core/addr.h"

enum virt_mode { VIRT_NONE, VIRT_GUEST, VIRT_DEPRIVED };

struct guest_control {
    enum virt_mode virt;
    uint16_t vpid; /* not 0 in VIRT_GUEST */

    /* Pin-based controls. */
    bool virtual_nmis;     /* NMI blocking is the guest's own */
    bool preemption_timer; /* counts preemption_value down whenever bit 5 of
                              the time changes */
    uint32_t preemption_value;

    /* Primary processor-based controls. */
    bool exit_hlt;
    bool exit_invlpg; /* INVLPG, and INVPCID if that is enabled */
    bool exit_rdpmc;
    bool exit_rdtsc; /* RDTSC and RDTSCP */
    bool exit_cr3_load, exit_cr3_store;
    bool exit_cr8_load, exit_cr8_store;
    bool exit_mov_dr;
    bool exit_io;     /* every port; else as io_bitmaps say */
    bool io_bitmaps;  /* io_bitmap is valid; neither: ports are the guest's */
    bool msr_bitmaps; /* msr_bitmap is valid; else every RDMSR, WRMSR exits */
    bool monitor_trap;
    bool exit_pause;
    bool exit_monitor, exit_mwait;
    bool tpr_shadow; /* CR8 and TPR are those of the virtual-APIC page */
    bool exit_cpuid; /* always on under VMX, an intercept under SVM */

    /* Secondary processor-based controls. */
    bool exit_descriptor_table; /* LGDT .. SIDT, LLDT .. STR */
    bool exit_wbinvd;
    bool exit_rdrand, exit_rdseed;
    bool exit_pause_loop; /* PAUSE at CPL 0: see ple_gap_cycles */
    bool enable_rdtscp, enable_invpcid, enable_xsaves; /* else #UD */
    bool tsc_scaling;                                  /* tsc_multiplier */
    bool apic_access;        /* apic_access_page is recognized */
    bool apic_registers;     /* more of the virtual-APIC page than TPR */
    bool virtual_x2apic;     /* MSRs 0x800 .. 0x8ff are the page's */
    bool virtual_interrupts; /* rvi, svi, eoi_exit: see virtual_apic.h */

    uint32_t exception_bitmap;       /* bit v: exception v exits */
    uint32_t pf_error_mask;          /* #PF exits if (error code & mask) */
    uint32_t pf_error_match;         /* == match equals the bitmap's bit */
    uint64_t cr0_mask, cr4_mask;     /* bits whose change exits */
    uint64_t cr0_shadow, cr4_shadow; /* what the guest reads of those bits */
    hpa_t io_bitmap[2];              /* ports 0 .. 0x7fff, 0x8000 .. 0xffff */
    hpa_t msr_bitmap;                /* read low, read high, write ... */
    uint64_t xss_exit_bitmap;        /* XSAVES, XRSTORS of these exit */
    hpa_t virtual_apic;              /* a page: registers at their offsets */
    hpa_t apic_access_page;          /* outside memory */
    uint8_t tpr_threshold;           /* 0 .. 15 */
    uint8_t rvi, svi;                /* requested, serviced; 0: none */
    uint64_t eoi_exit[4];            /* bit v: end of interrupt v exits */
    int64_t tsc_offset;
    uint64_t tsc_multiplier;    /* 48 fraction bits */
    uint32_t ple_gap_cycles;    /* longer between two PAUSEs: a new loop */
    uint32_t ple_window_cycles; /* a loop that lasts longer exits */

    /* The hypervisor's emulator runs one instruction of the guest: no
       instruction exits, faults still do. */
    bool emulate;

    bool deprived_kernel; /* VIRT_DEPRIVED: the guest kernel runs now, not a
                             program: decides the ledger row and counters */

    bool shadow;       /* walk shadow_root in place of the guest's tables */
    hpa_t shadow_root; /* read with NXE and WP; of PAE the PDPTEs too */
    const struct pt_geom *shadow_format;
    uint64_t pdpte[4]; /* shadow: what the next load of PDPTEs finds */

    bool nested;       /* translate guest-physical through nested_root */
    hpa_t nested_root; /* an EPT 4-level table */
    bool nested_ad;    /* EPTP bit 6: it has accessed and dirty flags */

    /* Event injected at the next entry; valid says so, CPU clears it. */
    struct {
        bool valid;
        uint8_t vector;
        uint8_t kind;   /* enum cpu_inject_kind, see cpu.h */
        uint8_t length; /* INJECT_SOFTWARE: bytes to skip; INT3 1, INT n 2 */
        bool has_error;
        uint32_t error_code;
    } inject;
};

#endif
