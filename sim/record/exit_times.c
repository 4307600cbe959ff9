#include "sim/record/exit_times.h"

int exit_times_order(const struct exit_times *t, int order[VMEXIT_COUNT])
{
    int count = 0;

    for (int reason = 0; reason < VMEXIT_COUNT; reason++) {
        int at = count;

        if (t->of[reason].count == 0)
            continue;
        for (; at > 0 &&
               t->of[order[at - 1]].total_cycles < t->of[reason].total_cycles;
             at--)
            order[at] = order[at - 1];
        order[at] = reason;
        count++;
    }
    return count;
}
