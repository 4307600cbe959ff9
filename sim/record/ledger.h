/*
 * ledger.h - cycle accounts of one vCPU; ledger.def is the list of rows.
 *
 * INVARIANT  the rows sum to the vCPU's total cycles (ledger_total()).
 */
#ifndef SIM_RECORD_LEDGER_H
#define SIM_RECORD_LEDGER_H
#include <stdint.h>

#include "sim/record/counters.h"

#define LEDGER(id, name, sentence)         LEDGER_##id,
#define VMEXIT(id, number, name, sentence) LEDGER_HANDLER_##id,
enum ledger_row {
#include "sim/record/ledger.def"
#include "sim/record/vmexit.def"
    LEDGER_COUNT
};
#undef LEDGER
#undef VMEXIT

struct ledger {
    uint64_t cycles[LEDGER_COUNT];
};

struct ledger_info {
    const char *name;
    const char *sentence;
};

static inline void ledger_add(struct ledger *l, enum ledger_row row,
                              uint64_t cycles)
{
    l->cycles[row] += cycles;
}

/* The row handler.NAME of an exit reason. */
static inline enum ledger_row ledger_of_exit(enum vmexit reason)
{
    return (enum ledger_row)(LEDGER_HANDLER_EXCEPTION + (int)reason);
}

const struct ledger_info *ledger_info(enum ledger_row row);

/* Returns LEDGER_COUNT if there is no such name. */
enum ledger_row ledger_find(const char *name);

uint64_t ledger_total(const struct ledger *l);

/* Of it, what was waited for: memory, translations, interrupts. */
uint64_t ledger_waits(const struct ledger *l);

/* Adds from to sum, row by row: several vCPUs. */
void ledger_join(struct ledger *sum, const struct ledger *from);

struct ledger ledger_since(const struct ledger *after,
                           const struct ledger *before);

#endif
