/*
 * futex.h - sleep on a word of user memory.
 *
 * NOT MODELLED  futexes in memory shared between processes, priority
 *               inheritance, requeueing.
 */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H
#include <stdint.h>

#include "workloads/kernel/layout.h"

/* Sleeps if the word still holds value; 0 or -errno. */
int64_t futex_wait(uva_t word, uint32_t value, uint64_t deadline_ns);
/* Wakes at most count sleepers of this address space; how many. */
int64_t futex_wake(uva_t word, uint32_t count);

#endif
