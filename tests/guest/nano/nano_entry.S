/*
 * nano_entry.S - the loops that are measured and the handlers they run into.
 *
 * Hardware  Intel SDM vol. 3, "64-Bit Mode Stack Frame", "SYSCALL, SYSRET";
 *           Xen public arch-x86/xen-x86_64.h for the paravirtual half.
 *
 * Each handler does the least that makes its loop go on: it steps over the
 * instruction that faulted.  Starts on a bare machine in pvh_entry.S of the
 * minikernel, with notes.S, and under Xen here.
 */
    .section .text.hypercall_page, "ax"
    .balign 4096
    .global hypercall_page
hypercall_page:
    .skip 4096

    .text
    .global xen_entry
xen_entry:
    cld
    movq $boot_stack_top, %rsp
    movq %rsi, %rdi
    xorl %ebp, %ebp
    call xen_start
    ud2

/* Loops: void NAME(uint64_t n, uint64_t argument, uint64_t table). */
.macro loop_begin name
    .global \name
    .balign 64
\name:
    pushq %rbx
    movq %rdi, %r8
1:
.endm
.macro loop_end
    decq %r8
    jnz 1b
    popq %rbx
    ret
.endm

loop_begin loop_empty
loop_end
loop_begin loop_call
    call 2f
loop_end
2:  ret
loop_begin loop_cpuid
    xorl %eax, %eax
    cpuid
loop_end
loop_begin loop_rdtsc
    rdtsc
loop_end
loop_begin loop_in
    movl $0x3fd, %edx
    inb %dx, %al
loop_end
loop_begin loop_cr3
    movq %cr3, %rax
    movq %rax, %cr3
loop_end
loop_begin loop_invlpg
    invlpg (%rsi)
loop_end
loop_begin loop_vmcall
    movl $-1, %eax
    vmcall
loop_end
loop_begin loop_divzero
    xorl %ecx, %ecx
    divl %ecx /* 2 bytes */
loop_end
loop_begin loop_pgfault
    movb (%rsi), %al /* 2 bytes */
loop_end
/* An entry of the table gets its bit 9 (free for software) flipped, and the
   table is used: for a page not touched before. */
loop_begin loop_ptemod
    movq 511 * 8(%rdx), %rax
    xorq $0x200, %rax
    movq %rax, 511 * 8(%rdx)
    movb (%rsi), %al
    addq $4096, %rsi
loop_end
/* A page of the table is unmapped, forgotten, mapped and touched. */
loop_begin loop_remap
    movq (%rdx), %rax
    movq $0, (%rdx)
    invlpg (%rsi)
    movq %rax, (%rdx)
    movb (%rsi), %al
loop_end
/* The first touch of each page from rsi on. */
loop_begin loop_touch
    movb (%rsi), %al
    addq $4096, %rsi
loop_end

/* Ring 3: n calls with rax = 0, then one with rax = 1 that comes back. */
    .global loop_syscall
loop_syscall:
    pushq %rbx
    pushq %rbp
    movq %rsp, kernel_sp(%rip)
    movq %rdi, %r8
    leaq user_loop(%rip), %rcx
    movl $2, %r11d
    sysretq
user_loop:
    xorl %eax, %eax
    syscall
    decq %r8
    jnz user_loop
    movl $1, %eax
    syscall
    .global syscall_entry
syscall_entry:
    testl %eax, %eax
    jnz 1f
    sysretq
1:  movq kernel_sp(%rip), %rsp
    popq %rbp
    popq %rbx
    ret

/* Bare handlers: both faulting instructions have two bytes, VMCALL three. */
    .global trap_divzero, trap_invalid, trap_pgfault
trap_divzero:
    addq $2, (%rsp)
    iretq
trap_invalid:
    addq $3, (%rsp)
    iretq
trap_pgfault:
    addq $8, %rsp
    addq $2, (%rsp)
    iretq

/* Under Xen: rcx and r11 on top, and back by the hypercall iret, whose stub
   pushes rcx, r11 and rax. */
    .global xen_trap_divzero, xen_trap_pgfault
xen_trap_pgfault:
    popq %rcx
    popq %r11
    addq $8, %rsp
    jmp 1f
xen_trap_divzero:
    popq %rcx
    popq %r11
1:  addq $2, (%rsp)
    pushq $0 /* cs stays as bounced: its RPL 0 says kernel */
    jmp hypercall_page + 23 * 32

    .bss
    .balign 8
kernel_sp:
    .skip 8

    .section .note.GNU-stack, "", @progbits
