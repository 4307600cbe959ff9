/*
 * syscall.h - from a system-call number to the function that does it.
 *
 * Source  Linux x86-64 system calls, <asm/unistd_64.h>.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H
#include <stdint.h>

/* Six arguments, as the program passed them; the result, or -errno. */
typedef int64_t syscall_function(const uint64_t *a);

#define SYSCALL(name) syscall_function sys_##name;
#define SYSCALL_LIKE(name, function)
#define SYSCALL_MISSING(name, errno_)
#include "workloads/kernel/syscall.def"
#undef SYSCALL
#undef SYSCALL_LIKE
#undef SYSCALL_MISSING

/* For calls that ask for nothing we do not do anyway: returns 0. */
syscall_function sys_nothing;

int64_t syscall_dispatch(uint64_t number, const uint64_t *a);

#endif
