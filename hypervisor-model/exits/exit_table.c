#include "hypervisor-model/exits/exit_table.h"

exit_handler *const exit_table[VMEXIT_COUNT] = {
    [VMEXIT_EXCEPTION] = exit_exception,
    [VMEXIT_EXTERNAL_INTERRUPT] = exit_external_interrupt,
    [VMEXIT_TRIPLE_FAULT] = exit_triple_fault,
    [VMEXIT_INTERRUPT_WINDOW] = exit_interrupt_window,
    [VMEXIT_CPUID] = exit_cpuid,
    [VMEXIT_HLT] = exit_hlt,
    [VMEXIT_INVLPG] = exit_invlpg,
    [VMEXIT_RDTSC] = exit_rdtsc,
    [VMEXIT_VMCALL] = exit_vmcall,
    [VMEXIT_CR_ACCESS] = exit_cr_access,
    [VMEXIT_IO] = exit_io,
    [VMEXIT_MSR_READ] = exit_msr_read,
    [VMEXIT_MSR_WRITE] = exit_msr_write,
    [VMEXIT_INVALID_STATE] = exit_invalid_state,
    [VMEXIT_PAUSE] = exit_pause,
    [VMEXIT_EPT_VIOLATION] = exit_ept_violation,
    [VMEXIT_EPT_MISCONFIG] = exit_ept_misconfig,
    [VMEXIT_WBINVD] = exit_wbinvd,
    [VMEXIT_INVPCID] = exit_invpcid,
};
