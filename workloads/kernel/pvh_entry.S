/*
 * pvh_entry.S - the first instructions on a bare machine.
 *
 * Source  Xen docs, "PVH boot": 32-bit protected mode, flat segments, paging
 *         off, ebx = physical address of struct hvm_start_info.
 *
 * We want 64-bit mode with the kernel at KERNEL_BASE.  Long mode demands
 * paging, so a first set of tables comes before all else: the first GiB of
 * memory, three times over: at 0 (the code that turns paging on needs it), at
 * DIRECT_MAP_BASE and at KERNEL_BASE.  C builds the real tables later.
 */
#include "workloads/kernel/layout.h"

#define PA(symbol)  ((symbol) - KERNEL_BASE)
#define PTE_PW      0x03
#define PTE_LARGE   0x83
#define CR4_PAE     0x20
#define CR0_PE_WP_PG 0x80010001
#define MSR_EFER    0xc0000080
#define EFER_SCE_LME_NXE 0x901

    .text
    .code32
    .global pvh_entry
pvh_entry:
    cld
    movl %ebx, %ebp

    /* 512 large pages: 0 to 1 GiB. */
    movl $PA(boot_pd), %edi
    movl $PTE_LARGE, %eax
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $0x200000, %eax
    addl $8, %edi
    decl %ecx
    jnz 1b

    movl $(PA(boot_pd) + PTE_PW), PA(boot_pdpt)
    movl $(PA(boot_pd) + PTE_PW), PA(boot_pdpt) + 510 * 8
    movl $(PA(boot_pdpt) + PTE_PW), PA(boot_pml4)
    movl $(PA(boot_pdpt) + PTE_PW), PA(boot_pml4) + 272 * 8
    movl $(PA(boot_pdpt) + PTE_PW), PA(boot_pml4) + 511 * 8

    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PA(boot_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    movl $EFER_SCE_LME_NXE, %eax
    xorl %edx, %edx
    wrmsr
    movl $CR0_PE_WP_PG, %eax
    movl %eax, %cr0

    lgdtl PA(boot_gdt_pointer)
    ljmpl $KERNEL_CS, $PA(in_long_mode)

    .code64
in_long_mode:
    movl $KERNEL_SS, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movq $in_high_half, %rax
    jmp *%rax
in_high_half:
    movq $boot_stack_top, %rsp
    xorl %edi, %edi
    movl %ebp, %edi
    xorl %ebp, %ebp
    call pvh_start
    ud2

    .section .rodata
    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* KERNEL_CS: 64-bit code, DPL 0 */
    .quad 0x00cf93000000ffff /* KERNEL_SS: data */
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long PA(boot_gdt)

    .bss
    .align 4096
    .global boot_pml4
boot_pml4:
    .skip 4096
boot_pdpt:
    .skip 4096
boot_pd:
    .skip 4096
    .global boot_stack_top
boot_stack:
    .skip KERNEL_STACK_BYTES
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
