#include "sim/machine/run_record.h"

enum { EXIT_CRASHED = 2, EXIT_LIMIT = 124, EXIT_INTERRUPTED = 130 };

int run_exit_status(const struct run_record *r)
{
    switch (r->end) {
    case RUN_EXITED:
        return r->exit_status;
    case RUN_LIMIT:
    case RUN_WAITS_FOREVER:
        return EXIT_LIMIT;
    case RUN_INTERRUPTED:
        return EXIT_INTERRUPTED;
    case RUN_GOES_ON:
    case RUN_CRASHED:
    case RUN_CHECK_FAILED:
    case RUN_LOST:
        break;
    }
    return EXIT_CRASHED;
}

double record_mips(const struct run_record *r)
{
    uint64_t instructions = r->counters.value[COUNTER_INSTRUCTIONS] +
                            r->boot_counters.value[COUNTER_INSTRUCTIONS];

    return r->host_seconds > 0 ? (double)instructions / r->host_seconds * 1e-6
                               : 0;
}

double ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}
