/*
 * futex.h - sleep on a word of user memory.
 *
 * Source  futex(2), set_robust_list(2); Linux documentation, "Robust futexes".
 * Model   a word in shared memory is known by its file and offset, any other
 *         by its address space and address: so processes that share memory
 *         meet, and those that copied it do not.  Sleepers wake first in,
 *         first out.
 * NOT MODELLED  priority inheritance.
 */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

struct process;

/* What a process sleeps on; part of struct process. */
struct futex_sleep {
    const void *object; /* a space or an inode; NULL: it sleeps on none */
    uint64_t offset;
    uint32_t bitset;
    bool woken;
    uint64_t ticket; /* order of arrival */
};

/* Sleeps if the word still holds value; 0 or -errno. */
struct futex_wait {
    uint32_t value, bitset;
    uint64_t deadline_ns;
};
int64_t futex_wait(uva_t word, const struct futex_wait *w);
/* Wakes at most count sleepers that wait for a bit of bitset; how many. */
int64_t futex_wake(uva_t word, uint32_t count, uint32_t bitset);

/* Wakes some, lets others sleep on another word instead. */
struct futex_requeue {
    uva_t from, to;
    uint32_t wake_count, move_count;
    bool compare; /* only if *from is value; then those moved count too */
    uint32_t value;
};
int64_t futex_requeue(const struct futex_requeue *r);
/* FUTEX_WAKE_OP: changes *to, wakes sleepers on from, and on to if what was
   there compares so; operation as in futex(2). */
int64_t futex_wake_op(const struct futex_requeue *r, uint32_t operation);

/* A thread ends: the locks on its robust list get FUTEX_OWNER_DIED. */
void futex_release_robust(struct process *p);

#endif
