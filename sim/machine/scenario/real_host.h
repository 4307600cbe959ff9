/*
 * real_host.h - VMs with real guest code on the pCPUs of one host: each its own
 * kernel, devices and vCPUs, all on one memory and an L3 for each NUMA node.
 *
 * Hardware  Intel SDM vol. 3, "Cached Translation Information" (VPIDs): what a
 *           pCPU has translated for a vCPU stays until it comes back.
 * Model     a vCPU is a body (guest_body.h) that host_loop.h runs where its
 *           scheduler says.  A pCPU's caches, TLBs and walkers are its own and
 *           stay as they are, whoever runs: so they really go cold.
 * Order     real_host_new; real_host_join for each VM; host_init;
 *           real_host_attach; host_run again and again; real_host_record.
 *           Threads of a core share them (mmu.h), and slow each other down
 *           (guest_body.h).  A VM's memory is on the NUMA nodes that its config
 *           says; the hypervisor's tables are on all of them.
 * NOT MODELLED  input from a terminal; a reset that starts the VM again: it
 * ends it. INVARIANTS  (real_vm_check asserts them)
 *   1. What a vCPU's pCPUs have charged to it is the time that it was running;
 *      with its steal and its idle time that is its life.
 *   2. For each pCPU: what it has charged to guests, and its own record of the
 *      scheduler's and of idle time, sum to its clock, which is the host's.
 *   3. The VMs' memories have no frame in common.
 */
#ifndef SIM_MACHINE_SCENARIO_REAL_HOST_H
#define SIM_MACHINE_SCENARIO_REAL_HOST_H
#include "sim/machine/run_record.h"
#include "sim/machine/scenario/guest_body.h"
#include "sim/machine/scenario/host_loop.h"
#include "sim/machine/written.h"

struct real_vm_config {
    struct machine_vm what; /* the image is needed until real_host_new is over,
                               its files as long as the VM */
    uint64_t memory_nodes;  /* set of NUMA nodes, by turns; 0: all */
    int out_fd, err_fd;     /* of its program; -1: nowhere */
};

struct real_vm {
    struct real_host *host;
    struct vm *vm;
    struct real_vm_config config;
    unsigned id; /* within the host's schedule */
    enum region_begin region;
    bool measuring;
    struct run_point boot_ends[VM_MAX_VCPUS]; /* of each vCPU */
    struct exit_times boot_exits;             /* of all */
    size_t boot_log_bytes;
    uint64_t begin_cycle, boot_end_cycle, end_cycle;
    enum run_end end; /* RUN_GOES_ON: it lives */
    char text[512];   /* why it ended, unless it exited; one line */
    struct written out, err;
    struct vcpu_body bodies[VM_MAX_VCPUS];
    struct vcpu_body *body_list[VM_MAX_VCPUS];
};

/* Of a pCPU, beside struct pcpu: what no vCPU is charged. */
struct real_pcpu {
    struct counters counters;
    struct ledger ledger;
    uint64_t guest_cycles; /* charged to vCPUs, until one left last */
    uint64_t enter_cycle;  /* when the one that is there came */
};

struct real_host {
    struct machine machine;
    struct host *host; /* whoever shares it out; not owned */
    struct real_vm *vms;
    unsigned vm_count;
    struct real_pcpu pcpus[MACHINE_MAX_PCPUS];
};

struct real_host_config {
    const struct config *config; /* of the host; stays */
    struct sched_topology topology;
    const struct real_vm_config *vms; /* copied, what they point to is not */
    unsigned vm_count;
};

/*
 * Builds the host as config has its CPU, memory system and hypervisor, and
 * boots each VM up to its first instruction.  NULL: e says why.  Refuses what
 * cannot share a host: native beside others.
 */
struct real_host *real_host_new(const struct real_host_config *config,
                                struct error *e);
void real_host_free(struct real_host *r);

/* The VM as number `id` of the host's schedule: its row there, times aside. */
void real_host_join(struct real_host *r, unsigned vm, unsigned id,
                    struct host_vm *row);

/* Behind host_init. */
void real_host_attach(struct real_host *r, struct host *host);

/* Each VM has ended, or waits for what will never come. */
bool real_host_finished(const struct real_host *r);

/*
 * What a VM did, up to now: as of a run of it alone, but that its vCPUs have
 * steal and idle time in their ledgers.  A VM that lives is at a limit.
 */
void real_host_record(const struct real_host *r, unsigned vm,
                      struct run_record *record);

/* A pCPU's own record up to the host's clock. */
struct ledger real_host_pcpu_ledger(const struct real_host *r, unsigned pcpu);

/* As struct host_vm asks. */
bool real_vm_check(const struct host_vm *row, struct error *e);

/* For guest_body.c: brings a pCPU's clock up to the host's, on its own
   record. */
void real_host_catch_up(struct real_host *r, unsigned pcpu);

#endif
