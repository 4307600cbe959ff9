#include "sim/machine/machine.h"

#include <stdio.h>
#include <string.h>

/* Which of the VM's CPUs it is, follows its vCPU: vcpu_load(). */
static struct cpu_config pcpu_config(const struct machine *m)
{
    struct cpu_config c = m->config->cpu;

    c.seed = m->config->seed + m->pcpu_count;
    c.l1d = m->config->mmu.l1d;
    c.l1i = m->config->mmu.l1i;
    c.l2 = m->config->mmu.l2;
    c.l3 = m->config->mmu.l3;
    return c;
}

/* The first thread of the core that the next pCPU is of; NULL: it is that. */
static struct mmu *sibling_of_next(const struct machine *m)
{
    unsigned n = m->pcpu_count, threads = m->topology.threads_per_core;

    return n % threads ? m->pcpus[n - n % threads].mmu : NULL;
}

enum status machine_add_pcpu(struct machine *m, struct counters *counters,
                             struct error *e)
{
    const struct cpu_config config = pcpu_config(m);
    struct cpu *first = m->pcpus[0].cpu;
    unsigned node = sched_node_of(&m->topology, m->pcpu_count);
    const struct mmu_place place = {.l3 = m->l3[node],
                                    .threads = m->topology.threads_per_core,
                                    .sibling = sibling_of_next(m),
                                    .node = node};
    struct pcpu *p = &m->pcpus[m->pcpu_count++];

    p->mmu = mmu_new_at(&m->config->mmu, &m->dram, &place, counters, e);
    if (!p->mmu)
        return STATUS_MEMORY;
    p->cpu = first ? cpu_new_beside(first, &config, p->mmu, e)
                   : cpu_new(&config, p->mmu, &m->dram, e);
    return p->cpu ? STATUS_OK : STATUS_MEMORY;
}

/* vCPU n on pCPU n. */
static enum status init_pcpus(struct machine *m, struct error *e)
{
    struct vm *vm = m->vms[0];

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *vcpu = vm->vcpus[i];
        enum status s = machine_add_pcpu(m, &vcpu->counters, e);

        if (s != STATUS_OK)
            return s;
        m->pcpus[i].vcpu = vcpu;
        m->pcpus[i].idle = vcpu->waits_for_startup;
        vcpu_load(vcpu, m->pcpus[i].cpu);
    }
    return STATUS_OK;
}

static enum status init_l3(struct machine *m, struct error *e)
{
    const struct mmu_config *c = &m->config->mmu;

    if (!c->cache_enabled || c->l3.bytes == 0)
        return STATUS_OK;
    for (unsigned node = 0; node < m->topology.nodes; node++) {
        m->l3[node] = cache_new(&c->l3, c->line_bytes, m->config->seed + node,
                                "cache.l3", e);
        if (!m->l3[node])
            return STATUS_MEMORY;
    }
    return STATUS_OK;
}

enum status machine_init_host(struct machine *m, const struct config *config,
                              const struct sched_topology *topology,
                              uint64_t dram_bytes, struct error *e)
{
    enum status s;

    memset(m, 0, sizeof *m);
    m->config = config;
    m->topology = *topology;
    s = memory_init(&m->dram, dram_bytes, e);
    if (s == STATUS_OK && topology->nodes > 1)
        s = memory_set_nodes(&m->dram, topology->nodes, e);
    if (s == STATUS_OK)
        s = init_l3(m, e);
    if (s != STATUS_OK)
        return s;
    return hypervisor_init(&m->hv, &config->hv, &m->dram, e);
}

/* The devices of the VM to come. */
static void set_platform(struct machine *m, const struct machine_vm *what)
{
    struct platform_config *p = &m->hv.platform;
    const struct config *c = what->config;

    p->tsc_khz = m->config->cpu.tsc_khz;
    p->seed = c->seed;
    p->old_apic = !m->config->cpu.has_x2apic;
    p->no_deadline = !m->config->cpu.has_tsc_deadline;
    snprintf(p->profile, sizeof p->profile, "%s", c->platform);
    memcpy(p->disks, what->image->disks, sizeof what->image->disks);
    p->files = what->image->files;
}

/* In what VMs of one host may differ. */
static void set_own(struct vm *vm, const struct hv_config *own)
{
    vm->kvm = own->kvm;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct guest_control *control = &vm->vcpus[i]->control;

        if (control->virt == VIRT_GUEST)
            control->exit_pause_loop = own->has_ple && own->exit_on.pause_loop;
    }
}

enum status machine_add_vm(struct machine *m, const struct machine_vm *what,
                           struct error *e)
{
    const struct config *c = what->config;
    struct vm *vm;

    set_platform(m, what);
    vm = vm_new(&m->hv, what->technique, c->memory_bytes, c->vcpus, e);
    if (!vm)
        return STATUS_MEMORY;
    set_own(vm, &c->hv);
    m->vms[m->vm_count++] = vm;
    return guest_image_boot(vm, c, what->image, e);
}

static enum status init_all(struct machine *m, const struct config *config,
                            const struct machine_vm *what, struct error *e)
{
    const struct technique_ops *technique = what->technique;
    enum status s = technique->supported(&config->hv, e);
    uint64_t pool = hv_pool_bytes(technique, &config->hv, config->memory_bytes);
    const struct sched_topology topology = {
        .pcpus = config->vcpus, .threads_per_core = 1, .nodes = 1};

    if (s == STATUS_OK)
        s = machine_init_host(m, config, &topology, config->memory_bytes + pool,
                              e);
    if (s == STATUS_OK)
        s = machine_add_vm(m, what, e);
    return s == STATUS_OK ? init_pcpus(m, e) : s;
}

enum status machine_init(struct machine *m, const struct config *config,
                         const struct technique_ops *technique,
                         const struct machine_image *image, struct error *e)
{
    const struct machine_vm what = {config, technique, image};
    enum status s;

    memset(m, 0, sizeof *m);
    s = init_all(m, config, &what, e);
    if (s != STATUS_OK) {
        machine_free(m);
        return s;
    }
    m->image = image;
    m->region = guest_image_region(config, image);
    m->guest_32bit =
        image->kernel.is_32bit || image->kernel.format == KERNEL_SECTOR;
    return STATUS_OK;
}

void machine_free(struct machine *m)
{
    for (unsigned i = 0; i < m->pcpu_count; i++) {
        if (m->pcpus[i].cpu)
            cpu_free(m->pcpus[i].cpu);
        if (m->pcpus[i].mmu)
            mmu_free(m->pcpus[i].mmu);
    }
    for (unsigned i = 0; i < m->vm_count; i++)
        vm_free(m->vms[i]);
    for (unsigned node = 0; node < m->topology.nodes; node++)
        cache_free(m->l3[node]);
    if (m->dram.base)
        memory_free(&m->dram);
    memset(m, 0, sizeof *m);
}
