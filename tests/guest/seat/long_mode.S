/*
 * long_mode.S - the begin of a guest in assembly: from the PVH entry to 64-bit
 * code, which goes on behind this file.
 *
 * Hardware  Intel SDM vol. 3, "4-Level Paging", "Initializing IA-32e Mode".
 * Model     tables of its own at fixed places map the first 2M by pages of 4K,
 *           the next 2M by one of 2M.  window_pt is of the pages at WINDOW, none
 *           of which is there; map_at_fault is the handler that maps them.
 */
#include <xen/elfnote.h>

#define PTE_TABLE  0x07 /* present, writable, user */
#define PTE_PAGE   0x03
#define PTE_LARGE  0x83
#define WINDOW     0x40000000
#define WINDOW_PA  0x300000
#define EXIT_PORT  0xf4
#define OUT_PORT   0xe9
#define MSR_EFER   0xc0000080

/* The page at CR2, which is in the window; for writing, too. */
    .macro map_at_fault
page_fault:
    pushq %rax
    pushq %rdx
    movq %cr2, %rax
    subq $WINDOW, %rax
    movq %rax, %rdx
    shrq $12, %rdx
    andq $~0xfff, %rax
    addq $WINDOW_PA + PTE_PAGE, %rax
    movq %rax, window_pt(, %rdx, 8)
    popq %rdx
    popq %rax
    addq $8, %rsp
    iretq
    .endm

    .section .note.Xen, "a", @note
    .align 4
    .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start32

    .section .data
    .balign 4096
pml4:
    .quad pdpt + PTE_TABLE
    .zero 8 * 511
pdpt:
    .quad pd + PTE_TABLE
    .quad window_pd + PTE_TABLE
    .zero 8 * 510
pd:
    .quad pt + PTE_TABLE
    .quad 0x200000 + PTE_LARGE
    .zero 8 * 510
pt:
    .set page, 0
    .rept 512
    .quad page + PTE_PAGE
    .set page, page + 0x1000
    .endr
window_pd:
    .quad window_pt + PTE_TABLE
    .zero 8 * 511
window_pt:
    .zero 4096
idt:
    .zero 16 * 32
idt_end:
gdt:
    .quad 0
    .quad 0x00af9b000000ffff /* 64-bit code */
    .quad 0x00cf93000000ffff /* data */
gdt_end:
gdtr:
    .word gdt_end - gdt - 1
    .quad gdt
idtr:
    .word idt_end - idt - 1
    .quad idt

    .section .bss
    .balign 4096
    .skip 4096
stack_top:

    .text
    .code32
    .global start32
start32:
    movl $stack_top, %esp
    lgdt gdtr
    movl %cr4, %eax
    orl $0x20, %eax /* PAE */
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $0x100, %eax /* LME */
    wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax /* PG, WP, PE */
    movl %eax, %cr0
    ljmp $8, $start64

    .code64
    .global start64, page_fault
start64:
    movl $16, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    /* The gate of #PF, vector 14. */
    movq $page_fault, %rax
    movq $idt + 14 * 16, %rdi
    movw %ax, (%rdi)
    movw $8, 2(%rdi)
    movw $0x8e00, 4(%rdi)
    shrq $16, %rax
    movw %ax, 6(%rdi)
    lidt idtr
