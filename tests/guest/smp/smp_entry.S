/*
 * smp_entry.S - how the other CPUs start, and where interrupts arrive.
 *
 * Hardware  Intel SDM vol. 3, "MP Initialization Protocol Algorithm": a startup
 *           IPI with vector V starts a CPU in real mode at V * 4 KiB.
 *
 * The bytes from trampoline to trampoline_end are copied to TRAMPOLINE_PA.
 * Everything in them is relative to their start.  The tables of the first CPU
 * map low memory one to one, so paging can be turned on there.
 */
#include "tests/guest/smp/smp.h"
#include "workloads/kernel/layout.h"

#define CR4_PAE      0x20
#define CR0_PE_WP_PG 0x80010001
#define MSR_EFER     0xc0000080
#define EFER_LME_NXE 0x900
#define HERE(symbol) ((symbol) - trampoline)

    .text
    .global trampoline, trampoline_end, trampoline_cr3
    .code16
trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl HERE(gdt_pointer)
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl HERE(trampoline_cr3), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    movl $EFER_LME_NXE, %eax
    xorl %edx, %edx
    wrmsr
    movl $CR0_PE_WP_PG, %eax
    movl %eax, %cr0
    ljmpl $KERNEL_CS, $(TRAMPOLINE_PA + HERE(in_long_mode))

    .code64
in_long_mode:
    movl $KERNEL_SS, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movq $ap_entry, %rax
    jmp *%rax
    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* KERNEL_CS: 64-bit code, DPL 0 */
    .quad 0x00cf93000000ffff /* KERNEL_SS: data */
gdt_pointer:
    .word . - gdt - 1
    .long TRAMPOLINE_PA + HERE(gdt)
trampoline_cr3:
    .long 0
trampoline_end:

/* Each takes the next of the stacks. */
ap_entry:
    movl $1, %eax
    lock xaddl %eax, stacks_taken(%rip)
    incl %eax
    shlq $STACK_SHIFT, %rax
    leaq stacks(%rip), %rsp
    addq %rax, %rsp
    xorl %ebp, %ebp
    call ap_start
    ud2

/* on_interrupt(vector), and back. */
.macro interrupt_entry vector
    .balign INTERRUPT_STUB_BYTES
    pushq $\vector
    jmp interrupt_common
.endm
    .global interrupt_stubs, patched
    .balign INTERRUPT_STUB_BYTES
interrupt_stubs:
.set v, FIRST_VECTOR
.rept VECTORS
    interrupt_entry v
    .set v, v + 1
.endr
    .global nmi_stub
    .balign INTERRUPT_STUB_BYTES
nmi_stub:
    pushq $VECTOR_NMI
interrupt_common:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    movq 72(%rsp), %rdi
    cld
    call on_interrupt
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rax
    addq $8, %rsp
    iretq

/* A function whose answer is written over: mov $imm32, %eax; ret. */
    .section .data.patched, "awx"
    .balign 4096
patched:
    .byte 0xb8, 0, 0, 0, 0, 0xc3
    .balign 4096

    .bss
    .balign 4096
stacks:
    .skip (MOST_CPUS + 2) << STACK_SHIFT
stacks_taken:
    .skip 4

    .section .note.GNU-stack, "", @progbits
