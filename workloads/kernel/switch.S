/*
 * switch.S - from one kernel stack to another.
 *
 * switch_stacks(save_sp, load_sp): a C function call saves all registers but
 * these six, so they and the stack pointer are all there is to a context.
 */
    .text
    .global switch_stacks
switch_stacks:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .section .note.GNU-stack, "", @progbits
