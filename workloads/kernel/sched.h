/*
 * sched.h - which process runs: round robin with a time slice.
 *
 * Waiting is by channel, an address that means "this pipe" or "my children":
 * whoever changes the thing wakes all that sleep on its address, and they look
 * again.  That can never miss a wake-up, because the kernel is not interrupted
 * between looking and sleeping, and on one CPU only (cpus.h).
 *
 * One queue serves all CPUs; each takes the first that may run on it.  Each has
 * a timer for its ticks and, while it idles, for the next deadline; a new
 * deadline is for the timer of the CPU where it was set.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H
#include <stdbool.h>
#include <stdint.h>

struct process;

struct sched {
    struct process *ready_first, *ready_last;
    uint64_t tick_ns;
    uint8_t poll_channel; /* its address: something poll() may look at moved */
};

void sched_init(void);
/* Appends p to the run queue; a CPU that idles may take it from there. */
void sched_add(struct process *p);
/* Goes to user mode with the current process, at the end of boot. */
void sched_start_first(void) __attribute__((noreturn));
/* Runs somebody else, until this process is ready and its turn. */
void sched_switch(void);
/*
 * Waits until sched_wake(channel) or the deadline.  False if a signal waits
 * for this process instead.  The caller looks once more at what it waits for
 * before it gives up with -EINTR or the like: both may have come.
 */
bool sched_sleep(const void *channel, uint64_t deadline_ns);
void sched_wake(const void *channel);
/* Makes p ready if it waits for anything; if it runs on another CPU, it
   enters the kernel there. */
void sched_wake_process(struct process *p);
/* There is a new deadline: makes sure that the timer fires by then. */
void sched_deadline(uint64_t ns);
/* p may run on these CPUs alone from now on (bit n: CPU n), of which one is
   there; where it is not allowed to, it stops running soon. */
void sched_allow(struct process *p, uint64_t cpus);
/* The timer fired: ticks and deadlines.  was_user: it hit a program. */
void sched_tick(bool was_user);

/* Several CPUs only: what a CPU does that nobody runs on, on a stack of its
   own; and where that is, for the CPU that does not begin with it. */
void sched_idle(void) __attribute__((noreturn));
void sched_idle_stack(uint64_t top);

/* switch.S: saves this stack, goes on with that one. */
void switch_stacks(uint64_t *save_sp, uint64_t load_sp);

#endif
