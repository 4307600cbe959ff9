/*
 * entry.S - from 32-bit protected mode to integer_main() in 64-bit mode.
 *
 * Hardware  Multiboot specification 0.6.96, "OS image format"; Intel SDM
 *           vol. 3, "Initializing IA-32e Mode".
 * The first bytes are where the boot sector jumps to; the Multiboot header
 * behind them is for loaders that know it.  The first GiB is mapped to itself
 * with 2M pages; the tables lie below the image.
 */
#define PML4 0x1000
#define PDPT 0x2000
#define PD   0x3000

    .section .head, "awx"
    .code32
    .globl _start
_start:
    jmp start32
    .balign 8
    .long 0x1badb002, 0, -0x1badb002

start32:
    cli
    cld
    movl $0x90000, %esp
    movl $PML4, %edi
    xorl %eax, %eax
    movl $0xc00, %ecx
    rep stosl
    movl $PDPT + 3, PML4
    movl $PD + 3, PDPT
    movl $0x83, %eax
    movl $PD, %edi
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x200000, %eax
    cmpl $PD + 0x1000, %edi
    jne 1b
    movl %cr4, %eax
    orl $0x20, %eax
    movl %eax, %cr4
    movl $PML4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80000001, %eax
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $start64

    .code64
start64:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    call integer_main
1:  hlt
    jmp 1b

    .balign 8
gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt
    .section .note.GNU-stack, "", @progbits
