/*
 * modes.S - a boot sector that goes through every mode: real, unreal, 32-bit
 * protected, paging, virtual-8086, two tasks, long mode with compatibility
 * mode, and back to real mode.  It reports on the debug console (port 0xe9).
 *
 * Loaded at 0000:7c00.  A BIOS loads one sector; the rest is fetched with
 * int 0x13 if it is not there.
 */
#define AT(label) ((label) - start + 0x7c00)

#define STACK_16  0x7000
#define STACK_32  0x90000
#define STACK_V86 0x6000
#define TABLES    0x20000 /* 2-level */
#define TABLES_64 0x30000

#define SEL_CODE   0x08
#define SEL_DATA   0x10
#define SEL_CODE16 0x18
#define SEL_DATA16 0x20
#define SEL_TSS    0x28
#define SEL_TASK   0x30
#define SEL_CODE64 0x38
#define SEL_USER   0x43 /* code, then data */
#define SEL_USER_D 0x4b

    .text
    .globl _start
    .code16
_start:
start:
    cli
    cld
    ljmp $0, $AT(1f)
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $STACK_16, %sp
    cmpl $0x5ec7065a, magic
    je loaded
    mov $0x0200 + SECTORS - 1, %ax
    mov $0x7e00, %bx
    mov $0x0002, %cx
    xor %dh, %dh
    int $0x13
loaded:
    jmp real_mode

/* say "X": one character, in any mode. */
    .macro say c
    mov $\c, %al
    out %al, $0xe9
    .endm

/* The hex digits of %ax follow a space. */
put_hex:
    mov $4, %cx
    push %ax
    mov $' ', %al
    out %al, $0xe9
    pop %ax
1:  rol $4, %ax
    push %ax
    and $15, %al
    add $'0', %al
    cmp $'9', %al
    jbe 2f
    add $'a' - '9' - 1, %al
2:  out %al, $0xe9
    pop %ax
    loop 1b
    ret

real_handler:
    push %bp
    mov %sp, %bp
    say 'i'
    mov 6(%bp), %ax /* FLAGS of the frame */
    and $0x0ad5, %ax
    call put_hex
    pop %bp
    iret

    .org 510
    .word 0xaa55

/* Real mode: interrupts by vector, wrap-around, flags. */
real_mode:
    mov cr0_real, %eax
    test %eax, %eax
    jnz back_again
    say 'R'
    movw $AT(real_handler), 4 * 0x60
    movw $0, 4 * 0x60 + 2
    stc
    sti
    int $0x60
    cli
    mov $0x1234, %ax
    push %ax
    popf
    pushf
    pop %ax
    call put_hex
    mov %cr0, %eax
    mov %eax, cr0_real
    lgdtl gdtr
    lidtl idtr
    /* unreal: DS keeps a limit of 4 GiB */
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    mov $SEL_DATA, %bx
    mov %bx, %ds
    and $0xfe, %al
    mov %eax, %cr0
    xor %bx, %bx
    mov %bx, %ds
    mov $0x180000, %edi
    movl $0x600df00d, (%edi)
    mov (%edi), %ax
    say 'U'
    mov (%edi), %ax
    call put_hex
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    mov %cs, %ax /* still the paragraph */
    call put_hex
    ljmpl $SEL_CODE, $AT(protected)

/* Digits of %ax; all registers stay. */
    .code32
hex32:
    pusha
    mov %eax, %edx
    say ' '
    mov $4, %ecx
1:  rol $4, %dx
    mov %edx, %eax
    and $15, %al
    add $'0', %al
    cmp $'9', %al
    jbe 2f
    add $'a' - '9' - 1, %al
2:  out %al, $0xe9
    loop 1b
    popa
    ret

