/*
 * sys_info.c - system calls that only ask.
 */
#include <asm/errno.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>

#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/random.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

enum { STACK_LIMIT_BYTES = 8 << 20, NICE_ZERO = 20, RANDOM_CHUNK = 256 };

int64_t sys_nothing(const uint64_t *a)
{
    (void)a;
    return 0;
}

/* We speak Linux; static glibc programs refuse to start on one that says it
   is too old. */
int64_t sys_uname(const uint64_t *a)
{
    struct new_utsname u = {
        .sysname = "Linux",
        .nodename = "ringside",
        .release = "6.1.0-minikernel",
        .version = "#1",
        .machine = "x86_64",
        .domainname = "(none)",
    };

    return copy_to_user(a[0], &u, sizeof u) ? 0 : -EFAULT;
}

int64_t sys_sysinfo(const uint64_t *a)
{
    struct sysinfo s = {
        .uptime = (int64_t)(kernel.pv->clock_ns() / NS_PER_S),
        .totalram = kernel.frames.total * PAGE_BYTES,
        .freeram = kernel.frames.free * PAGE_BYTES,
        .mem_unit = 1,
    };

    for (struct process *p = kernel.processes.all; p; p = p->next_all)
        s.procs++;
    return copy_to_user(a[0], &s, sizeof s) ? 0 : -EFAULT;
}

int64_t sys_getrandom(const uint64_t *a)
{
    uint8_t chunk[RANDOM_CHUNK];

    for (uint64_t done = 0; done < a[1]; done += RANDOM_CHUNK) {
        size_t now = u64_min(a[1] - done, RANDOM_CHUNK);

        random_fill(chunk, now);
        if (!copy_to_user(a[0] + done, chunk, now))
            return -EFAULT;
    }
    return (int64_t)a[1];
}

static int64_t give_limit(uint64_t which, uva_t to)
{
    struct rlimit64 r = {RLIM64_INFINITY, RLIM64_INFINITY};

    if (which >= RLIM_NLIMITS)
        return -EINVAL;
    if (which == RLIMIT_STACK)
        r.rlim_cur = STACK_LIMIT_BYTES;
    if (which == RLIMIT_NOFILE)
        r = (struct rlimit64){FILE_TABLE_MAX, FILE_TABLE_MAX};
    if (which == RLIMIT_CORE)
        r.rlim_cur = 0;
    return !to || copy_to_user(to, &r, sizeof r) ? 0 : -EFAULT;
}

int64_t sys_getrlimit(const uint64_t *a)
{
    return give_limit(a[0], a[1]);
}

int64_t sys_prlimit64(const uint64_t *a)
{
    return give_limit(a[1], a[3]);
}

int64_t sys_getgroups(const uint64_t *a)
{
    (void)a;
    return 0;
}

int64_t sys_getpriority(const uint64_t *a)
{
    (void)a;
    return NICE_ZERO;
}

int64_t sys_getcpu(const uint64_t *a)
{
    uint32_t node = 0;

    if (a[0] && !copy_to_user(a[0], &kernel.here->number, sizeof(uint32_t)))
        return -EFAULT;
    return a[1] && !copy_to_user(a[1], &node, sizeof node) ? -EFAULT : 0;
}

int64_t sys_getresuid(const uint64_t *a)
{
    uint32_t root = 0;

    for (int i = 0; i < 3; i++)
        if (!copy_to_user(a[i], &root, sizeof root))
            return -EFAULT;
    return 0;
}
