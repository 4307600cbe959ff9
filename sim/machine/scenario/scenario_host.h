/*
 * scenario_host.h - the host of a scenario, built: its VMs with what runs in
 * them, ready for host_run().
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_HOST_H
#define SIM_MACHINE_SCENARIO_SCENARIO_HOST_H
#include "hypervisor-model/phase/phase_vm.h"
#include "sim/machine/scenario/host_loop.h"
#include "sim/machine/scenario/scenario_job.h"
#include "sim/machine/scenario/scenario_real.h"

/* One VM of the host: a copy of an entry. */
struct scenario_guest {
    unsigned kind;             /* index into scenario.vms */
    struct phase_vm *phase;    /* NULL: a real guest */
    struct vcpu_body **bodies; /* owned */
};

struct scenario_host {
    const struct scenario_job *job;
    struct host host;
    unsigned vm_count;
    struct scenario_guest *guests;
    struct scenario_real real; /* of those that run real code */
    struct host_vm *vms;
    struct sched_vm_config *sched_vms;
    struct phase_program *programs[SCENARIO_MAX_KINDS]; /* of each entry */
    unsigned program_counts[SCENARIO_MAX_KINDS];
};

/* On failure nothing is left to free. */
enum status scenario_host_init(struct scenario_host *h,
                               const struct scenario_job *job, struct error *e);
void scenario_host_free(struct scenario_host *h);

uint64_t scenario_host_cycles(const struct scenario_host *h, uint64_t us);

#endif
