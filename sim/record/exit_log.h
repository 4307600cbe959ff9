/*
 * exit_log.h - the last trips into the hypervisor of each reason, one by one:
 * for screens.
 *
 * Model     a ring for each reason, so that many exits of one kind do not push
 *           out the few of another.  What a handler did is told by the counters
 *           that grew while it was at work, and by what the guest finds behind
 *           it.  A trip within another (an interrupt's, while INIT is handled)
 *           is an entry of its own, and its counters are in both.
 *           A hypervisor without a log keeps nothing.
 * NOT MODELLED  trips that another event cut short for good: the guest crashed.
 */
#ifndef SIM_RECORD_EXIT_LOG_H
#define SIM_RECORD_EXIT_LOG_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/record/counters.h"

enum {
    EXIT_LOG_ENTRIES = 64, /* of each reason */
    EXIT_LOG_DEPTH = 4,    /* trips within trips; deeper ones are not kept */
    EXIT_LOG_DEEDS = 8,
    EXIT_LOG_ARGUMENTS = 6,
};

/* Why: which fields are valid depends on the reason. */
struct exit_cause {
    enum vmexit reason;
    uint8_t vector; /* EXCEPTION */
    bool has_error;
    uint32_t error_code;
    uint64_t address;       /* #PF, INVLPG, EPT violation: linear; 0: not known
                             */
    uint64_t gpa;           /* EPT violation and misconfiguration */
    uint64_t qualification; /* SDM vol. 3, "Exit Qualification" */
    uint32_t number;        /* port, MSR, control register */
    uint8_t bytes;          /* port: of an element */
    bool write, string;     /* port, MSR, control register */
    uint64_t value;         /* that was to be written there */
    uint64_t call;          /* VMCALL, CPUID: number, leaf */
    uint64_t arguments[EXIT_LOG_ARGUMENTS]; /* of the call */
    unsigned argument_count;
};

/* A counter that grew. */
struct exit_deed {
    enum counter counter;
    uint64_t by;
};

struct exit_entry {
    uint64_t number;              /* 1: the first of the log, of any reason */
    uint64_t begin_cycle, cycles; /* without those of trips within it */
    uint64_t rip, rip_behind;
    unsigned vcpu;
    struct exit_cause cause;
    bool has_target;
    uint64_t target_gpa; /* what the guest's own tables make of the address */
    struct exit_deed deeds[EXIT_LOG_DEEDS]; /* the first so many */
    unsigned deed_count;
    bool injects; /* an event at the entry: */
    uint8_t injected_vector;
    uint32_t injected_error;
    uint64_t answer; /* in RAX, behind VMCALL, CPUID, IN, RDMSR (low half) */
};

struct exit_log {
    struct exit_entry entries[VMEXIT_COUNT][EXIT_LOG_ENTRIES];
    uint64_t total[VMEXIT_COUNT];
    uint64_t numbers;
    unsigned depth; /* of the trip under way; 0: none */
    struct exit_entry open[EXIT_LOG_DEPTH];
    struct counters before[EXIT_LOG_DEPTH];
};

/* A trip begins: what is known of it then; its counters.  number is set. */
void exit_log_begin(struct exit_log *log, const struct exit_entry *entry,
                    const struct counters *before);

/* The trip under way; NULL: too deep. */
struct exit_entry *exit_log_open(struct exit_log *log);

/* ... ends. */
void exit_log_end(struct exit_log *log, const struct counters *behind);

/* The last one of a reason, the one before it, ...; NULL: not kept. */
const struct exit_entry *exit_log_back(const struct exit_log *log,
                                       enum vmexit reason, unsigned back);

#endif
