/*
 * futex.c - the channel is the user address; sleepers of other address spaces
 * on the same number are told apart when waking.
 */
#include "workloads/kernel/futex.h"

#include <asm/errno.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/user_copy.h"

int64_t futex_wait(uva_t word, uint32_t value, uint64_t deadline_ns)
{
    uint32_t now;

    if (word % sizeof now != 0)
        return -EINVAL;
    if (!copy_from_user(&now, word, sizeof now))
        return -EFAULT;
    if (now != value)
        return -EAGAIN;
    if (!sched_sleep((const void *)word, deadline_ns))
        return -ERESTART;
    return kernel.current->timed_out ? -ETIMEDOUT : 0;
}

int64_t futex_wake(uva_t word, uint32_t count)
{
    uint32_t woken = 0;

    for (struct process *p = kernel.processes.all; p; p = p->next_all) {
        if (woken == count)
            break;
        if (p->state != PROCESS_WAITING || p->wait_channel != (void *)word ||
            p->space != kernel.current->space)
            continue;
        sched_wake_process(p);
        woken++;
    }
    return woken;
}
