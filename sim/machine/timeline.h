/*
 * timeline.h - the past of a run: sleeping copies of the whole process.
 *
 * Model     fork() copies the simulation, memory copy-on-write; a copy sleeps
 *           until it gets a letter, then it becomes the run, and leaves a
 *           copy of itself asleep in its place.  The run that woke it ends.
 *           Since runs are deterministic, any moment between two marks is
 *           reached by running forward from the earlier one.
 * Why       a copy of the process cannot forget a field; nothing in the
 *           simulator has to know that it is being copied.
 * INVARIANTS
 *   1. Marks lie in order of position; mark 0 is the first that was taken.
 *   2. Exactly one process of a timeline is awake.
 */
#ifndef SIM_MACHINE_TIMELINE_H
#define SIM_MACHINE_TIMELINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_MARKS = 24 };

struct timeline_mark {
    uint64_t position; /* instructions retired */
    int wake_fd;       /* letters to the copy */
};

struct timeline {
    struct timeline_mark mark[TIMELINE_MARKS];
    unsigned count;
    uint64_t spacing; /* instructions between marks; grows with the run */
};

void timeline_init(struct timeline *t);

/*
 * Runs body(data) in a child process, and in whichever copy is awake in the
 * end; returns what body returned there, or -1 if all of them died.
 */
int timeline_guard(int (*body)(void *data), void *data);

/*
 * Leaves a copy asleep at this position.  False: here is the original.  True:
 * here is the copy, woken later, and *letter (bytes) is what it was sent.  A
 * host without memory for a copy leaves none.
 */
bool timeline_leave(struct timeline *t, uint64_t position, void *letter,
                    size_t bytes);

/*
 * Ends this process and wakes the copy of a mark, or of the nearest before it
 * that is still there (a later run may have thinned them out).
 */
_Noreturn void timeline_wake(const struct timeline *t, unsigned index,
                             const void *letter, size_t bytes);

/* Latest mark at or before position; there must be one. */
unsigned timeline_find(const struct timeline *t, uint64_t position);

/* Where the next mark is due. */
uint64_t timeline_next(const struct timeline *t);

/* Ends all copies: the past is not true any more. */
void timeline_forget(struct timeline *t);

#endif
