/*
 * cpus.h - what each CPU has of its own, and the lock that lets one at a time
 * into the kernel.
 *
 * All of the kernel is one critical section.  Who enters it (from a program,
 * or from an interrupt of the idle loop) takes the lock; who goes back to a
 * program or halts gives it up.  So kernel.current and kernel.here mean the
 * CPU that holds the lock, and everything else is as with one CPU.  With one
 * CPU nobody takes a lock.
 *
 * INVARIANTS
 *   - A CPU that nobody runs on has a stack of its own and the kernel's page
 *     tables: what a process leaves behind may be freed.
 *   - Before the lock is given up, no CPU has a translation that the tables
 *     do not: cpus_flush() waits for the others.  So whoever waits for the
 *     lock, or runs a program, must answer it without the lock.
 */
#ifndef KERNEL_CPUS_H
#define KERNEL_CPUS_H
#include <stdbool.h>
#include <stdint.h>

struct process;
struct space;
struct tlb_batch;

enum { MAX_CPUS = 16 };

struct cpu {
    unsigned number;
    struct process *current; /* while it does not hold the lock */
    struct space *space;     /* its page tables; NULL: the kernel's own */
    uint64_t idle_sp;        /* its own stack, while a process runs */
    uint64_t armed_ns;       /* its timer is set to this time */
    uint64_t user_ns, system_ns, idle_ns; /* its account: /proc/stat */
    uint64_t steal_ns;                    /* ... what it has of steal so far */
    uint64_t idle_since_ns; /* it has halted since then; 0: no halt yet */
    bool idle;              /* nobody runs: no ticks wanted */
    bool need_switch;       /* a tick came, and others are ready */
    bool called;            /* out of its idleness */
};

/* One of these CPUs (bit n: CPU n) that idles, if there is one, looks for
   work. */
void cpus_call_idle(uint64_t cpus);
/* If p runs on another CPU, it enters the kernel, and looks at its signals. */
void cpus_interrupt(const struct process *p);
/* If p runs on a CPU where it may not, somebody else does soon. */
void cpus_expel(const struct process *p);
/* The other CPUs that use b->space forget what b says; back when they have. */
void cpus_flush(const struct tlb_batch *b);

#endif
