/*
 * process.h - a process: its memory, its files, its signals, and where it
 * stopped.
 *
 * Each process has a kernel stack.  While it runs in user mode the stack is
 * empty; a trap puts a trap_frame at its top; a process that waits inside a
 * system call leaves its C functions on it and goes on there later.
 *
 * A thread is a process that shares memory, files and signal handlers with
 * another one, and its thread-group number (tgid).
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/file.h"
#include "workloads/kernel/futex.h"
#include "workloads/kernel/signal.h"
#include "workloads/kernel/space.h"
#include "workloads/kernel/trap.h"

enum process_state {
    PROCESS_READY, /* on the run queue, or running */
    PROCESS_WAITING,
    PROCESS_ZOMBIE, /* dead; parent has not asked yet */
};

enum { FX_BYTES = 512, COMM_BYTES = 16, PROCESS_PATH_BYTES = 256 };

struct process {
    int pid, tgid, pgid, sid;
    enum process_state state;
    int wait_status;  /* as wait4() reports it; valid when zombie */
    bool ends_alone;  /* a thread of ours called exec: SIGKILL is for us only */
    bool group_exits; /* a thread of ours called exit_group ... */
    int group_status; /* ... with this */
    struct process *parent;
    struct process *next_all;   /* every process */
    struct process *next_ready; /* run queue */
    uint64_t cpus;              /* it may run on: bit n, CPU n */

    pfn_t stack_pfn;
    uint64_t switch_sp; /* kernel stack pointer while not running */
    uint8_t *fx;        /* FXSAVE area, 512 bytes, aligned */
    uint64_t fs_base, gs_base;

    struct space *space; /* NULL once dead */
    struct file_table *files;
    struct signal_handlers *handlers;
    struct inode *cwd;
    uint32_t umask;
    char exe_path[PROCESS_PATH_BYTES];
    char comm[COMM_BYTES];
    uva_t arguments_va; /* the argument strings of the program */
    uint64_t arguments_bytes;

    uint64_t signals_pending, signals_blocked; /* bit n-1: signal n */
    struct signal_cause cause;                 /* of the last fault */
    uint64_t signals_saved; /* blocked set to restore after sigsuspend */
    bool restore_saved;
    uint64_t alt_stack_start, alt_stack_bytes;

    const void *wait_channel; /* what it sleeps for */
    uint64_t deadline_ns;     /* when it wakes anyway; UINT64_MAX: never */
    uint64_t alarm_ns;        /* SIGALRM at; 0: off */
    uint64_t alarm_period_ns;
    /* ITIMER_VIRTUAL and ITIMER_PROF, counted by ticks; 0: off */
    struct cpu_timer {
        uint64_t left_ns, period_ns;
    } user_timer, profile_timer;
    bool timed_out;

    struct futex_sleep futex;
    uva_t robust_list;     /* head of set_robust_list(2); 0: none */
    uva_t clear_child_tid; /* zeroed, with a futex wake, at its end */
    bool vfork_borrowed;   /* parent waits until we exec or exit */
    bool oom_killed;
    uint64_t user_ns, system_ns, children_ns; /* processor time */
};

struct process_table {
    struct process *all;
    struct process *first; /* the program that was asked for */
    int last_pid;
};

static inline uint64_t process_stack_top(const struct process *p)
{
    return (uint64_t)pfn_to_va(p->stack_pfn) + KERNEL_STACK_BYTES;
}

/* Registers of the program as it entered the kernel. */
static inline struct trap_frame *process_frame(const struct process *p)
{
    return (struct trap_frame *)process_stack_top(p) - 1;
}

/* With an empty stack and no space, files or handlers; NULL: no memory. */
struct process *process_new(void);
/* The program starts or goes on in user mode as process_frame() says. */
void process_ready_to_return(struct process *p);
struct process *process_find(int pid);
void process_free(struct process *p);

/* flags and arguments as clone(2); returns the child's pid or -errno. */
struct clone_arguments {
    uint64_t flags;
    uva_t stack, parent_tid, child_tid, tls;
};
int64_t process_clone(const struct clone_arguments *c);

/* --- threads (thread.c) ------------------------------------------------ */
/* True if no other thread of p's program lives. */
bool thread_is_last(const struct process *p);
struct process *thread_leader(const struct process *p);
/* Who of p's threads is to look at a signal for all; NULL: they have ended. */
struct process *thread_for_signal(struct process *p, int number);
/* Before exec: ends all other threads.  0 or -ENOMEM. */
int thread_alone(struct process *me);

/* Ends the current process (one thread of it). */
void process_exit(int wait_status) __attribute__((noreturn));
/* Ends all threads of the current process. */
void process_exit_group(int wait_status) __attribute__((noreturn));
/* The vfork parent may go on. */
void process_return_space(struct process *p);

/* wait4(2) for pid as that call understands it. */
int64_t process_wait(int pid, int *wait_status, int options);

/* What exec was asked for; strings in kernel memory, one after the other. */
struct exec_arguments {
    char *text;   /* a block of EXEC_TEXT_BYTES */
    size_t bytes; /* used */
    unsigned argc, envc;
    unsigned scripts; /* interpreters of interpreters so far */
};
enum { EXEC_TEXT_ORDER = 5, EXEC_TEXT_BYTES = PAGE_BYTES << EXEC_TEXT_ORDER };

/* Replaces the current process's program; 0 or -errno. */
int process_exec(const char *path, struct exec_arguments *a);
/* Starts the first process from the orders in /.ringside. */
void process_start_first(void) __attribute__((noreturn));

#endif
