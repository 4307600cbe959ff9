/*
 * counters.h - event counts of one vCPU; counters.def is the list.
 *
 * Only counter_add() changes a count.  Counters are always on.
 */
#ifndef SIM_RECORD_COUNTERS_H
#define SIM_RECORD_COUNTERS_H
#include <stdint.h>

#define COUNTER(id, name, unit, sentence)     COUNTER_##id,
#define VMEXIT(id, number, name, sentence)    COUNTER_EXIT_REASON_##id,
#define HYPERCALL(id, number, name, sentence) COUNTER_HYPERCALL_##id,
enum counter {
#include "sim/record/counters.def"
#include "sim/record/hypercall.def"
#include "sim/record/vmexit.def"
    COUNTER_COUNT
};
#undef COUNTER
#undef VMEXIT
#undef HYPERCALL

#define VMEXIT(id, number, name, sentence) VMEXIT_##id,
enum vmexit {
#include "sim/record/vmexit.def"
    VMEXIT_COUNT
};
#undef VMEXIT

#define HYPERCALL(id, number, name, sentence) HYPERCALL_##id,
enum hypercall {
#include "sim/record/hypercall.def"
    HYPERCALL_COUNT
};
#undef HYPERCALL

struct counters {
    uint64_t value[COUNTER_COUNT];
};

/* A row of the table behind an id: for reports, help and tests. */
struct counter_info {
    const char *name;
    const char *unit;
    const char *sentence;
    unsigned number; /* SDM exit reason or Xen hypercall number, else 0 */
};

static inline void counter_add(struct counters *c, enum counter id,
                               uint64_t amount)
{
    c->value[id] += amount;
}

static inline enum counter counter_of_exit(enum vmexit reason)
{
    return (enum counter)(COUNTER_EXIT_REASON_EXCEPTION + (int)reason);
}

static inline enum counter counter_of_hypercall(enum hypercall call)
{
    return (enum counter)(COUNTER_HYPERCALL_SET_TRAP_TABLE + (int)call);
}

const struct counter_info *counter_info(enum counter id);

/* Returns COUNTER_COUNT if there is no such name. */
enum counter counter_find(const char *name);

/* Adds from to sum, row by row: several vCPUs. */
void counters_join(struct counters *sum, const struct counters *from);

/* after - before, row by row: what a measured region did. */
struct counters counters_since(const struct counters *after,
                               const struct counters *before);

#endif
