/*
 * entry.S - ways into the BIOS: reset, interrupts, and out to a boot sector.
 *
 * An interrupt saves the caller's registers on the caller's stack, moves to
 * the BIOS's own, and hands a copy of them to a C function, which may change
 * them.  A caller that is on the BIOS's stack already stays there.  Other
 * callers, which may have interrupted the BIOS, get a part of it each.
 */
#include "workloads/bios/bios_offsets.h"

    .code16

    .section .header, "aw"
    .globl bios_header
bios_header:
    .ascii "RSBIOS\0\0"
    .zero BIOS_HEADER_BYTES - 8

    .bss
    .globl stack_depth
    .balign 4
stack_depth:
    .zero 4
    .balign 16
stacks:
    .zero STACK_BYTES * STACKS
stacks_end:

    .text
/* Stack: frame_handler, ip, cs, flags. */
common:
    pushal
    pushw %ds
    pushw %es
    pushw %fs
    pushw %gs
    cld
    movw %ss, %ax
    movzwl %sp, %esi
    movw %cs, %bx
    movw %bx, %ds
    movw %bx, %es
    movl %esi, %ebp
    cmpw %bx, %ax
    je 1f
    imulw $STACK_BYTES, stack_depth, %cx
    movl $stacks_end, %ebp
    subw %cx, %bp
    incw stack_depth
1:  movw %bx, %ss
    movl %ebp, %esp
    pushl %eax
    pushl %esi
    subl $FRAME_SPACE, %esp
    movl %esp, %edi
    movw %ax, %ds
    movw $FRAME_BYTES / 2, %cx
    rep movsw
    movw %bx, %ds
    movl %esp, %eax
    calll *FRAME_HANDLER(%esp)
    cld
    cli
    movl %esp, %esi
    movl FRAME_SPACE(%esp), %edi
    movl FRAME_SPACE + 4(%esp), %eax
    movw %cs, %bx
    movw %bx, %ds
    movw %ax, %es
    movl %edi, %ebp
    movw $FRAME_BYTES / 2, %cx
    rep movsw
    cmpw %bx, %ax
    je 2f
    decw stack_depth
2:  movw %ax, %ss
    movl %ebp, %esp
    popw %gs
    popw %fs
    popw %es
    popw %ds
    popal
    addw $4, %sp
    iretw

    .macro entry number, handler
    .globl entry_\number
entry_\number:
    pushl $\handler
    jmp common
    .endm

    entry none, handle_nothing
    entry irq, handle_irq_ignored
    entry 08, handle_08_timer
    entry 09, handle_09_keyboard
    entry 10, handle_10_video
    entry 11, handle_11_equipment
    entry 12, handle_12_memory
    entry 13, handle_13_disk
    entry 14, handle_14_serial
    entry 15, handle_15_system
    entry 16, handle_16_keys
    entry 17, handle_17_printer
    entry 18, handle_18_nothing_to_boot
    entry 19, handle_19_boot
    entry 1a, handle_1a_clock

/* Programs hook it and go on to it: nothing but the return. */
    .globl entry_return
entry_return:
    iretw

/* The vectors of segment 0: what a vector is not told here is entry_none. */
    .section .rodata
    .macro vector number, entry
    .word \number, \entry
    .endm
vector_rows:
    vector 0x05, entry_return
    vector 0x08, entry_08
    vector 0x09, entry_09
    vector 0x0a, entry_irq
    vector 0x0b, entry_irq
    vector 0x0c, entry_irq
    vector 0x0d, entry_irq
    vector 0x0e, entry_irq
    vector 0x0f, entry_irq
    vector 0x10, entry_10
    vector 0x11, entry_11
    vector 0x12, entry_12
    vector 0x13, entry_13
    vector 0x14, entry_14
    vector 0x15, entry_15
    vector 0x16, entry_16
    vector 0x17, entry_17
    vector 0x18, entry_18
    vector 0x19, entry_19
    vector 0x1a, entry_1a
    vector 0x1b, entry_return
    vector 0x1c, entry_return
    vector 0x70, entry_irq
    vector 0x71, entry_irq
    vector 0x72, entry_irq
    vector 0x73, entry_irq
    vector 0x74, entry_irq
    vector 0x75, entry_irq
    vector 0x76, entry_irq
    vector 0x77, entry_irq
vector_rows_end:

/* INT 15h, AH=C0h: bytes that follow; AT model, submodel, revision;
 * features: second 8259, clock, keyboard intercept, extended data area. */
    .globl system_configuration
system_configuration:
    .word 8
    .byte 0xfc, 0x01, 0x00
    .byte 0x74, 0x00, 0x00, 0x00, 0x00

    .text
    .globl vectors_default
vectors_default:
    pushw %es
    pushl %edi
    pushl %esi
    xorl %edi, %edi
    movw %di, %es
    movl $BIOS_SEGMENT << 16, %eax
    movw $entry_none, %ax
    movw $256, %cx
    rep stosl
    movl $vector_rows, %esi
3:  lodsw
    movw %ax, %di
    shlw $2, %di
    lodsw
    movw %ax, %es:(%di)
    cmpw $vector_rows_end, %si
    jb 3b
    popl %esi
    popl %edi
    popw %es
    retl

    .globl start_sector /* EAX: the drive */
start_sector:
    movzbl %al, %edx
    xorl %eax, %eax
    movw %ax, stack_depth
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $0x7c00, %esp
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %esi, %esi
    xorl %edi, %edi
    xorl %ebp, %ebp
    sti
    ljmp $0, $0x7c00

reset_entry:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $stacks_end, %esp
    movw $0, stack_depth
    calll post
    int $0x19
    hlt

/* SDM vol. 3, "First Instruction Executed"; the date and the model of an AT. */
    .section .reset, "ax"
    ljmp $BIOS_SEGMENT, $reset_entry
    .ascii "01/01/24"
    .byte 0
    .byte 0xfc
    .byte 0

    .section .note.GNU-stack, "", @progbits
