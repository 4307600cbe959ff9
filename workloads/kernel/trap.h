/*
 * trap.h - the registers of an interrupted program, and what C does about the
 * interruption.
 *
 * Whoever enters the kernel (native_entry.S, xen_entry.S) builds one struct
 * trap_frame at the top of the process's kernel stack and calls one of the
 * two functions below; when they return, the entry code leaves the kernel
 * with whatever the frame now holds.
 */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H
#include <stdbool.h>
#include <stdint.h>

/* Pushed from high addresses to low; the last five by the hardware. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector; /* exception or interrupt number, or TRAP_* */
    uint64_t error;  /* exception error code; for a system call its number */
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Values of vector beyond the 256 of the hardware. */
enum {
    TRAP_SYSCALL = 0x100, /* rcx and r11 are free: SYSRET may be used */
    TRAP_FULL = 0x101,    /* every register counts: IRET must be used */
};

enum {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_UD = 6,
    VECTOR_DF = 8,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_XM = 19,
    VECTOR_TIMER = 0x20,
    VECTOR_CALL = 0x21,  /* from another CPU: there is work, or a signal */
    VECTOR_FLUSH = 0x22, /* from another CPU: forget translations */
    VECTOR_SPURIOUS = 0xff,
};

#define RFLAGS_IF   0x200u
#define RFLAGS_DF   0x400u
#define RFLAGS_TF   0x100u
#define RFLAGS_USER 0x240dd5u /* flags that a program may set by itself */

static inline bool trap_from_user(const struct trap_frame *f)
{
    return (f->cs & 3) != 0;
}

/*
 * An exception.  cr2 is the address of a page fault, else ignored.  May not
 * return (a panic), or return much later (other processes ran).
 */
void trap_exception(struct trap_frame *f, uint64_t cr2);
/* A system call: number in rax and error, arguments as Linux passes them. */
void trap_syscall(struct trap_frame *f);
/* The timer; the interrupt controller has been told already. */
void trap_timer(struct trap_frame *f);
/* Another CPU called. */
void trap_call(struct trap_frame *f);

#endif
