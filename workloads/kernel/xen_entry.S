/*
 * xen_entry.S - into and out of the kernel when Xen is below it.
 *
 * Source  Xen public arch-x86/xen-x86_64.h (struct iret_context), xen.h.
 *
 * The kernel runs in ring 3, like the programs, but with its own page tables.
 * Xen catches every trap and "bounces" it: it switches to the kernel's tables
 * and stack and enters a handler that the kernel named, with this on the stack:
 *
 *     rcx, r11, [error code], rip, cs, rflags, rsp, ss
 *
 * Once rcx and r11 are popped that is what hardware pushes natively, so the
 * rest of struct trap_frame is built as in native_entry.S.  The upper half of
 * the cs word carries the event mask; cs & 3 is 0 if the kernel was
 * interrupted.
 */
#include "workloads/kernel/layout.h"

#define TRAP_SYSCALL    0x100
#define VGCF_IN_SYSCALL 0x100
#define FLAT_CS         0xe033
#define FLAT_SS         0xe02b
#define HYPERVISOR_IRET 23
/* Offsets from the saved vector. */
#define F_VECTOR 0
#define F_ERROR  8
#define F_RIP    16
#define F_CS     24
#define F_SS     48

    .section .text.hypercall_page, "ax"
    .balign 4096
    .global hypercall_page
    .type hypercall_page, @function
hypercall_page:
    .skip 4096
    .size hypercall_page, 4096

    .text
    .global xen_entry
xen_entry:
    cld
    movq $boot_stack_top, %rsp
    movq %rsi, %rdi
    xorl %ebp, %ebp
    call xen_start
    ud2

.macro push_registers
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
.endm

.macro pop_registers
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
.endm

/* rcx and r11 are where the program had them; an error code is there. */
.macro trap_with_error vector
xen_trap_\vector:
    popq %rcx
    popq %r11
    pushq $\vector
    jmp enter_trap
.endm

.macro trap_plain vector
xen_trap_\vector:
    popq %rcx
    popq %r11
    pushq $0
    pushq $\vector
    jmp enter_trap
.endm

    trap_plain 0
    trap_plain 1
    trap_plain 3
    trap_plain 4
    trap_plain 5
    trap_plain 6
    trap_plain 7
    trap_with_error 8
    trap_with_error 10
    trap_with_error 11
    trap_with_error 12
    trap_with_error 13
    trap_with_error 14
    trap_plain 16
    trap_with_error 17
    trap_plain 19

enter_trap:
    push_registers
    call xen_trap
    jmp leave

    .global xen_event_entry
xen_event_entry:
    popq %rcx
    popq %r11
    pushq $0
    pushq $0x20
    push_registers
    call xen_upcall
    jmp leave

    .global xen_syscall_entry
xen_syscall_entry:
    popq %rcx
    popq %r11
    pushq %rax /* the system call's number */
    pushq $TRAP_SYSCALL
    push_registers
    call trap_syscall

/* The stack holds a whole trap_frame. */
leave:
    movq 15 * 8 + F_CS(%rsp), %rax
    testb $3, %al
    jz leave_to_kernel
leave_to_user:
    call xen_load_context
    pop_registers
    /* Now rsp is at the vector.  Xen wants, below rip: rax, r11, rcx, flags;
       the stub of the hypercall page pushes the first three. */
    cmpl $TRAP_SYSCALL, F_VECTOR(%rsp)
    movq $0, F_ERROR(%rsp)
    jne 1f
    movq $VGCF_IN_SYSCALL, F_ERROR(%rsp)
1:  movq $FLAT_CS, F_CS(%rsp)
    movq $FLAT_SS, F_SS(%rsp)
    addq $8, %rsp
    jmp hypercall_page + HYPERVISOR_IRET * 32

/*
 * Nothing but registers to restore: no hypercall needed.  Events stay masked,
 * which is what the kernel wants: only idle() had let them in.
 */
leave_to_kernel:
    pop_registers
    addq $16, %rsp
    movq $FLAT_CS, 8(%rsp)
    iretq

    .global xen_return_to_user
xen_return_to_user:
    movq %rdi, %rsp
    jmp leave_to_user

/* Xen could not load a segment register; we never ask for one that fails. */
    .global xen_failsafe_entry
xen_failsafe_entry:
    ud2

    .section .rodata
    .balign 8
    .global xen_trap_entries
xen_trap_entries:
    .quad xen_trap_0, xen_trap_1, 0, xen_trap_3, xen_trap_4, xen_trap_5
    .quad xen_trap_6, xen_trap_7, xen_trap_8, 0, xen_trap_10, xen_trap_11
    .quad xen_trap_12, xen_trap_13, xen_trap_14, 0, xen_trap_16, xen_trap_17
    .quad 0, xen_trap_19

    .section .note.GNU-stack, "", @progbits
