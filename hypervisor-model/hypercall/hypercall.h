/*
 * hypercall.h - the table of hypercalls, and how one is made.
 *
 * Source  Xen public xen.h: number in rax, arguments in rdi, rsi, rdx, r10,
 *         r8, r9; result in rax, negative: minus an error number.
 */
#ifndef HYPERVISOR_MODEL_HYPERCALL_HYPERCALL_H
#define HYPERVISOR_MODEL_HYPERCALL_HYPERCALL_H

#include "hypervisor-model/pv/pv_domain.h"

enum { HYPERCALL_ARGS = 6 };

typedef int64_t hypercall_fn(struct pv_turn *t, const uint64_t *args);

/* The SYSCALL of a guest kernel: dispatch, charge, result into rax. */
enum vcpu_action hypercall_handle(struct pv_turn *t);

/* One call, whichever way it was asked for; -XEN_ENOSYS if unknown. */
int64_t hypercall_make(struct pv_turn *t, uint64_t number,
                       const uint64_t *args);

/*
 * A call whose arguments are a list, its length, where to say how many were
 * done, and a domain (mmu_update, mmuext_op): each request of `bytes`, at most
 * BATCH_REQUEST_BYTES, is handed to one(), until the first refusal.
 */
enum { BATCH_REQUEST_BYTES = 32 };
typedef int request_fn(struct pv_turn *t, const void *request);
int64_t hypercall_batch(struct pv_turn *t, const uint64_t *args, uint64_t bytes,
                        request_fn *one);

/* The implementations, by Xen's names. */
hypercall_fn call_set_trap_table, call_set_gdt, call_stack_switch,
    call_set_callbacks, call_fpu_taskswitch, call_set_debugreg,
    call_update_descriptor, call_set_segment_base, call_callback_op, call_iret;
hypercall_fn call_mmu_update, call_update_va_mapping, call_mmuext_op;
hypercall_fn call_multicall, call_memory_op, call_xen_version, call_console_io,
    call_vm_assist, call_physdev_op;
hypercall_fn call_set_timer_op, call_vcpu_op, call_sched_op,
    call_event_channel_op;

/* Descriptor-table pages are validated like page tables. */
bool descriptor_legal(uint64_t descriptor);

#endif
