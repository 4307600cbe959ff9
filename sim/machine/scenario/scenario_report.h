/*
 * scenario_report.h - results of a scenario as people and programs read them.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_REPORT_H
#define SIM_MACHINE_SCENARIO_SCENARIO_REPORT_H
#include <stdio.h>

#include "sim/machine/scenario/scenario_axes.h"
#include "sim/machine/scenario/scenario_result.h"

/* One command's runs: one, or one for each value of what is varied. */
struct scenario_results {
    const struct config *config;      /* the command line's */
    const char *command;              /* "run", "compare" */
    const char *varied;               /* keys that were varied; "" if none */
    const struct scenario_axes *axes; /* ... with their values */
    const struct scenario_result *runs;
    unsigned count;
};

/* Figures of several VMs together: sums, means and merged latencies. */
struct vm_sum {
    char name[SCHED_NAME_BYTES + 8];
    unsigned vms, vcpus;
    uint32_t weight;
    double obtained, least, entitled, steal, seconds; /* means, per VM */
    double spin;                                 /* 0 .. 1 of what they ran */
    double done, switches, migrations, requests; /* a second, per VM */
    uint64_t lost, deadline_misses, ple_exits, halts, kicks, shootdowns;
    bool has_deadlines; /* that could be missed */
    struct latency wake, wait, response;
    unsigned guests, ended;              /* real ones; of those, at their end */
    double instructions, cycles, end_ms; /* means of the real ones */
    double smt_cycles, l2_misses, l3_misses, remote_lines; /* likewise */
    int exit_status; /* the greatest of those that ended */
};

/* All VMs of an entry of the scenario; vm_sum_one: one alone. */
void vm_sum_kind(struct vm_sum *sum, const struct scenario_result *r,
                 unsigned kind);
void vm_sum_one(struct vm_sum *sum, const struct scenario_result *r,
                unsigned vm);

enum { SCENARIO_TIME_BYTES = 24 };

/* 12345 us -> "12.3 ms": three digits and a unit. Returns text. */
const char *scenario_time_text(double us, char text[SCENARIO_TIME_BYTES]);

/* What was run: the file, its question, host, time; what is not heeded. */
void scenario_report_head(FILE *out, const struct scenario_results *r);

void scenario_report(FILE *out, const struct scenario_results *r);
enum status scenario_json(FILE *out, const struct scenario_results *r,
                          struct error *e);
void scenario_csv(FILE *out, const struct scenario_results *r);

/* Figures into a folder, each with its data and script. */
enum status scenario_plot(const char *folder, const struct scenario_results *r,
                          struct error *e);

/* Cycles as microseconds. */
double scenario_us(const struct scenario_result *r, uint64_t cycles);

#endif
