/*
 * native_ap.S - the first instructions of every CPU but the first.
 *
 * Hardware  Intel SDM vol. 3, "MP Initialization Protocol Algorithm": a
 *           startup IPI with vector V starts a CPU in real mode at V * 4 KiB,
 *           with CS.base there.
 *
 * The bytes from native_trampoline to native_trampoline_end are copied to
 * TRAMPOLINE_PA; what they name of their own is relative to their start.  The
 * tables of pvh_entry.S map low memory one to one, so that paging can be
 * turned on there, and the kernel high.
 */
#include "workloads/kernel/layout.h"
#include "workloads/kernel/native_smp.h"

#define CR4_PAE          0x20
#define CR0_PE_WP_PG     0x80010001
#define MSR_EFER         0xc0000080
#define EFER_SCE_LME_NXE 0x901
#define HERE(symbol)     ((symbol) - native_trampoline)

    .section .rodata
    .global native_trampoline, native_trampoline_end
    .balign 16
    .code16
native_trampoline:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl HERE(gdt_pointer)
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $(boot_pml4 - KERNEL_BASE), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    movl $EFER_SCE_LME_NXE, %eax
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
    movq $ap_in_high_half, %rax
    jmp *%rax
    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* KERNEL_CS: 64-bit code, DPL 0 */
    .quad 0x00cf93000000ffff /* KERNEL_SS: data */
gdt_pointer:
    .word . - gdt - 1
    .long TRAMPOLINE_PA + HERE(gdt)
native_trampoline_end:

    .text
ap_in_high_half:
    movq native_ap_cr3(%rip), %rax
    movq %rax, %cr3
    movl $1, %edi
    lock xaddl %edi, native_ap_taken(%rip)
    cmpl native_ap_limit(%rip), %edi
    jae 1f
    movl %edi, %eax
    movq native_ap_stacks(, %rax, 8), %rsp
    xorl %ebp, %ebp
    call native_ap_start
1:  cli
    hlt
    jmp 1b

    .data
    .balign 4
    .global native_ap_taken
native_ap_taken:
    .long 1 /* the first CPU is 0 */

    .section .note.GNU-stack, "", @progbits
