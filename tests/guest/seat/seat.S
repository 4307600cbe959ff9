/*
 * seat.S - a guest of some dozen instructions for pictures of the views: it is
 * all assembly, so that no compiler moves a byte of it.
 *
 * Model     it touches PAGES pages at WINDOW, which are not there: its handler
 *           maps each.  Then it reads them all again, twice, with a flush
 *           between, leaves by CPUID now and then, and ends with status 0.
 */
#include "tests/guest/seat/long_mode.S"

#define PAGES      24

    .global fill, scan
    movl $WINDOW, %edi
    movl $PAGES, %ecx
fill:
    movq %rdi, (%rdi)
    addq $0x1000, %rdi
    decl %ecx
    jnz fill
    movl $2, %r12d
pass:
    movl $WINDOW, %edi
    movl $PAGES, %r13d
    xorl %r14d, %r14d
scan:
    addq (%rdi), %r14
    addq $0x1000, %rdi
    testl $7, %r13d
    jnz 1f
    xorl %eax, %eax
    cpuid
1:  decl %r13d
    jnz scan
    movq %cr3, %rax
    movq %rax, %cr3
    decl %r12d
    jnz pass
    movl $'!', %eax
    outb %al, $OUT_PORT
    xorl %eax, %eax
    outl %eax, $EXIT_PORT
    hlt

    map_at_fault

    .section .note.GNU-stack, "", @progbits
