/*
 * run_record.h - what one run did: plain data that reports, JSON, CSV and
 * plots are made of.
 *
 * Holds no pointers, so that a worker process can hand it over in shared
 * memory.  All figures are of the measured region unless they say boot.
 */
#ifndef SIM_MACHINE_RUN_RECORD_H
#define SIM_MACHINE_RUN_RECORD_H
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/machine/run_loop.h"
#include "sim/record/counters.h"
#include "sim/record/ledger.h"

enum { RUN_MAX_UNKNOWN_CALLS = 16 };

/* What one vCPU did. */
struct vcpu_record {
    struct counters counters;
    struct ledger ledger;
    uint64_t cycles;
};

struct run_record {
    char technique[16];
    enum run_end end;
    int exit_status;       /* of the program; see run_exit_status() */
    char text[512];        /* why it ended, unless it exited */
    unsigned resets;       /* by the guest, after which it went on */
    bool reset_ended;      /* a reset ended the run */
    char kernel_note[256]; /* the kernel's last words: panic, killed by */
    struct vcpu_record vcpus[VM_MAX_VCPUS]; /* the figures below by vCPU */
    unsigned vcpu_count;
    struct counters counters, boot_counters; /* of all vCPUs, as all below */
    struct ledger ledger, boot_ledger;
    struct exit_times exits, boot_exits;
    struct checkpoint checkpoints[CHECKPOINTS_MAX];
    unsigned checkpoint_count;
    uint64_t cycles, boot_cycles;
    uint64_t stdout_bytes, stderr_bytes, dropped_bytes;
    char stdout_sha256[SHA256_DIGEST_STRING_LENGTH];
    char stderr_sha256[SHA256_DIGEST_STRING_LENGTH];
    unsigned unknown_calls[RUN_MAX_UNKNOWN_CALLS]; /* system call numbers */
    unsigned unknown_call_count;
    double host_seconds;    /* in the run loop */
    double startup_seconds; /* building the machine, before it */
};

static inline uint64_t record_count(const struct run_record *r, enum counter id)
{
    return r->counters.value[id];
}

/* As a shell would see it: 124 for limits, 130 for ^C, 2 for a crash. */
int run_exit_status(const struct run_record *r);

/* Simulated instructions per host second, boot included, in millions. */
double record_mips(const struct run_record *r);

/* part / whole; 0 if there is no whole. */
double ratio(uint64_t part, uint64_t whole);

#endif
