#include "sim/machine/scenario/scenario_real.h"

#include <stdlib.h>
#include <string.h>

#include "sim/core/units.h"
#include "sim/machine/guest_choice.h"
#include "sim/machine/workload_choice.h"

enum { MOST_WORDS = 64 };

/* A VM for which the file says no memory. */
static const uint64_t usual_memory_bytes = (uint64_t)512 << 20;

enum status scenario_real_init(struct scenario_real *r,
                               const struct scenario_job *job, unsigned most,
                               struct error *e)
{
    memset(r, 0, sizeof *r);
    r->job = job;
    r->kinds = calloc(job->scenario->vm_count, sizeof *r->kinds);
    r->vms = calloc(most, sizeof *r->vms);
    r->ids = calloc(most, sizeof *r->ids);
    return r->kinds && r->vms && r->ids
               ? STATUS_OK
               : error_set(e, STATUS_MEMORY, "out of memory");
}

/* "-- PROGRAM ARG ...", words as spaces part them; or a built-in workload. */
static enum status choose_workload(struct config *c, const char *text,
                                   struct error *e)
{
    char *words[MOST_WORDS];
    char *copy, *at;
    enum status s;
    int count = 0;

    if (strncmp(text, "-- ", 3) != 0)
        return workload_built_in(&c->workload, text, e);
    copy = strdup(text + 3);
    if (!copy)
        return error_set(e, STATUS_MEMORY, "out of memory");
    for (char *word = strtok_r(copy, " ", &at); word;
         word = strtok_r(NULL, " ", &at))
        if (count++ < MOST_WORDS)
            words[count - 1] = word;
    if (count == 0)
        s = error_set(e, STATUS_USAGE, "a program's name is missing");
    else if (count > MOST_WORDS)
        s = error_set(e, STATUS_USAGE, "a program has at most %d words",
                      MOST_WORDS);
    else
        s = workload_program(&c->workload, count, words, e);
    free(copy);
    return s;
}

/* What the entry says of its kernel's ways to live with others. */
static void choose_services(struct hv_config *hv, const struct scenario_vm *vm)
{
    struct kvm_config *kvm = &hv->kvm;

    if (vm->locks[0])
        kvm->pv_unhalt = strcmp(vm->locks, "pv") == 0;
    kvm->pv_tlb_flush = scenario_is(vm->pv_flush, kvm->pv_tlb_flush);
    kvm->pv_ipi = scenario_is(vm->pv_ipi, kvm->pv_ipi);
    kvm->pv_sched_yield = scenario_is(vm->pv_yield, kvm->pv_sched_yield);
    kvm->steal_time = scenario_is(vm->steal_time,
                                  kvm->steal_time || vm->pv_flush == MAYBE_YES);
    hv->exit_on.pause_loop = scenario_is(vm->ple, hv->exit_on.pause_loop);
}

/* A machine like the entry's VMs. */
static enum status resolve(struct config *c, const struct scenario_vm *vm,
                           struct error *e)
{
    uint64_t wanted;
    enum status s = choose_workload(c, vm->workload.line[0], e);

    if (s != STATUS_OK)
        return s;
    wanted = workload_memory_bytes(&c->workload);
    c->memory_bytes = vm->memory_bytes;
    if (c->memory_bytes == 0)
        c->memory_bytes =
            wanted > usual_memory_bytes ? wanted : usual_memory_bytes;
    c->vcpus = (uint32_t)vm->vcpus;
    c->techniques[0] = technique_find(vm->technique);
    c->technique_count = 1;
    choose_services(&c->hv, vm);
    if (strcmp(vm->kernel, "minikernel") != 0)
        c->kernel_path = vm->kernel;
    if (strcmp(c->techniques[0]->cpu_virt, "deprived") == 0 &&
        guest_refuses_pv(c))
        return error_set(e, STATUS_USAGE,
                         "pv takes a kernel that is made for Xen PV, as the "
                         "minikernel is");
    if (c->cpu.timing == TIMING_COUNT)
        return error_set(e, STATUS_USAGE,
                         "cpu.timing=count has no time but instructions; who "
                         "shares pCPUs waits: window or fast");
    return config_check(c, e);
}

