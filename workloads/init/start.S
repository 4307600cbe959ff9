/*
 * start.S - the first instruction of /init.
 *
 * Source  System V ABI, x86-64 supplement, "Process Initialization".
 */
    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call init_main
    hlt
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
