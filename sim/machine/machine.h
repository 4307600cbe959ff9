/*
 * machine.h - one simulated machine: memory, pCPUs, a hypervisor, VMs.
 *
 * Hardware  a host with one memory, an L3 cache for each NUMA node, and pCPUs,
 *           threads of cores, that have each their own MMU; VMs with vCPUs on
 *           top.
 * Model     everything hangs below one struct machine; there may be many in
 *           one process.  With one VM its vCPU n runs on pCPU n (turns.h:
 *           when); several VMs share the pCPUs (scenario/real_host.h).
 * NOT MODELLED  buses, coherence between pCPUs; lines that come from another
 *           node's caches.
 */
#ifndef SIM_MACHINE_MACHINE_H
#define SIM_MACHINE_MACHINE_H
#include <stddef.h>
#include <stdint.h>

#include "hypervisor-model/hypervisor.h"
#include "hypervisor-model/sched/sched.h"
#include "mmu/mmu.h"
#include "sim/core/status.h"
#include "sim/cpu/cpu.h"
#include "sim/machine/config.h"
#include "sim/machine/guest_image.h"

enum { MACHINE_MAX_PCPUS = SCHED_MAX_PCPUS, MACHINE_MAX_VMS = 256 };

/* From one look of the technique at its vCPU to the next. */
struct pcpu_turn {
    struct cpu_budget limits; /* without those of a debugger */
    uint64_t begin_cycle, begin_retired, begin_rip;
    bool open; /* a debugger stopped it: it goes on as it began */
};

struct pcpu {
    struct mmu *mmu;
    struct cpu *cpu;
    struct vcpu *vcpu; /* who runs here */
    bool idle;         /* it waits: for an interrupt, for startup */
    struct pcpu_turn turn;
};

struct machine {
    const struct config *config;
    const struct machine_image *image; /* for a reset; not owned */
    enum region_begin region;          /* what is measured */
    bool guest_32bit; /* the kernel is, or begins in real mode */
    struct memory dram;
    struct sched_topology topology;
    struct cache *l3[MACHINE_MAX_PCPUS]; /* by node; NULL: the profile has none
                                          */
    struct hypervisor hv;
    struct pcpu pcpus[MACHINE_MAX_PCPUS];
    unsigned pcpu_count;
    struct vm *vms[MACHINE_MAX_VMS];
    unsigned vm_count;
};

/*
 * Builds the machine and puts the guest at its first instruction.  On failure
 * nothing is left to free.  config and image are not owned; the image is needed
 * afterwards if config says that a reset starts the machine again.
 */
enum status machine_init(struct machine *m, const struct config *config,
                         const struct technique_ops *technique,
                         const struct machine_image *image, struct error *e);
void machine_free(struct machine *m);

/*
 * The parts of it, for a host that several VMs share (scenario/real_host.h):
 * memory, L3 and hypervisor, once; then VMs, booted, and the topology's pCPUs,
 * in order, on which nobody runs yet.  On failure machine_free() is due.
 */
struct machine_vm {
    const struct config *config; /* memory, vCPUs, kernel, platform, seed */
    const struct technique_ops *technique;
    const struct machine_image *image; /* needed until it has booted */
};
enum status machine_init_host(struct machine *m, const struct config *config,
                              const struct sched_topology *topology,
                              uint64_t dram_bytes, struct error *e);
enum status machine_add_vm(struct machine *m, const struct machine_vm *what,
                           struct error *e);
enum status machine_add_pcpu(struct machine *m, struct counters *counters,
                             struct error *e);

#endif
