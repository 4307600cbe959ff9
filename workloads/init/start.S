/*
 * start.S - the first instruction of /init.
 *
 * Source  System V ABI, x86-64 supplement, "Process Initialization"; the same of the i386
 *         supplement.
 */
#if defined __x86_64__
#define STACK %rsp
#else
#define STACK %esp
#endif
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    and $-16, STACK
    call init_main
    hlt
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
