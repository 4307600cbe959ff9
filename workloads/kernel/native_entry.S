/*
 * native_entry.S - into the kernel and out of it on a bare machine.
 *
 * Hardware  Intel SDM vol. 3, "Interrupt and Exception Handling" (64-bit
 *           mode); vol. 2, SYSCALL, SYSRET, SWAPGS.
 *
 * An exception or interrupt finds the kernel stack by itself (TSS.RSP0) and
 * pushes ss, rsp, rflags, cs, rip, for some vectors an error code.  SYSCALL
 * does none of that: it leaves rip in rcx and rflags in r11, and the code
 * here switches stacks, by the GS-based variables of native_cpu.c.
 *
 * Both build a struct trap_frame (trap.h) at the top of the kernel stack.
 */
#include "workloads/kernel/layout.h"

#define VECTOR_AT 120 /* offsets in struct trap_frame */
#define CS_AT     144
#define RIP_AT    136
#define RFLAGS_AT 152
#define RSP_AT    160
#define TRAP_SYSCALL 0x100

#define CPU_KERNEL_SP 0 /* offsets in struct native_local */
#define CPU_USER_SP   8

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
.endm

.macro pop_registers_but_rcx_r11
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    addq $8, %rsp
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    addq $8, %rsp
    popq %rdx
    popq %rsi
    popq %rdi
.endm

    .text

/* 256 entries: push an error code where the CPU does not, and the vector. */
    .altmacro
.macro trap_entry vector
    .align 16
trap_entry_\vector:
    .if !((\vector == 8) || ((\vector >= 10) && (\vector <= 14)) || (\vector == 17) || (\vector == 21))
    pushq $0
    .endif
    pushq $\vector
    jmp common_trap
.endm
.macro trap_address vector
    .quad trap_entry_\vector
.endm

    .set vector, 0
    .rept 256
    trap_entry %vector
    .set vector, vector + 1
    .endr

    .section .rodata
    .align 8
    .global native_trap_entries
native_trap_entries:
    .set vector, 0
    .rept 256
    trap_address %vector
    .set vector, vector + 1
    .endr
    .text

common_trap:
    cld
    push_registers
    testb $3, CS_AT(%rsp)
    jz 1f
    swapgs
1:  movq %rsp, %rdi
    call native_trap
    testb $3, CS_AT(%rsp)
    jz return_by_iret
    swapgs
return_by_iret:
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
    addq $16, %rsp
    iretq

    .global native_syscall_entry
    .align 16
native_syscall_entry:
    swapgs
    movq %rsp, %gs:CPU_USER_SP
    movq %gs:CPU_KERNEL_SP, %rsp
    pushq $USER_SS
    pushq %gs:CPU_USER_SP
    pushq %r11
    pushq $USER_CS
    pushq %rcx
    pushq %rax
    pushq $TRAP_SYSCALL
    push_registers
    movq %rsp, %rdi
    call native_syscall
    cmpq $TRAP_SYSCALL, VECTOR_AT(%rsp)
    je return_by_sysret
    swapgs
    jmp return_by_iret

/*
 * SYSRET takes rip from rcx and rflags from r11.  It must not see a rip that
 * is not canonical (SDM, SYSRET: #GP with the user's stack in place): no page
 * at the edge of user space can be mapped (USER_END), and sigreturn uses IRET.
 */
return_by_sysret:
    pop_registers_but_rcx_r11
    movq 16(%rsp), %rcx
    movq 32(%rsp), %r11
    movq 40(%rsp), %rsp
    swapgs
    sysretq

/* rdi: the frame, at the top of the kernel stack. */
    .global native_return_to_user
native_return_to_user:
    movq %rdi, %rsp
    cmpq $TRAP_SYSCALL, VECTOR_AT(%rsp)
    je return_by_sysret
    swapgs
    jmp return_by_iret

    .section .note.GNU-stack, "", @progbits
