#include "sim/machine/scenario/real_host.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/record_fill.h"

static bool is_native(const struct real_vm_config *vm)
{
    return strcmp(vm->what.technique->cpu_virt, "none") == 0;
}

static enum status refuse(const struct real_host_config *c, struct error *e)
{
    if (c->vm_count < 1 || c->vm_count > MACHINE_MAX_VMS ||
        c->topology.pcpus < 1 || c->topology.pcpus > MACHINE_MAX_PCPUS)
        return error_set(e, STATUS_USAGE,
                         "a host has 1 to %d VMs on 1 to %d pCPUs",
                         MACHINE_MAX_VMS, MACHINE_MAX_PCPUS);
    for (unsigned i = 0; i < c->vm_count; i++) {
        const struct technique_ops *t = c->vms[i].what.technique;

        if (is_native(&c->vms[i]) && c->vm_count > 1)
            return error_set(e, STATUS_USAGE,
                             "technique %s: it has the whole machine; one of "
                             "several VMs cannot have that",
                             t->name);
        if (t->supported(&c->config->hv, e) != STATUS_OK)
            return STATUS_USAGE;
    }
    return STATUS_OK;
}

static void init_body(struct real_vm *vm, unsigned id)
{
    struct vcpu_body *b = &vm->bodies[id];

    b->vm = vm;
    b->v = vm->vm->vcpus[id];
    b->last_pcpu = UINT_MAX;
    b->wake_cycle = UINT64_MAX;
    vm->body_list[id] = b;
}

static enum status add_vm(struct real_host *r, const struct real_vm_config *c,
                          struct error *e)
{
    struct real_vm *vm = &r->vms[r->vm_count++];
    enum status s = machine_add_vm(&r->machine, &c->what, e);

    if (s != STATUS_OK)
        return s;
    vm->host = r;
    vm->vm = r->machine.vms[r->machine.vm_count - 1];
    vm->config = *c;
    if (c->memory_nodes && memory_has_nodes(&r->machine.dram))
        memory_place(&r->machine.dram, vm->vm->memory_base,
                     vm->vm->memory_end.v, c->memory_nodes);
    vm->region = guest_image_region(c->what.config, c->what.image);
    vm->measuring = vm->region == REGION_FROM_POWER_ON;
    vm->config.what.image = NULL;
    written_init(&vm->out);
    written_init(&vm->err);
    for (unsigned i = 0; i < vm->vm->vcpu_count; i++)
        init_body(vm, i);
    return STATUS_OK;
}

static uint64_t dram_bytes(const struct real_host_config *c)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < c->vm_count; i++) {
        const struct machine_vm *vm = &c->vms[i].what;
        uint64_t memory = vm->config->memory_bytes;

        bytes += memory + hv_pool_bytes(vm->technique, &c->config->hv, memory);
    }
    return bytes;
}

static enum status build(struct real_host *r, const struct real_host_config *c,
                         struct error *e)
{
    enum status s = machine_init_host(&r->machine, c->config, &c->topology,
                                      dram_bytes(c), e);

    for (unsigned i = 0; i < c->vm_count && s == STATUS_OK; i++)
        s = add_vm(r, &c->vms[i], e);
    for (unsigned i = 0; i < c->topology.pcpus && s == STATUS_OK; i++) {
        struct real_pcpu *own = &r->pcpus[i];

        s = machine_add_pcpu(&r->machine, &own->counters, e);
        if (s == STATUS_OK)
            cpu_set_record(r->machine.pcpus[i].cpu, &own->counters,
                           &own->ledger);
    }
    return s;
}

struct real_host *real_host_new(const struct real_host_config *config,
                                struct error *e)
{
    struct real_host *r;

    if (refuse(config, e) != STATUS_OK)
        return NULL;
    r = calloc(1, sizeof *r);
    if (r)
        r->vms = calloc(config->vm_count, sizeof *r->vms);
    if (!r || !r->vms) {
        error_set(e, STATUS_MEMORY, "out of host memory");
        free(r);
        return NULL;
    }
    if (build(r, config, e) == STATUS_OK)
        return r;
    real_host_free(r);
    return NULL;
}

void real_host_free(struct real_host *r)
{
    if (!r)
        return;
    machine_free(&r->machine);
    free(r->vms);
    free(r);
}

/* Power on: its time-stamp counters begin, as those of a new VM do. */
static void begin(struct host_vm *row, uint64_t cycle)
{
    struct real_vm *vm = row->guest;

    vm->begin_cycle = cycle;
    for (unsigned i = 0; i < vm->vm->vcpu_count; i++)
        vm->vm->vcpus[i]->state.tsc_base = cycle;
}

void real_host_join(struct real_host *r, unsigned vm, unsigned id,
                    struct host_vm *row)
{
    r->vms[vm].id = id;
    row->ops = &guest_body_ops;
    row->bodies = r->vms[vm].body_list;
    row->begin = begin;
    row->check = real_vm_check;
    row->guest = &r->vms[vm];
}

void real_host_attach(struct real_host *r, struct host *host)
{
    r->host = host;
    for (unsigned n = 0; n < r->vm_count; n++) {
        struct real_vm *vm = &r->vms[n];

        for (unsigned i = 0; i < vm->vm->vcpu_count; i++)
            vm->bodies[i].seat = &host->dispatch.sched.vms[vm->id].vcpus[i];
    }
}