protected:
    mov $SEL_DATA, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov $STACK_32, %esp
    say 'P'
    mov $SEL_TSS, %ax
    ltr %ax
    str %ax
    call hex32
    lar %eax, %eax /* of the TSS, now busy */
    shr $8, %eax
    call hex32
    /* #GP with the selector: loading a code segment into SS */
    mov $AT(1f), %eax
    mov %eax, resume
    mov $SEL_CODE, %ax
    mov %ax, %ss
1:  mov $SEL_DATA, %ax
    mov %ax, %ss
    /* 4 KiB pages, identity, for 4 MiB; one of them is not there */
    mov $TABLES, %edi
    lea 0x1007(%edi), %eax
    mov %eax, (%edi)
    add $0x1000, %edi
    mov $7, %eax
    mov $1024, %ecx
1:  stosl
    add $0x1000, %eax
    loop 1b
    movl $0, TABLES + 0x1000 + 4 * 0x150
    mov $TABLES, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    jmp 1f
1:  say 'G'
    mov $AT(1f), %eax
    mov %eax, resume
    movb $1, 0x150123
1:  mov %cr2, %eax
    shr $8, %eax
    call hex32
    /* user mode and back by interrupt */
    mov $AT(tss), %ebx
    movl $STACK_32 - 0x1000, 4(%ebx)
    push $SEL_USER_D
    push $STACK_32 - 0x4000
    push $0x3202
    push $SEL_USER
    push $AT(user)
    iret

user:
    say 'u'
    mov %cs, %ax
    call hex32
    int $0x61
after_user:
    mov $SEL_DATA, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $STACK_32, %esp
    /* virtual-8086 mode: IOPL 0 */
    push $0x0800 /* gs */
    push $0x0700
    push $0x0600
    push $0x0500
    push $0x0100 /* ss */
    push $STACK_V86
    push $0x20202
    push $0
    push $AT(v86)
    iret

/* Through #GP: INT n, CLI and HLT of the 8086 are for the monitor. */
    .code16
v86:
    mov %ds, %ax
    mov %es, %bx
    mov %fs, %cx
    mov %gs, %dx
    int $0x62
    cli
    mov $0xbeef, %si
    hlt

    .code32
gp:
    testl $0x20000, 12(%esp)
    jnz monitor
    say 'g'
    pop %eax
    call hex32
    mov resume, %eax
    mov %eax, (%esp)
    iret

/* error, eip, cs, eflags, esp, ss, es, ds, fs, gs */
monitor:
    push %eax
    mov $SEL_DATA, %ax
    mov %ax, %ds
    pop %eax
    push %eax
    mov 8(%esp), %eax
    movzbl (%eax), %eax
    cmp $0xcd, %al
    je v86_int
    cmp $0xf4, %al
    je v86_end
    say 'c'
    incl 8(%esp)
    pop %eax
    add $4, %esp
    iret
v86_int:
    say 'V'
    mov (%esp), %eax
    call hex32 /* DS of the 8086 */
    mov %ebx, %eax
    call hex32
    mov 16(%esp), %eax
    call hex32 /* EFLAGS */
    mov 28(%esp), %eax
    call hex32 /* ES */
    addl $2, 8(%esp)
    pop %eax
    add $4, %esp
    iret
v86_end:
    say 'v'
    mov %esi, %eax
    call hex32
    mov $STACK_32, %esp
    mov $SEL_DATA, %ax
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    /* a task and back */
    mov %cr3, %eax
    mov %eax, AT(task) + 0x1c
    mov %eax, AT(tss) + 0x1c
    mov $0x1111, %ebx
    lcall $SEL_TASK, $0
    say 't'
    mov %ebx, %eax
    call hex32
    pushf
    pop %eax
    and $0x4000, %eax
    call hex32
    mov AT(task) + 0x24, %eax
    call hex32
    mov AT(task) + 0, %eax
    call hex32
    jmp to_long

task_code:
    say 'T'
    pushf
    pop %eax
    call hex32
    mov %cr0, %eax
    call hex32
    clts
    str %ax
    call hex32
    mov $0x2222, %ebx
    iret

