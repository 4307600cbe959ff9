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

#include "sim/core/addr.h"

enum virt_mode { VIRT_NONE, VIRT_GUEST, VIRT_DEPRIVED };

struct guest_control {
    enum virt_mode virt;
    uint16_t vpid;                   /* not 0 in VIRT_GUEST */
    uint32_t exception_bitmap;       /* bit v: exception v exits */
    bool exit_cr3_load;              /* MOV to CR3 exits */
    bool exit_cr3_store;             /* MOV from CR3 exits */
    uint64_t cr0_mask, cr4_mask;     /* bits whose change by the guest exits */
    uint64_t cr0_shadow, cr4_shadow; /* what the guest reads of those bits */
    bool exit_efer;                  /* WRMSR to EFER exits */
    bool exit_invlpg;
    bool exit_hlt;
    bool exit_pause;
    bool exit_rdtsc;
    bool exit_cpuid;
    bool exit_io;
    bool exit_x2apic_msr; /* RDMSR/WRMSR 0x800..0x8ff, TSC deadline */
    int64_t tsc_offset;
    bool deprived_kernel; /* VIRT_DEPRIVED: the guest kernel runs now, not a
                             program: decides the ledger row and counters */

    bool shadow;       /* walk shadow_root in place of the guest's tables */
    hpa_t shadow_root; /* an x86 4-level table, always with NXE and WP */
    bool nested;       /* translate guest-physical through nested_root */
    hpa_t nested_root; /* an EPT 4-level table */

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
