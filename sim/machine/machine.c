#include "sim/machine/machine.h"

#include <stdio.h>
#include <string.h>

/* The CPUs of a machine differ in their numbers, and in what they roll. */
static struct cpu_config pcpu_config(const struct machine *m,
                                     const struct vcpu *vcpu)
{
    struct cpu_config c = m->config->cpu;

    c.apic_id = vcpu->id;
    c.logical_cpus = vcpu->vm->vcpu_count;
    c.seed = m->config->seed + vcpu->id;
    c.l1d = m->config->mmu.l1d;
    c.l1i = m->config->mmu.l1i;
    c.l2 = m->config->mmu.l2;
    c.l3 = m->config->mmu.l3;
    return c;
}

static enum status init_pcpu(struct machine *m, struct pcpu *p,
                             struct vcpu *vcpu, struct error *e)
{
    const struct cpu_config config = pcpu_config(m, vcpu);
    struct cpu *first = m->pcpus[0].cpu;

    p->mmu = mmu_new(&m->config->mmu, &m->dram, m->l3, &vcpu->counters, e);
    if (!p->mmu)
        return STATUS_MEMORY;
    p->cpu = first ? cpu_new_beside(first, &config, p->mmu, e)
                   : cpu_new(&config, p->mmu, &m->dram, e);
    if (!p->cpu)
        return STATUS_MEMORY;
    p->vcpu = vcpu;
    p->idle = vcpu->waits_for_startup;
    vcpu_load(vcpu, p->cpu);
    return STATUS_OK;
}

static enum status init_pcpus(struct machine *m, struct error *e)
{
    struct vm *vm = m->vms[0];

    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        enum status s =
            init_pcpu(m, &m->pcpus[m->pcpu_count++], vm->vcpus[i], e);

        if (s != STATUS_OK)
            return s;
    }
    return STATUS_OK;
}

static enum status init_memory(struct machine *m,
                               const struct technique_ops *technique,
                               struct error *e)
{
    const struct config *c = m->config;
    uint64_t bytes =
        c->memory_bytes + hv_pool_bytes(technique, &c->hv, c->memory_bytes);
    enum status s = memory_init(&m->dram, bytes, e);

    if (s != STATUS_OK)
        return s;
    if (c->mmu.cache_enabled && c->mmu.l3.bytes != 0) {
        m->l3 =
            cache_new(&c->mmu.l3, c->mmu.line_bytes, c->seed, "cache.l3", e);
        if (!m->l3)
            return STATUS_MEMORY;
    }
    s = hypervisor_init(&m->hv, &c->hv, &m->dram, e);
    m->hv.platform.tsc_khz = c->cpu.tsc_khz;
    m->hv.platform.seed = c->seed;
    m->hv.platform.old_apic = !c->cpu.has_x2apic;
    m->hv.platform.no_deadline = !c->cpu.has_tsc_deadline;
    snprintf(m->hv.platform.profile, sizeof m->hv.platform.profile, "%s",
             c->platform);
    return s;
}

static enum status init_all(struct machine *m,
                            const struct technique_ops *technique,
                            const struct machine_image *image, struct error *e)
{
    enum status s = technique->supported(&m->config->hv, e);

    if (s == STATUS_OK)
        s = init_memory(m, technique, e);
    memcpy(m->hv.platform.disks, image->disks, sizeof image->disks);
    m->hv.platform.files = image->files;
    if (s != STATUS_OK)
        return s;
    m->vms[0] =
        vm_new(&m->hv, technique, m->config->memory_bytes, m->config->vcpus, e);
    if (!m->vms[0])
        return STATUS_MEMORY;
    m->vm_count = 1;
    s = guest_image_boot(m->vms[0], m->config, image, e);
    return s == STATUS_OK ? init_pcpus(m, e) : s;
}

enum status machine_init(struct machine *m, const struct config *config,
                         const struct technique_ops *technique,
                         const struct machine_image *image, struct error *e)
{
    enum status s;

    memset(m, 0, sizeof *m);
    m->config = config;
    m->image = image;
    m->region = guest_image_region(config, image);
    m->guest_32bit =
        image->kernel.is_32bit || image->kernel.format == KERNEL_SECTOR;
    s = init_all(m, technique, image, e);
    if (s != STATUS_OK)
        machine_free(m);
    return s;
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
    if (m->l3)
        cache_free(m->l3);
    if (m->dram.base)
        memory_free(&m->dram);
    memset(m, 0, sizeof *m);
}
