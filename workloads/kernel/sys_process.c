/*
 * sys_process.c - system calls about processes.
 */
#include <asm/errno.h>
#include <asm/prctl.h>
#include <asm/siginfo.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "workloads/kernel/futex.h"
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/syscall.h"
#include "workloads/kernel/time.h"
#include "workloads/kernel/user_copy.h"

enum { MAX_EXEC_STRINGS = 8192 };

int64_t sys_fork(const uint64_t *a)
{
    struct clone_arguments c = {0};

    (void)a;
    return process_clone(&c);
}

int64_t sys_vfork(const uint64_t *a)
{
    struct clone_arguments c = {.flags = CLONE_VM | CLONE_VFORK};

    (void)a;
    return process_clone(&c);
}

int64_t sys_clone(const uint64_t *a)
{
    struct clone_arguments c = {a[0], a[1], a[2], a[3], a[4]};

    if ((c.flags & CLONE_THREAD) && !(c.flags & CLONE_VM))
        return -EINVAL;
    return process_clone(&c);
}

/* Appends the strings of a user array of pointers; 0 or -errno. */
static int copy_strings(struct exec_arguments *to, uva_t array, unsigned *count)
{
    for (*count = 0; array && *count < MAX_EXEC_STRINGS; ++*count) {
        uva_t string;
        int status;

        if (!copy_from_user(&string, array + *count * sizeof string,
                            sizeof string))
            return -EFAULT;
        if (!string)
            return 0;
        status = copy_text_from_user(to->text + to->bytes, string,
                                     EXEC_TEXT_BYTES - to->bytes);
        if (status < 0)
            return status == -ENAMETOOLONG ? -E2BIG : status;
        to->bytes += strlen(to->text + to->bytes) + 1;
    }
    return array ? -E2BIG : 0;
}

int64_t sys_execve(const uint64_t *a)
{
    struct exec_arguments strings = {0};
    pfn_t block = frame_alloc(EXEC_TEXT_ORDER);
    char *path = heap_alloc(PROCESS_PATH_BYTES);
    int status = -ENOMEM;

    if (block != PFN_NONE && path) {
        strings.text = pfn_to_va(block);
        status = copy_text_from_user(path, a[0], PROCESS_PATH_BYTES);
        if (status == 0)
            status = copy_strings(&strings, a[1], &strings.argc);
        if (status == 0)
            status = copy_strings(&strings, a[2], &strings.envc);
        if (status == 0)
            status = process_exec(path, &strings);
    }
    if (block != PFN_NONE)
        frame_drop(block);
    heap_free(path, PROCESS_PATH_BYTES);
    return status;
}

int64_t sys_exit(const uint64_t *a)
{
    process_exit((int)(a[0] & 0xff) << 8);
}

int64_t sys_exit_group(const uint64_t *a)
{
    process_exit_group((int)(a[0] & 0xff) << 8);
}

int64_t sys_wait4(const uint64_t *a)
{
    int status = 0;
    int64_t pid = process_wait((int)a[0], &status, (int)a[2]);

    if (pid > 0 && a[1] && !copy_to_user(a[1], &status, sizeof status))
        return -EFAULT;
    return pid;
}

/* What wait_status says, as a signal handler would be told. */
static siginfo_t child_info(int pid, int wait_status)
{
    siginfo_t info = {.si_signo = SIGCHLD};
    int signal = wait_status & 0x7f;

    info.si_code = signal ? CLD_KILLED : CLD_EXITED;
    info.si_pid = pid;
    info.si_status = signal ? signal : wait_status >> 8;
    return info;
}

/* kind of id, id, siginfo, options */
int64_t sys_waitid(const uint64_t *a)
{
    siginfo_t info = {0};
    int status = 0, pid = (int)a[1];
    int64_t found;

    if (a[0] > P_PGID || !(a[3] & (WEXITED | __WALL)) ||
        (a[0] == P_PID && pid <= 0))
        return -EINVAL;
    if (a[0] != P_PID)
        pid = a[0] == P_ALL ? -1 : -pid;
    found = process_wait(pid, &status, (int)a[3]);
    if (found < 0)
        return found;
    if (found > 0)
        info = child_info((int)found, status);
    return !a[2] || copy_to_user(a[2], &info, sizeof info) ? 0 : -EFAULT;
}

int64_t sys_getpid(const uint64_t *a)
{
    (void)a;
    return kernel.current->tgid;
}

int64_t sys_gettid(const uint64_t *a)
{
    (void)a;
    return kernel.current->pid;
}

int64_t sys_getppid(const uint64_t *a)
{
    const struct process *leader = thread_leader(kernel.current);

    (void)a;
    return leader && leader->parent ? leader->parent->tgid : 0;
}

int64_t sys_getpgid(const uint64_t *a)
{
    struct process *p = a[0] ? process_find((int)a[0]) : kernel.current;

    return p ? p->pgid : -ESRCH;
}

int64_t sys_getpgrp(const uint64_t *a)
{
    (void)a;
    return kernel.current->pgid;
}

int64_t sys_setpgid(const uint64_t *a)
{
    struct process *p = a[0] ? process_find((int)a[0]) : kernel.current;

    if (!p)
        return -ESRCH;
    p->pgid = a[1] ? (int)a[1] : p->pid;
    return 0;
}

int64_t sys_getsid(const uint64_t *a)
{
    (void)a;
    return kernel.current->sid;
}

