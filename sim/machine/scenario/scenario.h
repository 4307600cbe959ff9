/*
 * scenario.h - a host, its VMs, what runs in them, and for how long: a file.
 *
 * Format    libconfig; the keys are the rows of scenario_keys.def, and nothing
 *           else is legal.  `host`, `policy`, `run`, `sweep` are groups, `vms`
 *           is a list of groups, `requests` a group within a VM.
 * Order     scenario_read, with the user's --set; scenario_check; then it is
 *           only read.
 * Errors    FILE:LINE: KEY: what is wrong, and what is legal.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_H
#define SIM_MACHINE_SCENARIO_SCENARIO_H
#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model/sched/sched.h"
#include "sim/core/status.h"

enum {
    SCENARIO_TEXT_BYTES = 256,
    SCENARIO_MAX_LINES = 64,
    SCENARIO_MAX_KINDS = 64, /* entries of vms */
    SCENARIO_MAX_VMS = 1024
};

/* A text or a list of texts. */
struct scenario_lines {
    char *line[SCENARIO_MAX_LINES]; /* owned */
    unsigned count;
    unsigned at_line; /* of the file */
};

/* A choice that a parameter makes where the file says nothing. */
enum scenario_maybe { MAYBE_UNSAID, MAYBE_NO, MAYBE_YES };

static inline bool scenario_is(enum scenario_maybe said, bool unsaid)
{
    return said == MAYBE_UNSAID ? unsaid : said == MAYBE_YES;
}

/* One entry of vms: VMs that are alike. */
struct scenario_vm {
    char name[SCENARIO_TEXT_BYTES];
    char technique[SCENARIO_TEXT_BYTES], kernel[SCENARIO_TEXT_BYTES];
    char locks[SCENARIO_TEXT_BYTES]; /* "": unsaid */
    char request_every[SCENARIO_TEXT_BYTES];
    char request_service[SCENARIO_TEXT_BYTES];
    struct scenario_lines workload;
    uint64_t copies, vcpus, memory_bytes;
    uint64_t weight, cap, limit, reservation, warp;
    uint64_t period_us, budget_us, start_us, stop_us;
    pcpu_set_t affinity;      /* 0: everywhere */
    pcpu_set_t soft_affinity; /* likewise */
    uint64_t memory_nodes;    /* 0: see scenario_memory_nodes() */
    bool extra;
    enum scenario_maybe ple, pv_flush, pv_ipi, pv_yield, steal_time;
    unsigned at_line; /* of the file */
};

struct scenario {
    char path[SCENARIO_TEXT_BYTES];
    char question[SCENARIO_TEXT_BYTES], profile[SCENARIO_TEXT_BYTES];
    char sched[SCENARIO_TEXT_BYTES], sweep_key[SCENARIO_TEXT_BYTES];
    struct scenario_lines sets, sweep_values;
    uint64_t pcpus, threads_per_core, nodes, memory_bytes;
    uint64_t length_us, warmup_us, seed;
    struct scenario_vm vms[SCENARIO_MAX_KINDS];
    unsigned vm_count;
    unsigned host_line, policy_line, run_line; /* of the file; 0: no group */
};

/* "KEY=VALUE" that goes before what the file says; KEY as in sweep.key. */
struct scenario_override {
    const char *key, *value;
};

struct sched_topology scenario_topology(const struct scenario *s);

/*
 * The NUMA nodes that a VM's memory is on, page by page: those that it names;
 * else those of its soft_affinity; else of its affinity, as a kernel allocates
 * where a thread runs; else all.
 */
uint64_t scenario_memory_nodes(const struct scenario *s,
                               const struct scenario_vm *vm);

/* pCPUs near it, as a modelled guest has it; 0: all are alike. */
pcpu_set_t scenario_near_pcpus(const struct scenario *s,
                               const struct scenario_vm *vm);

/* What a user may write: for help. */
struct scenario_key_info {
    const char *group, *name, *sentence;
};

unsigned scenario_key_count(void);
struct scenario_key_info scenario_key_at(unsigned index);

/* True if KEY of an override names something of a scenario file. */
bool scenario_has_key(const char *key);

/*
 * Reads and checks the form.  On failure nothing is left to free.  The struct
 * is large: allocate it.
 */
enum status scenario_read(struct scenario *s, const char *path,
                          const struct scenario_override *overrides,
                          unsigned override_count, struct error *e);
void scenario_free(struct scenario *s);

/* What contradicts itself: see scenario_check.c. */
enum status scenario_check(const struct scenario *s, struct error *e);

/* So many VMs, copies counted. */
unsigned scenario_vm_count(const struct scenario *s);

#endif
