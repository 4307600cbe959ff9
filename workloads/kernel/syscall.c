/*
 * syscall.c - the table of system calls.
 */
#include "workloads/kernel/syscall.h"

#include <asm/errno.h>
#include <asm/unistd.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/log.h"

struct syscall_row {
    syscall_function *function;
    int missing_errno; /* known, and refused without a word */
};

#define SYSCALL(name)                 [__NR_##name] = {sys_##name, 0},
#define SYSCALL_LIKE(name, function)  [__NR_##name] = {sys_##function, 0},
#define SYSCALL_MISSING(name, errno_) [__NR_##name] = {0, errno_},
static const struct syscall_row rows[] = {
#include "workloads/kernel/syscall.def"
};
#undef SYSCALL
#undef SYSCALL_LIKE
#undef SYSCALL_MISSING

/* Names an unknown call on the log, once. */
static void say_unknown(uint64_t number)
{
    uint64_t at = u64_min(number, sizeof kernel.unknown_syscalls * 8 - 1);
    uint8_t bit = (uint8_t)(1 << (at % 8));

    if (kernel.unknown_syscalls[at / 8] & bit)
        return;
    kernel.unknown_syscalls[at / 8] |= bit;
    kwarn("unknown system call %lu", number);
}

int64_t syscall_dispatch(uint64_t number, const uint64_t *a)
{
    const struct syscall_row *row = &rows[number];

    if (number >= ARRAY_LEN(rows) || (!row->function && !row->missing_errno)) {
        say_unknown(number);
        return -ENOSYS;
    }
    if (!row->function)
        return -row->missing_errno;
    return row->function(a);
}
