/*
 * syscall.c - getppid() n times: the bare price of entering the kernel.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workloads/programs/program.h"

int program_syscall(const struct arguments *a)
{
    uint64_t n = argument_number(a, "n", 100000);
    uint64_t same = 0;
    long parent = syscall(SYS_getppid);

    for (uint64_t i = 0; i < n; i++)
        same += syscall(SYS_getppid) == parent;
    printf("syscall: %llu of %llu calls answered\n", (unsigned long long)same,
           (unsigned long long)n);
    return same == n ? 0 : 1;
}
