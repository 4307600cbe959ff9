#include "sim/record/exit_log.h"

#include <stddef.h>

/* What a handler does, not what every access counts on its way. */
static bool is_deed(enum counter c)
{
    switch (c) {
    case COUNTER_TLB_FLUSH_ALL:
    case COUNTER_TLB_FLUSH_PAGE:
    case COUNTER_CODE_INVALIDATE:
        return true;
    default:
        return (c > COUNTER_HYPERCALL_TOTAL &&
                c < COUNTER_EXIT_REASON_EXCEPTION);
    }
}

void exit_log_begin(struct exit_log *log, const struct exit_entry *entry,
                    const struct counters *before)
{
    log->numbers++;
    if (log->depth < EXIT_LOG_DEPTH) {
        log->open[log->depth] = *entry;
        log->open[log->depth].number = log->numbers;
        log->before[log->depth] = *before;
    }
    log->depth++;
}

struct exit_entry *exit_log_open(struct exit_log *log)
{
    return log->depth > 0 && log->depth <= EXIT_LOG_DEPTH
               ? &log->open[log->depth - 1]
               : NULL;
}

static void note_deeds(struct exit_entry *e, const struct counters *before,
                       const struct counters *behind)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        uint64_t by = behind->value[i] - before->value[i];

        if (by != 0 && is_deed((enum counter)i) &&
            e->deed_count < EXIT_LOG_DEEDS)
            e->deeds[e->deed_count++] = (struct exit_deed){(enum counter)i, by};
    }
}

void exit_log_end(struct exit_log *log, const struct counters *behind)
{
    struct exit_entry *e = exit_log_open(log);
    enum vmexit reason;

    if (e) {
        reason = e->cause.reason;
        note_deeds(e, &log->before[log->depth - 1], behind);
        log->entries[reason][log->total[reason]++ % EXIT_LOG_ENTRIES] = *e;
    }
    if (log->depth > 0)
        log->depth--;
}

const struct exit_entry *exit_log_back(const struct exit_log *log,
                                       enum vmexit reason, unsigned back)
{
    uint64_t total = log->total[reason];

    if (back >= EXIT_LOG_ENTRIES || back >= total)
        return NULL;
    return &log->entries[reason][(total - 1 - back) % EXIT_LOG_ENTRIES];
}
