/*
 * reset.S - a disk of two sectors that resets the machine by one means after
 * the other: the second sector counts.
 */
    .code16
    .globl start
start:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    movw $0x0201, %ax
    call transfer
    movw count, %bx
    incw count
    pushw %bx
    movw $0x0301, %ax
    call transfer
    popw %bx
    movw $0x0e00 + '0', %ax
    addb %bl, %al
    pushw %bx
    xorw %bx, %bx
    int $0x10
    popw %bx
    shlw $1, %bx
    jmp *means(%bx)

transfer: /* AX: function and sectors */
    movw $count, %bx
    movw $0x0002, %cx
    movw $0x0080, %dx
    int $0x13
    ret

system_port:
    movb $1, %al
    outb %al, $0x92
keyboard_controller:
    movb $0xfe, %al
    outb %al, $0x64
reset_control:
    movw $0xcf9, %dx
    movb $6, %al
    outb %al, %dx
acpi_register:
    movw $0x60e, %dx
    movb $1, %al
    outb %al, %dx
triple_fault:
    lidt nothing
    int3
reset_vector: /* no reset, but the firmware's way to begin again */
    ljmp $0xffff, $0
leave:
    movb $42, %al
    outb %al, $0xf4

means:
    .word system_port, keyboard_controller, reset_control
    .word acpi_register, triple_fault, reset_vector, leave
nothing:
    .word 0, 0, 0
    .org 510
    .word 0xaa55
count:
    .word 0
    .org 1024

    .section .note.GNU-stack, "", @progbits
