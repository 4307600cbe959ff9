#include "sim/record/ledger.h"

#include <string.h>

#include "sim/core/macros.h"

#define LEDGER(id, name, sentence) {name, sentence},
#define VMEXIT(id, number, name, sentence)                                     \
    {"handler." name, "the hypervisor handles: " sentence},
static const struct ledger_info infos[LEDGER_COUNT] = {
#include "sim/record/ledger.def"
#include "sim/record/vmexit.def"
};
#undef LEDGER
#undef VMEXIT

const struct ledger_info *ledger_info(enum ledger_row row)
{
    return &infos[row];
}

enum ledger_row ledger_find(const char *name)
{
    int row = 0;

    while (row < LEDGER_COUNT && strcmp(infos[row].name, name) != 0)
        row++;
    return (enum ledger_row)row;
}

uint64_t ledger_total(const struct ledger *l)
{
    uint64_t total = 0;

    for (int row = 0; row < LEDGER_COUNT; row++)
        total += l->cycles[row];
    return total;
}

uint64_t ledger_waits(const struct ledger *l)
{
    static const enum ledger_row waits[] = {
        LEDGER_STALL_L2,   LEDGER_STALL_L3,   LEDGER_STALL_DRAM,
        LEDGER_TLB_L2_HIT, LEDGER_WALK_GUEST, LEDGER_WALK_HOST,
        LEDGER_IDLE,       LEDGER_STEAL};
    uint64_t cycles = 0;

    for (unsigned i = 0; i < ARRAY_LEN(waits); i++)
        cycles += l->cycles[waits[i]];
    return cycles;
}

void ledger_join(struct ledger *sum, const struct ledger *from)
{
    for (int row = 0; row < LEDGER_COUNT; row++)
        sum->cycles[row] += from->cycles[row];
}

struct ledger ledger_since(const struct ledger *after,
                           const struct ledger *before)
{
    struct ledger delta;

    for (int row = 0; row < LEDGER_COUNT; row++)
        delta.cycles[row] = after->cycles[row] - before->cycles[row];
    return delta;
}
