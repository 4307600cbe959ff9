/*
 * scenario_result.h - what one run of a scenario did: plain figures that the
 * report, JSON, CSV and plots are made of.
 *
 * All are of the measured part, behind the warm-up.  CPU is in pCPUs: 0.5 is
 * half the time of one.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_RESULT_H
#define SIM_MACHINE_SCENARIO_SCENARIO_RESULT_H
#include "sim/machine/scenario/scenario_host.h"
#include "sim/record/latency.h"

/* Of a VM that runs real code: of its workload, the boot aside. */
struct guest_result {
    bool real;
    bool ended;
    int exit_status;               /* if ended */
    double end_ms;                 /* since the VM's start; if ended */
    uint64_t instructions, cycles; /* that it ran */
    struct ledger ledger;          /* with its steal and its idle time */
    struct counters counters;
    char stdout_sha256[SHA256_DIGEST_STRING_LENGTH];
    char text[160]; /* why it ended, unless it exited */
};

struct vm_result {
    char name[SCHED_NAME_BYTES];
    unsigned kind, vcpus; /* its entry in the scenario */
    uint32_t weight;
    double seconds;  /* that it lived */
    double obtained; /* pCPUs, on average over its life */
    double entitled; /* if all VMs wanted all they can use */
    double due;      /* given what they wanted */
    double steal;    /* 0 .. 1 of its vCPUs' time: could run, did not */
    double blocked;  /* 0 .. 1: had nothing to do */
    uint64_t run_cycles, wait_cycles, block_cycles;
    uint64_t switches, migrations, deadline_misses;
    struct latency wake, wait;  /* cycles */
    struct phase_counts counts; /* of a modelled guest */
    struct guest_result guest;
};

struct pcpu_result {
    uint64_t guest_cycles, scheduler_cycles, idle_cycles;
};

struct scenario_result {
    const struct scenario_job *job;
    struct vm_result *vms; /* owned */
    unsigned vm_count;
    struct pcpu_result pcpus[SCHED_MAX_PCPUS];
    unsigned pcpu_count;
    uint64_t cycles;    /* measured */
    uint64_t decisions; /* picks, of the whole run */
    double jain;        /* obtained against due; 1: fair */
    double spread;      /* busiest less least busy pCPU, 0 .. 1 */
    double done;        /* so far, 0 .. 1 */
    double host_seconds;
};

struct progress;

/* Room for what it will have, that a process which runs it may share. */
enum status scenario_result_init(struct scenario_result *r,
                                 const struct scenario_job *job,
                                 struct error *e);

/*
 * Builds the host, runs, collects.  log: NULL, or where the scheduler's events
 * go (its stream is set).  STATUS_USAGE with a line if an invariant broke
 * (check=on).
 */
enum status scenario_run(struct scenario_result *r, struct sched_log *log,
                         struct progress *progress, struct error *e);
void scenario_result_free(struct scenario_result *r);

/*
 * Shares of capacity pCPUs in proportion to weights, none above its limit, none
 * below its floor (max-min fairness); floors that do not fit shrink alike.
 */
struct fair_claim {
    double weight, floor, limit;
    bool beyond_floor; /* its part by weight is added to the floor */
    double share;      /* the answer */
};
void fair_shares(struct fair_claim *claims, unsigned count, double capacity);

/* Fills entitled and due of each VM, and jain, from what they had. */
enum status scenario_fairness(struct scenario_result *result,
                              const struct scenario_host *host,
                              uint64_t begin_cycle, uint64_t end_cycle,
                              struct error *e);

/* Jain, Chiu, Hawe (1984): (sum x)^2 / (n sum x^2); 1 for no VM. */
double jain_index(const double *x, unsigned count);

#endif