pf: say 'f'
    pop %eax
    call hex32
    mov resume, %eax
    mov %eax, (%esp)
    iret

int61:
    mov $SEL_DATA, %ax
    mov %ax, %ds
    say 'k'
    mov 4(%esp), %eax
    call hex32
    mov 8(%esp), %eax
    call hex32
    mov 16(%esp), %eax
    call hex32
    jmp after_user

/* Long mode: paging off, PAE, LME, paging on; from 32-bit code that is then
   compatibility mode. */
to_long:
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov $TABLES_64, %edi
    lea 0x1003(%edi), %eax
    mov %eax, (%edi)
    movl $0, 4(%edi)
    lea 0x2003(%edi), %eax
    mov %eax, 0x1000(%edi)
    movl $0, 0x1004(%edi)
    movl $0x83, 0x2000(%edi)
    movl $0, 0x2004(%edi)
    mov $TABLES_64, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    say 'C'
    mov $0xc0000080, %ecx
    rdmsr
    call hex32
    ljmp $SEL_CODE64, $AT(long_mode)

    .code64
long_mode:
    say 'L'
    mov $0x1122334455667788, %rax
    mov %rax, %r9
    bswap %r9
    mov %r9, %rax
    mov %eax, AT(scratch)
    push $SEL_CODE
    push $AT(compat)
    lretq

    .code32
compat:
    mov scratch, %eax
    call hex32
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov $0xc0000080, %ecx
    rdmsr
    and $0xfffffeff, %eax
    wrmsr
    call hex32
    mov %cr4, %eax
    and $0xffffffdf, %eax
    mov %eax, %cr4
    say 'B'
    ljmp $SEL_CODE16, $AT(narrow)

    .code16
narrow:
    mov $SEL_DATA16, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov %cr0, %eax
    and $0xfe, %al
    mov %eax, %cr0
    ljmp $0, $AT(1f)
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $STACK_16, %sp
    lidtl idtr_real
    jmp real_mode

back_again:
    stc
    std
    sti
    int $0x60
    cli
    cld
    say '.'
    say '\n'
    mov $0, %al
    out %al, $0xf4
1:  hlt
    jmp 1b

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
    .quad 0x00009b000000ffff
    .quad 0x000093000000ffff
    .word 103, AT(tss), 0x8900, 0
    .word 103, AT(task), 0x8900, 0
    .quad 0x00af9b000000ffff
    .quad 0x00cffb000000ffff
    .quad 0x00cff3000000ffff
gdt_end:
idt:
    .rept 13
    .quad 0
    .endr
    .word AT(gp), SEL_CODE, 0x8e00, 0
    .word AT(pf), SEL_CODE, 0x8e00, 0
    .rept 0x61 - 15
    .quad 0
    .endr
    .word AT(int61), SEL_CODE, 0xee00, 0
idt_end:
gdtr:
    .word gdt_end - gdt - 1
    .long AT(gdt)
idtr:
    .word idt_end - idt - 1
    .long AT(idt)
idtr_real:
    .word 0x3ff
    .long 0
    .balign 8
tss:
    .long 0, STACK_32 - 0x1000, SEL_DATA
    .rept 22
    .long 0
    .endr
    .long 104 << 16
task:
    .long 0, STACK_32 - 0x2000, SEL_DATA, 0, 0, 0, 0
    .long 0 /* cr3 */
    .long AT(task_code), 2
    .long 0, 0, 0, 0, STACK_32 - 0x3000, 0, 0, 0
    .long SEL_DATA, SEL_CODE, SEL_DATA, SEL_DATA, SEL_DATA, SEL_DATA
    .long 0
    .long 104 << 16
cr0_real:
    .long 0
resume:
    .long 0
scratch:
    .long 0
    .org SECTORS * 512 - 4
magic:
    .long 0x5ec7065a