static enum status load_kind(struct scenario_real *r, unsigned kind,
                             struct error *e)
{
    const struct scenario_vm *vm = &r->job->scenario->vms[kind];
    struct real_kind *k = &r->kinds[kind];
    struct error why;
    enum status s;

    if (k->loaded)
        return STATUS_OK;
    k->config = r->job->config;
    k->loaded = true;
    s = resolve(&k->config, vm, &why);
    if (s == STATUS_OK)
        s = guest_load(&k->guest, &k->config, -1, &why);
    if (s == STATUS_OK)
        return s;
    return error_set(e, s, "%s:%u: VM %s: %.400s", r->job->scenario->path,
                     vm->at_line, vm->name, why.text);
}

enum status scenario_real_add(struct scenario_real *r, unsigned kind,
                              unsigned id, struct error *e)
{
    enum status s = load_kind(r, kind, e);
    struct real_kind *k = &r->kinds[kind];

    if (s != STATUS_OK)
        return s;
    r->vms[r->vm_count] = (struct real_vm_config){
        .what = {&k->config, k->config.techniques[0], &k->guest.image},
        .memory_nodes = scenario_memory_nodes(r->job->scenario,
                                              &r->job->scenario->vms[kind]),
        .out_fd = -1,
        .err_fd = -1};
    r->ids[r->vm_count++] = id;
    return STATUS_OK;
}

/* The machine's memory; what the file does not say is known only now. */
static enum status check_memory(const struct scenario_real *r, struct error *e)
{
    const struct scenario *s = r->job->scenario;
    uint64_t bytes = 0;
    char has[32], wants[32];

    for (unsigned i = 0; i < r->vm_count; i++)
        bytes += r->vms[i].what.config->memory_bytes;
    if (bytes <= s->memory_bytes)
        return STATUS_OK;
    return error_set(e, STATUS_USAGE,
                     "the VMs' memory of %s is more than the host's %s",
                     units_format(bytes, wants, sizeof wants),
                     units_format(s->memory_bytes, has, sizeof has));
}

enum status scenario_real_build(struct scenario_real *r, struct host_vm *rows,
                                struct error *e)
{
    const struct real_host_config config = {
        .config = &r->job->config,
        .topology = scenario_topology(r->job->scenario),
        .vms = r->vms,
        .vm_count = r->vm_count};
    struct error why;

    if (r->vm_count == 0)
        return STATUS_OK;
    if (check_memory(r, &why) == STATUS_OK)
        r->host = real_host_new(&config, &why);
    if (!r->host)
        return error_set(e, STATUS_USAGE, "%s: %.400s", r->job->scenario->path,
                         why.text);
    for (unsigned i = 0; i < r->vm_count; i++)
        real_host_join(r->host, i, r->ids[i], &rows[r->ids[i]]);
    return STATUS_OK;
}

/* What it shares with the run's configuration is not its own. */
static void free_kind(struct real_kind *k)
{
    if (!k->loaded)
        return;
    guest_load_free(&k->guest);
    k->config.overrides = k->config.scenario_sets = NULL;
    k->config.override_count = k->config.scenario_set_count = 0;
    k->config.profile = NULL;
    config_free(&k->config);
}

void scenario_real_free(struct scenario_real *r)
{
    if (r->host)
        real_host_free(r->host);
    for (unsigned i = 0; r->kinds && i < r->job->scenario->vm_count; i++)
        free_kind(&r->kinds[i]);
    free(r->kinds);
    free(r->vms);
    free(r->ids);
    memset(r, 0, sizeof *r);
}

bool scenario_real_record(const struct scenario_real *r, unsigned id,
                          struct run_record *record)
{
    for (unsigned i = 0; i < r->vm_count; i++) {
        if (r->ids[i] != id)
            continue;
        real_host_record(r->host, i, record);
        return true;
    }
    return false;
}
