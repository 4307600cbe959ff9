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
 *           Near the present marks lie close, so that a step back is quick;
 *           of those further back the ones go whose loss matters least.  Where
 *           marks lie depends on the host's speed, and nothing else does.
 *           Close to each other they would slow the run down.  So while it
 *           stands, the last one may be moved: it runs to a place that is
 *           closer, beside the process that is awake, and sleeps on there.
 * Memory    of a copy: the pages that the run has written since, bounded by its
 *           page faults, and by the pages that there were (getrusage(2)).  All
 *           copies together stay below a budget, but for the first, without
 *           which there is no past.
 * INVARIANTS
 *   1. Marks lie in order of position; mark 0 is the first that was taken.
 *   2. Exactly one process of a timeline is awake, besides the copy that is
 *      moved; that is the last mark, and no mark is left before it is there.
 */
#ifndef SIM_MACHINE_TIMELINE_H
#define SIM_MACHINE_TIMELINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/machine/milestone.h"

enum { TIMELINE_MARKS = 40 };

struct timeline_mark {
    struct moment moment;
    int wake_fd;         /* letters to the copy */
    uint64_t pages;      /* 4K pages written since, to the next mark */
    uint64_t most_pages; /* that there were */
};

struct timeline {
    struct timeline_mark mark[TIMELINE_MARKS];
    unsigned count;
    uint64_t budget_bytes;
    uint64_t left_ms;        /* of this process's time, at the last mark */
    uint64_t left_faults;    /* ... and page faults until then */
    uint64_t left_system_us; /* ... and what the host's kernel took */
    bool moving;             /* the copy of the last mark; its moment is old */
    int report_fd[2];        /* ... where it tells the new one; -1: no pipe */
    int own_fd;              /* of who is moved: where letters come in */
};

void timeline_init(struct timeline *t, uint64_t budget_bytes);

/*
 * Runs body(data) in a child process, and in whichever copy is awake in the
 * end; returns what body returned there, or -1 if all of them died.
 */
int timeline_guard(int (*body)(void *data), void *data);

/*
 * Leaves a copy asleep at this position.  False: here is the original.  True:
 * here is the copy, woken later, and *letter (bytes) is what it was sent.  A
 * host or a budget without memory for a copy leaves none.
 */
bool timeline_leave(struct timeline *t, const struct moment *now, void *letter,
                    size_t bytes);

/*
 * Ends this process and wakes the copy of a mark, or of the nearest before it
 * that is still there (a later run may have thinned them out).
 */
_Noreturn void timeline_wake(const struct timeline *t, unsigned index,
                             const void *letter, size_t bytes);

/*
 * Has the copy of the last mark make the motion that the letter says, and
 * sleep on behind it.  Does nothing if it is the only mark, or on its way.
 */
void timeline_move_last(struct timeline *t, const void *letter, size_t bytes);

/* That copy is there: it sleeps here, and returns when it is woken, as
 * timeline_leave() does. */
void timeline_sleep_on(struct timeline *t, const struct moment *now,
                       void *letter, size_t bytes);

/* Waits until it is there, or dead, which is one mark less: before anything is
   done with the last mark. */
void timeline_settle(struct timeline *t);

/* Latest mark at or before position; there must be one. */
unsigned timeline_find(const struct timeline *t, uint64_t position);

/*
 * Is it time for another mark?  hurry: the way matters more than the marks,
 * which may take no more than a twenty-fourth of the time.
 */
bool timeline_due(const struct timeline *t, bool hurry);

/* Ends all copies: the past is not true any more. */
void timeline_forget(struct timeline *t);

#endif
