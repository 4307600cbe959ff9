/*
 * call_32.h - a system call of a 32-bit Linux.
 *
 * Source  Linux manual page syscall(2), "Architecture calling conventions":
 *         i386, int 0x80.
 */
#ifndef WORKLOADS_INIT_CALL_32_H
#define WORKLOADS_INIT_CALL_32_H

/* mmap(2) counts its offset in pages where it has a number of its own. */
#define CALL_MMAP __NR_mmap2

/* The sixth argument, in EBP, is 0. */
static inline long call5(long number, long a, long b, long c, long d, long e)
{
    long result;

    __asm__ volatile("push %%ebp\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

#endif
