/*
 * call_64.h - a system call of a 64-bit Linux.
 *
 * Source  System V ABI, x86-64 supplement, "Linux Conventions".
 */
#ifndef WORKLOADS_INIT_CALL_64_H
#define WORKLOADS_INIT_CALL_64_H

/* mmap(2) counts its offset in pages where it has a number of its own. */
#define CALL_MMAP __NR_mmap

static inline long call5(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = 0;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#endif