/* What a pCPU was charged for nobody, of what the host says it was. */
static void charge_own(struct real_host *r, unsigned pcpu, enum ledger_row row,
                       uint64_t host_cycles)
{
    uint64_t known = r->pcpus[pcpu].ledger.cycles[row];

    cpu_charge(r->machine.pcpus[pcpu].cpu, row, host_cycles - known);
}

void real_host_catch_up(struct real_host *r, unsigned pcpu)
{
    const struct host_pcpu *hp = &r->host->pcpus[pcpu];
    struct cpu *c = r->machine.pcpus[pcpu].cpu;

    charge_own(r, pcpu, LEDGER_IDLE, hp->idle_cycles);
    charge_own(r, pcpu, LEDGER_SCHEDULER, hp->scheduler_cycles);
    if (cpu_now(c) < hp->now_cycle) /* modelled guests were here */
        cpu_charge(c, LEDGER_STEAL, hp->now_cycle - cpu_now(c));
}

struct ledger real_host_pcpu_ledger(const struct real_host *r, unsigned pcpu)
{
    const struct host_pcpu *hp = &r->host->pcpus[pcpu];
    struct ledger l = r->pcpus[pcpu].ledger;

    l.cycles[LEDGER_IDLE] = hp->idle_cycles;
    l.cycles[LEDGER_SCHEDULER] = hp->scheduler_cycles;
    return l;
}

/* --- results ------------------------------------------------------------- */

static bool waits_forever(const struct real_vm *vm)
{
    for (unsigned i = 0; i < vm->vm->vcpu_count; i++) {
        const struct vcpu_body *b = &vm->bodies[i];

        if (b->seat->state != SCHED_BLOCKED || b->wake_cycle != UINT64_MAX)
            return false;
    }
    return true;
}

bool real_host_finished(const struct real_host *r)
{
    for (unsigned n = 0; n < r->vm_count; n++) {
        const struct real_vm *vm = &r->vms[n];

        if (vm->end == RUN_GOES_ON &&
            r->host->vms[vm->id].ended_cycle == UINT64_MAX &&
            !waits_forever(vm))
            return false;
    }
    return true;
}

/* With the wait that it is in. */
static struct run_point point_now(const struct real_host *r,
                                  const struct vcpu_body *b)
{
    uint64_t now = r->host->now_cycle;
    struct run_point p = {.counters = b->v->counters, .ledger = b->v->ledger};

    ledger_add(&p.ledger, LEDGER_STEAL,
               dispatch_state_cycles(b->seat, SCHED_RUNNABLE, now) -
                   b->steal_cycles);
    ledger_add(&p.ledger, LEDGER_IDLE,
               dispatch_state_cycles(b->seat, SCHED_BLOCKED, now) -
                   b->blocked_cycles);
    p.cycles = ledger_total(&p.ledger);
    return p;
}

static void record_vcpu(const struct real_host *r, const struct real_vm *vm,
                        unsigned id, struct run_record *record)
{
    const struct vcpu_body *b = &vm->bodies[id];
    struct run_point now = point_now(r, b), boot = vm->boot_ends[id];
    struct vcpu_record one;

    if (!vm->measuring) /* all that happened was boot */
        boot = now;
    one = record_since_boot(&now, &boot);
    record->vcpus[id] = one;
    counters_join(&record->counters, &one.counters);
    ledger_join(&record->ledger, &one.ledger);
    counters_join(&record->boot_counters, &boot.counters);
    ledger_join(&record->boot_ledger, &boot.ledger);
    record->cycles += one.cycles;
    record->boot_cycles += boot.cycles;
    exit_times_merge(vm->measuring ? &record->exits : &record->boot_exits,
                     &b->v->exit_times);
}

static void record_end(const struct real_vm *vm, struct run_record *record)
{
    const struct bus *bus = &vm->vm->platform.bus;

    record->end = vm->end;
    record->exit_status = bus->exit_status;
    record->reset_ended = vm->vm->shut_down || bus->reset_requested;
    snprintf(record->text, sizeof record->text, "%s", vm->text);
    if (vm->end == RUN_GOES_ON && waits_forever(vm)) {
        record->end = RUN_WAITS_FOREVER;
        snprintf(record->text, sizeof record->text, "the guest waits forever");
    } else if (vm->end == RUN_GOES_ON) {
        record->end = RUN_LIMIT;
        snprintf(record->text, sizeof record->text,
                 "its time was over before the guest ended");
    }
    record_note_early_end(record, vm->config.what.config, bus);
}

static void record_output(const struct written *w, uint64_t *bytes, char *text)
{
    SHA2_CTX sum = w->sum;

    *bytes = w->bytes;
    SHA256End(&sum, text);
}

void real_host_record(const struct real_host *r, unsigned number,
                      struct run_record *record)
{
    const struct real_vm *vm = &r->vms[number];
    const struct bus *bus = &vm->vm->platform.bus;

    memset(record, 0, sizeof *record);
    snprintf(record->technique, sizeof record->technique, "%s",
             vm->vm->technique->name);
    record->vcpu_count = vm->vm->vcpu_count;
    record->boot_exits = vm->boot_exits;
    for (unsigned i = 0; i < vm->vm->vcpu_count; i++)
        record_vcpu(r, vm, i, record);
    record_end(vm, record);
    record->dropped_bytes = bus->out.dropped_bytes + bus->err.dropped_bytes;
    record_output(&vm->out, &record->stdout_bytes, record->stdout_sha256);
    record_output(&vm->err, &record->stderr_bytes, record->stderr_sha256);
    if (record->end != RUN_EXITED || vm->region == REGION_FROM_USER)
        record_read_kernel_log(record, &bus->console, vm->boot_log_bytes);
}
