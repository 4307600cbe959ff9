/*
 * sys_time.c - system calls about time.
 */
#include <asm/errno.h>
#include <linux/resource.h>
#include <linux/time.h>
#include <linux/times.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

enum { NS_PER_TICK = 10000000 }; /* times(2) counts hundredths of a second */

static struct __kernel_timespec timespec_of(uint64_t ns)
{
    return (struct __kernel_timespec){(int64_t)(ns / NS_PER_S),
                                      (int64_t)(ns % NS_PER_S)};
}

static bool ns_from_user(uva_t va, uint64_t *ns)
{
    struct __kernel_timespec t;

    if (!copy_from_user(&t, va, sizeof t) || t.tv_sec < 0 ||
        (uint64_t)t.tv_nsec >= NS_PER_S)
        return false;
    /* Beyond a century is never; nothing below can overflow then. */
    *ns = u64_min((uint64_t)t.tv_sec, 3155760000u) * NS_PER_S +
          (uint64_t)t.tv_nsec;
    return true;
}

static uint64_t epoch_ns(void)
{
    return kernel.pv->boot_epoch_s() * NS_PER_S;
}

bool time_deadline_from_user(uva_t va, uint64_t *deadline_ns)
{
    uint64_t ns;

    if (!ns_from_user(va, &ns))
        return false;
    *deadline_ns = kernel.pv->clock_ns() + ns;
    return true;
}

bool time_until_from_user(uva_t va, bool realtime, uint64_t *deadline_ns)
{
    uint64_t ns;

    if (!ns_from_user(va, &ns))
        return false;
    if (realtime)
        ns = ns > epoch_ns() ? ns - epoch_ns() : 0;
    *deadline_ns = ns;
    return true;
}

int64_t sys_time(const uint64_t *a)
{
    int64_t now = (int64_t)((epoch_ns() + kernel.pv->clock_ns()) / NS_PER_S);

    return !a[0] || copy_to_user(a[0], &now, sizeof now) ? now : -EFAULT;
}

int64_t sys_gettimeofday(const uint64_t *a)
{
    uint64_t now = epoch_ns() + kernel.pv->clock_ns();
    struct __kernel_old_timeval t = {(long)(now / NS_PER_S),
                                     (long)(now % NS_PER_S / 1000)};

    if (a[1] && !zero_user(a[1], 8))
        return -EFAULT;
    return !a[0] || copy_to_user(a[0], &t, sizeof t) ? 0 : -EFAULT;
}

static int clock_read(uint64_t clock, uint64_t *ns)
{
    const struct process *p = kernel.current;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        *ns = epoch_ns() + kernel.pv->clock_ns();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ns = kernel.pv->clock_ns();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        *ns = p->user_ns + p->system_ns;
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t sys_clock_gettime(const uint64_t *a)
{
    struct __kernel_timespec t;
    uint64_t ns = 0;
    int status = clock_read(a[0], &ns);

    if (status < 0)
        return status;
    t = timespec_of(ns);
    return copy_to_user(a[1], &t, sizeof t) ? 0 : -EFAULT;
}

int64_t sys_clock_getres(const uint64_t *a)
{
    struct __kernel_timespec t = {0, 1};
    uint64_t ns = 0;
    int status = clock_read(a[0], &ns);

    if (status < 0)
        return status;
    return !a[1] || copy_to_user(a[1], &t, sizeof t) ? 0 : -EFAULT;
}

static int64_t sleep_until(uint64_t deadline_ns, uva_t rest)
{
    while (kernel.pv->clock_ns() < deadline_ns) {
        struct __kernel_timespec left;

        if (sched_sleep(&kernel.current->deadline_ns, deadline_ns))
            continue;
        left = timespec_of(deadline_ns -
                           u64_min(deadline_ns, kernel.pv->clock_ns()));
        if (rest && !copy_to_user(rest, &left, sizeof left))
            return -EFAULT;
        return -EINTR;
    }
    return 0;
}

int64_t sys_nanosleep(const uint64_t *a)
{
    uint64_t deadline;

    if (!time_deadline_from_user(a[0], &deadline))
        return -EINVAL;
    return sleep_until(deadline, a[1]);
}

int64_t sys_clock_nanosleep(const uint64_t *a)
{
    bool realtime = a[0] == CLOCK_REALTIME;
    uint64_t deadline;

    if (a[1] & TIMER_ABSTIME) {
        if (!time_until_from_user(a[2], realtime, &deadline))
            return -EINVAL;
        return sleep_until(deadline, 0);
    }
    if (!time_deadline_from_user(a[2], &deadline))
        return -EINVAL;
    return sleep_until(deadline, a[3]);
}

int64_t sys_times(const uint64_t *a)
{
    const struct process *p = kernel.current;
    struct tms t = {
        .tms_utime = (long)(p->user_ns / NS_PER_TICK),
        .tms_stime = (long)(p->system_ns / NS_PER_TICK),
        .tms_cutime = (long)(p->children_ns / NS_PER_TICK),
    };

    if (a[0] && !copy_to_user(a[0], &t, sizeof t))
        return -EFAULT;
    return (int64_t)(kernel.pv->clock_ns() / NS_PER_TICK);
}

int64_t sys_getrusage(const uint64_t *a)
{
    const struct process *p = kernel.current;
    bool self = (int)a[0] != RUSAGE_CHILDREN;
    uint64_t user = self ? p->user_ns : p->children_ns;
    uint64_t system = self ? p->system_ns : 0;
    struct rusage r = {
        .ru_utime = {(long)(user / NS_PER_S), (long)(user % NS_PER_S / 1000)},
        .ru_stime = {(long)(system / NS_PER_S),
                     (long)(system % NS_PER_S / 1000)},
    };

    return copy_to_user(a[1], &r, sizeof r) ? 0 : -EFAULT;
}
