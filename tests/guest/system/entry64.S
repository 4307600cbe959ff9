/*
 * entry64.S - IA-32e mode: the start, the way into a case, the exceptions.
 */
#define FLAT_DATA 16
#define STACK_TOP 0x1fff0
#define PAGES 0x70000
#define GPR(n) (8 * (n))
#define IP 128
#define FLAGS 136
#define SEGMENT(n) (144 + 8 * (n))
#define VECTOR 192
#define ERROR 200

    .section .head, "awx"
    .code32
    .globl _start, first_seed, cases, shown, done
_start:
    jmp start
    .balign 8
first_seed: .long 1 /* at 8: for the host to set */
cases:      .long 100
shown:      .long 0 /* the case that is shown whole */
done:       .long 0 /* where to go on */

start:
    cli
    cld
    movl $PAGES, %edi
    xorl %eax, %eax
    movl $0x1000, %ecx
    rep stosl
    movl $PAGES + 0x1007, PAGES
    movl $PAGES + 0x2007, PAGES + 0x1000
    movl $PAGES + 0x3007, PAGES + 0x2000
    movl $7, %eax
    movl $PAGES + 0x3000, %edi
1:  movl %eax, (%edi)
    addl $8, %edi
    addl $0x1000, %eax
    cmpl $PAGES + 0x4000, %edi
    jne 1b
    movl $0x20, %eax
    movl %eax, %cr4
    movl $PAGES, %eax
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
    movl $FLAT_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $STACK_TOP, %esp
    call machine_start
resume:
    movl $STACK_TOP, %esp
    call next_case

    .balign 8
gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .text
    .globl launch
launch:
    movl $STACK_TOP, %esp
    pushq $2
    popfq
    pushq before + SEGMENT(2)
    pushq before + GPR(4)
    pushq before + FLAGS
    pushq before + SEGMENT(1)
    pushq before + IP
    movw before + SEGMENT(0), %es
    movw before + SEGMENT(4), %fs
    movw before + SEGMENT(5), %gs
    movw before + SEGMENT(3), %ds
    movq before + GPR(0), %rax
    movq before + GPR(1), %rcx
    movq before + GPR(2), %rdx
    movq before + GPR(3), %rbx
    movq before + GPR(5), %rbp
    movq before + GPR(6), %rsi
    movq before + GPR(7), %rdi
    .irp r, 8, 9, 10, 11, 12, 13, 14, 15
    movq before + GPR(\r), %r\r
    .endr
    iretq

/* 16 bytes each: an error code if the processor has none, the vector. */
    .balign 16
    .globl stubs
stubs:
    .set v, 0
    .rept 32
    .balign 16
    .if v != 8 && v != 10 && v != 11 && v != 12 && v != 13 && v != 14 && v != 17
    pushq $0
    .endif
    pushq $v
    jmp common
    .set v, v + 1
    .endr

common:
    movq %rax, after + GPR(0)
    movq %rcx, after + GPR(1)
    movq %rdx, after + GPR(2)
    movq %rbx, after + GPR(3)
    movq %rbp, after + GPR(5)
    movq %rsi, after + GPR(6)
    movq %rdi, after + GPR(7)
    .irp r, 8, 9, 10, 11, 12, 13, 14, 15
    movq %r\r, after + GPR(\r)
    .endr
    movw %es, after + SEGMENT(0)
    movw %ds, after + SEGMENT(3)
    movw %fs, after + SEGMENT(4)
    movw %gs, after + SEGMENT(5)
    popq after + VECTOR
    popq after + ERROR
    popq after + IP
    popq after + SEGMENT(1)
    popq after + FLAGS
    popq after + GPR(4)
    popq after + SEGMENT(2)
    .rept 7 /* the frame has RF, which not all agree about */
    pushq $0
    .endr
    movl $FLAT_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl $STACK_TOP, %esp
    cld
    jmp resume
    .section .note.GNU-stack, "", @progbits
