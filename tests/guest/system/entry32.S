/*
 * entry32.S - protected mode: the start, the way into a case, the exceptions.
 */
#define FLAT_CODE 8
#define FLAT_DATA 16
#define STACK_TOP 0x2fff0
#define GPR(n) (4 * (n))
#define IP 64
#define FLAGS 68
#define SEGMENT(n) (72 + 4 * (n))
#define VECTOR 96
#define ERROR 100
#define TSS_B_EFLAGS 0x24

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
    movl $STACK_TOP, %esp
    call machine_start
resume:
    movl $STACK_TOP, %esp
    call next_case

    .text
    .globl launch
launch:
    movl $STACK_TOP, %esp
    pushl $0x2 /* of IOPL 0: nothing else is in force */
    popfl
    movl before + FLAGS, %eax
    testl $0x20000, %eax
    jnz to_v86
    testl $3, before + SEGMENT(1)
    jnz to_outer
    movl before + GPR(4), %esp
    movw before + SEGMENT(2), %ss
    jmp push_three
to_v86:
    .irp s, 5, 4, 3, 0
    pushl before + SEGMENT(\s)
    .endr
to_outer:
    pushl before + SEGMENT(2)
    pushl before + GPR(4)
push_three:
    pushl before + FLAGS
    pushl before + SEGMENT(1)
    pushl before + IP
    movl before + GPR(0), %eax
    movl before + GPR(1), %ecx
    movl before + GPR(2), %edx
    movl before + GPR(3), %ebx
    movl before + GPR(5), %ebp
    movl before + GPR(6), %esi
    movl before + GPR(7), %edi
    testl $0x20000, before + FLAGS
    jnz 1f
    movw before + SEGMENT(0), %es
    movw before + SEGMENT(4), %fs
    movw before + SEGMENT(5), %gs
    movw before + SEGMENT(3), %ds
1:  iretl

/* 16 bytes each: an error code if the processor has none, the vector. */
    .balign 16
    .globl stubs
stubs:
    .set v, 0
    .rept 32
    .balign 16
    .if v != 8 && v != 10 && v != 11 && v != 12 && v != 13 && v != 14 && v != 17
    pushl $0
    .endif
    pushl $v
    jmp common
    .set v, v + 1
    .endr

common:
    pushl %eax
    pushl %ds
    movl $FLAT_DATA, %eax
    movl %eax, %ds
    popl after + SEGMENT(3)
    popl after + GPR(0)
    movl %ecx, after + GPR(1)
    movl %edx, after + GPR(2)
    movl %ebx, after + GPR(3)
    movl %ebp, after + GPR(5)
    movl %esi, after + GPR(6)
    movl %edi, after + GPR(7)
    movw %es, after + SEGMENT(0)
    movw %fs, after + SEGMENT(4)
    movw %gs, after + SEGMENT(5)
    popl after + VECTOR
    popl after + ERROR
    popl after + IP
    popl after + SEGMENT(1)
    popl after + FLAGS
    testl $0x20000, after + FLAGS
    jnz 1f
    testl $3, after + SEGMENT(1)
    jnz 1f
    movl %esp, after + GPR(4)
    movw %ss, after + SEGMENT(2)
    jmp 2f
1:  popl after + GPR(4)
    popl after + SEGMENT(2)
    pushl $0
    pushl $0
    addl $8, %esp
    testl $0x20000, after + FLAGS
    jz 3f
    popl after + SEGMENT(0)
    popl after + SEGMENT(3)
    popl after + SEGMENT(4)
    popl after + SEGMENT(5)
    subl $16, %esp
3:  subl $8, %esp
2:  .rept 8 /* the frame has RF, which not all agree about */
    pushl $0
    .endr
    movl $FLAT_DATA, %eax
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movl $STACK_TOP, %esp
    cld
    jmp resume

/* A task of its own; the state is in the TSS before, which its link names. */
    .globl double_fault
double_fault:
    popl after + ERROR
    movl $8, after + VECTOR
    movl 0x44300, %ecx /* link */
    movl %ecx, after + GPR(1)
    andl $0x1f8, %ecx
    movl 0x40000 + 2(%ecx), %ebx
    andl $0xffffff, %ebx
    movl %ebx, after + GPR(3)
    movl 0x20(%ebx), %eax
    movl %eax, after + IP
    andl $~0x10000, TSS_B_EFLAGS(%ebx) /* RF */
    movl TSS_B_EFLAGS(%ebx), %eax
    movl %eax, after + FLAGS
    movl 0x38(%ebx), %eax
    movl %eax, after + GPR(4)
    .irp s, 0, 1, 2, 3, 4, 5
    movzwl 0x48 + 4 * \s(%ebx), %eax
    movl %eax, after + SEGMENT(\s)
    .endr
    pushl $2
    popfl
    jmp resume
    .section .note.GNU-stack, "", @progbits
