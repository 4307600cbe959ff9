#include "sim/record/counters.h"

#include <string.h>

#define COUNTER(id, name, unit, sentence) {name, unit, sentence, 0},
#define VMEXIT(id, number, name, sentence)                                     \
    {"exit." name, "exits", sentence, number},
#define HYPERCALL(id, number, name, sentence)                                  \
    {"hypercall." name, "calls", sentence, number},
static const struct counter_info infos[COUNTER_COUNT] = {
#include "sim/record/counters.def"
#include "sim/record/hypercall.def"
#include "sim/record/vmexit.def"
};
#undef COUNTER
#undef VMEXIT
#undef HYPERCALL

const struct counter_info *counter_info(enum counter id)
{
    return &infos[id];
}

enum counter counter_find(const char *name)
{
    int id = 0;

    while (id < COUNTER_COUNT && strcmp(infos[id].name, name) != 0)
        id++;
    return (enum counter)id;
}

void counters_join(struct counters *sum, const struct counters *from)
{
    for (int id = 0; id < COUNTER_COUNT; id++)
        sum->value[id] += from->value[id];
}

struct counters counters_since(const struct counters *after,
                               const struct counters *before)
{
    struct counters delta;

    for (int id = 0; id < COUNTER_COUNT; id++)
        delta.value[id] = after->value[id] - before->value[id];
    return delta;
}
