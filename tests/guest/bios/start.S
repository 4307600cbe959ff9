/*
 * start.S - a boot sector that reads the rest of itself from the disk with
 * interrupt 13h, and a way for C to raise any interrupt.
 */
#define REST_SECTORS 15

    .code16
    .section .sector, "ax"
    .globl start
start:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $0x7c00, %esp
    movb %dl, drive
    movw $0x0200 + REST_SECTORS, %ax
    movw $0x7e00, %bx
    movw $0x0002, %cx
    movb $0, %dh
    int $0x13
    jc 1f
    calll check
1:  movw $0x0e00 + 'F', %ax
    xorw %bx, %bx
    int $0x10
    movb $1, %al
    outb %al, $0xf4

    .globl drive
drive:
    .byte 0
    .org 510
    .word 0xaa55

/* void raise(struct registers *r, uint8_t number): EAX, EDX. */
    .text
    .globl raise
raise:
    pushal
    movb %dl, 2f + 1
    pushl %eax
    movl %eax, %ebp
    movl 4(%ebp), %ebx
    movl 8(%ebp), %ecx
    movl 12(%ebp), %edx
    movl 16(%ebp), %esi
    movl 20(%ebp), %edi
    movw 28(%ebp), %es
    movl 0(%ebp), %eax
    movl 24(%ebp), %ebp
    stc
2:  int $0
    pushfw
    pushl %ebp
    movl 6(%esp), %ebp
    movl %eax, 0(%ebp)
    movl %ebx, 4(%ebp)
    movl %ecx, 8(%ebp)
    movl %edx, 12(%ebp)
    movl %esi, 16(%ebp)
    movl %edi, 20(%ebp)
    movw %es, 28(%ebp)
    popl %eax
    movl %eax, 24(%ebp)
    popw 30(%ebp)
    popl %eax
    xorw %ax, %ax
    movw %ax, %es
    popal
    retl

    .globl hooked_ticks, hook_1c
hooked_ticks:
    .long 0
hook_1c:
    lock incl %cs:hooked_ticks
    iretw

    .section .note.GNU-stack, "", @progbits