int64_t sys_setsid(const uint64_t *a)
{
    struct process *p = kernel.current;

    (void)a;
    if (p->pgid == p->pid)
        return -EPERM;
    p->sid = p->pgid = p->pid;
    return p->sid;
}

int64_t sys_arch_prctl(const uint64_t *a)
{
    struct process *p = kernel.current;
    uint64_t value;

    switch (a[0]) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
        if (a[1] >= USER_END)
            return -EPERM;
        if (a[0] == ARCH_SET_FS) {
            p->fs_base = a[1];
            kernel.pv->load_fs_base(a[1]);
        } else {
            p->gs_base = a[1];
            kernel.pv->load_user_gs_base(a[1]);
        }
        return 0;
    case ARCH_GET_FS:
    case ARCH_GET_GS:
        value = a[0] == ARCH_GET_FS ? p->fs_base : p->gs_base;
        return copy_to_user(a[1], &value, sizeof value) ? 0 : -EFAULT;
    default:
        return -EINVAL;
    }
}

int64_t sys_set_tid_address(const uint64_t *a)
{
    kernel.current->clear_child_tid = a[0];
    return kernel.current->pid;
}

int64_t sys_futex(const uint64_t *a)
{
    struct futex_wait w = {.value = (uint32_t)a[2],
                           .bitset = FUTEX_BITSET_MATCH_ANY,
                           .deadline_ns = UINT64_MAX};
    struct futex_requeue r = {.from = a[0],
                              .to = a[4],
                              .wake_count = (uint32_t)a[2],
                              .move_count = (uint32_t)a[3],
                              .value = (uint32_t)a[5]};

    switch ((int)a[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
        if (a[3] && !time_deadline_from_user(a[3], &w.deadline_ns))
            return -EINVAL;
        return futex_wait(a[0], &w);
    case FUTEX_WAIT_BITSET:
        if (a[3] && !time_until_from_user(a[3], (a[1] & FUTEX_CLOCK_REALTIME),
                                          &w.deadline_ns))
            return -EINVAL;
        w.bitset = (uint32_t)a[5];
        return futex_wait(a[0], &w);
    case FUTEX_WAKE:
        return futex_wake(a[0], (uint32_t)a[2], FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
        return futex_wake(a[0], (uint32_t)a[2], (uint32_t)a[5]);
    case FUTEX_CMP_REQUEUE:
        r.compare = true;
        return futex_requeue(&r);
    case FUTEX_REQUEUE:
        return futex_requeue(&r);
    case FUTEX_WAKE_OP:
        return futex_wake_op(&r, (uint32_t)a[5]);
    default:
        return -ENOSYS;
    }
}

int64_t sys_set_robust_list(const uint64_t *a)
{
    enum { HEAD_BYTES = 24 };

    if (a[1] != HEAD_BYTES)
        return -EINVAL;
    kernel.current->robust_list = a[0];
    return 0;
}

int64_t sys_get_robust_list(const uint64_t *a)
{
    const struct process *p = a[0] ? process_find((int)a[0]) : kernel.current;
    const uint64_t bytes = 24;

    if (!p)
        return -ESRCH;
    return copy_to_user(a[1], &p->robust_list, sizeof p->robust_list) &&
                   copy_to_user(a[2], &bytes, sizeof bytes)
               ? 0
               : -EFAULT;
}

int64_t sys_sched_yield(const uint64_t *a)
{
    (void)a;
    kernel.here->need_switch = kernel.sched.ready_first != NULL;
    return 0;
}

/* The priority of every process: none. */
int64_t sys_sched_getparam(const uint64_t *a)
{
    int priority = 0;

    return copy_to_user(a[1], &priority, sizeof priority) ? 0 : -EFAULT;
}

/* The CPUs that there are; bit n: CPU n. */
static uint64_t all_cpus(void)
{
    return ((uint64_t)1 << kernel.cpu_count) - 1;
}

static struct process *process_meant(uint64_t pid)
{
    return pid ? process_find((int)pid) : kernel.current;
}

int64_t sys_sched_setaffinity(const uint64_t *a)
{
    struct process *p = process_meant(a[0]);
    uint64_t mask = 0;

    if (!copy_from_user(&mask, a[2], u64_min(a[1], sizeof mask)))
        return -EFAULT;
    if (!p || p->state == PROCESS_ZOMBIE)
        return -ESRCH;
    if (!(mask & all_cpus()))
        return -EINVAL;
    sched_allow(p, mask);
    return 0;
}

int64_t sys_sched_getaffinity(const uint64_t *a)
{
    const struct process *p = process_meant(a[0]);
    uint64_t mask;

    if (a[1] < sizeof mask || a[1] % sizeof mask)
        return -EINVAL;
    if (!p)
        return -ESRCH;
    mask = p->cpus & all_cpus();
    return copy_to_user(a[2], &mask, sizeof mask) ? (int64_t)sizeof mask
                                                  : -EFAULT;
}

int64_t sys_prctl(const uint64_t *a)
{
    struct process *p = kernel.current;

    switch (a[0]) {
    case PR_SET_NAME:
        return copy_from_user(p->comm, a[1], sizeof p->comm - 1) ? 0 : -EFAULT;
    case PR_GET_NAME:
        return copy_to_user(a[1], p->comm, sizeof p->comm) ? 0 : -EFAULT;
    case PR_SET_PDEATHSIG:
    case PR_SET_DUMPABLE:
        return 0;
    default:
        return -EINVAL;
    }
}
