/*
 * kernel.h - the one object with static storage: all kernel state hangs
 * below it.
 *
 * One CPU at a time is in the kernel (cpus.h), and the kernel is never
 * interrupted (pv_ops.h, promise 1), so nothing here needs a lock of its own.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H
#include "workloads/kernel/cpus.h"
#include "workloads/kernel/frame.h"
#include "workloads/kernel/fs.h"
#include "workloads/kernel/heap.h"
#include "workloads/kernel/options.h"
#include "workloads/kernel/process.h"
#include "workloads/kernel/pv_ops.h"
#include "workloads/kernel/sched.h"

/* What the CPU can do, by CPUID (native) or by what Xen lets us use. */
struct cpu_features {
    bool nx, smep, smap, large_1g, tsc_deadline, x2apic;
    bool several;  /* CPUs, by what the package could have */
    bool large_2m; /* false under Xen: user memory has 4K pages only */
};

struct kernel {
    const struct pv_ops *pv;
    struct options options;
    struct cpu_features cpu;
    struct pt_root kernel_root; /* the kernel's half, no user half */
    struct frames frames;
    struct heap heap;
    struct fs fs;
    struct sched sched;
    struct process *current; /* NULL while booting, or if nobody runs */
    struct cpu *here;        /* the CPU that is in the kernel */
    unsigned cpu_count;
    struct cpu cpus[MAX_CPUS];
    struct process_table processes;
    struct epoll *epolls; /* all there are: epoll.c */
    uint64_t random_state;
    uint64_t futex_tickets;       /* sleepers so far */
    uint8_t unknown_syscalls[64]; /* bitmap: named on the log already */
};

extern struct kernel kernel;

#endif
