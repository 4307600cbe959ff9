/*
 * random.S - a guest that does what its seed says, thousands of times: reads
 * and writes pages at WINDOW, maps them elsewhere, forbids writing, flushes,
 * leaves by CPUID, moves strings, computes; then it ends with status 0.
 *
 * Model     xorshift64 (Marsaglia, "Xorshift RNGs", 2003) in R15 chooses the
 *           action and the place.  Who starts it writes another seed over the
 *           one in the file.
 */
#include "tests/guest/seat/long_mode.S"

#define PAGES      32
#define ACTIONS    3000
#define SEED       0x5eed5eed5eed5eed

    movq seed, %r15
    movl $ACTIONS, %r12d
again:
    movq %r15, %rax
    shlq $13, %rax
    xorq %rax, %r15
    movq %r15, %rax
    shrq $7, %rax
    xorq %rax, %r15
    movq %r15, %rax
    shlq $17, %rax
    xorq %rax, %r15
    movq %r15, %rax
    shrq $32, %rax
    movl %eax, %ebx
    andl $15, %ebx
    movl %eax, %esi
    shrl $4, %esi
    andl $PAGES - 1, %esi
    shrl $9, %eax
    andl $(PAGES - 1) << 12 | 0xff8, %eax
    leaq WINDOW(%rax), %rdi
    shrl $12, %eax
    jmp *actions(, %rbx, 8)
done:
    decl %r12d
    jnz again
    xorl %eax, %eax
    outl %eax, $EXIT_PORT
    hlt

/* RDI: an address in the window; RAX: its page; RSI: another one. */
action_read:
    addq (%rdi), %r14
    jmp done
action_write:
    movq %r14, (%rdi)
    jmp done
action_exchange:
    lock xaddq %r14, (%rdi)
    jmp done
action_flush_page:
    invlpg (%rdi)
    jmp done
action_unmap:
    movq $0, window_pt(, %rax, 8)
    invlpg (%rdi)
    jmp done
action_forbid:
    andq $~2, window_pt(, %rax, 8)
    invlpg (%rdi)
    jmp done
action_remap:
    shlq $12, %rsi
    addq $WINDOW_PA + PTE_PAGE, %rsi
    movq %rsi, window_pt(, %rax, 8)
    invlpg (%rdi)
    jmp done
action_flush:
    movq %cr3, %rax
    movq %rax, %cr3
    jmp done
action_cpuid:
    xorl %eax, %eax
    cpuid
    jmp done
action_fill:
    andq $~0xfff, %rdi
    movl $48, %ecx
    movq %r15, %rax
    rep stosq
    jmp done
action_copy:
    andq $~0xfff, %rdi
    shlq $12, %rsi
    addq $WINDOW, %rsi
    movl $40, %ecx
    rep movsq
    jmp done
action_stack:
    pushq %r14
    pushfq
    popq %rax
    xorq %rax, (%rsp)
    popq %r14
    jmp done
action_print:
    movl %r15d, %eax
    andl $31, %eax
    addl $64, %eax
    outb %al, $OUT_PORT
    jmp done
action_clock:
    rdtsc
    addq %rax, %r14
    jmp done
action_multiply:
    movl $7, %ecx
1:  imulq $0x6c078965, %r14
    rorq $5, %r14
    decl %ecx
    jnz 1b
    jmp done
action_call:
    call 2f
    jmp done
2:  testq $1, %r14
    jz 3f
    notq %r14
3:  ret

    map_at_fault

    .section .data
    .balign 8
seed:
    .quad SEED
actions:
    .quad action_read, action_write, action_exchange, action_flush_page
    .quad action_unmap, action_forbid, action_remap, action_flush
    .quad action_cpuid, action_fill, action_copy, action_stack
    .quad action_print, action_clock, action_multiply, action_call

    .section .note.GNU-stack, "", @progbits
