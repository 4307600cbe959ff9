/*
 * sector.S - boot sector: reads the image behind it to 0x20000 and starts it.
 *
 * Hardware  BIOS interrupt 13h, "extended read" (EDD 3.0); Intel SDM vol. 3,
 *           "Switching to Protected Mode".
 */
    .code16
    .globl _start
_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $0x7c00, %sp
    sti
    movw $packet, %si
    movb $0x42, %ah
    int $0x13
    cli
    inb $0x92, %al
    orb $2, %al
    outb %al, $0x92
    lgdt gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmp $8, $start32

    .code32
start32:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $0x20000, %eax
    jmp *%eax

    .balign 4
packet: /* 64 sectors to 2000:0000 from sector 1 */
    .byte 16, 0
    .word 64, 0, 0x2000
    .quad 1
    .balign 8
gdt:
    .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt
    .org 510
    .word 0xaa55
    .section .note.GNU-stack, "", @progbits
