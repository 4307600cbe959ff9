/*
 * scenario_check.c - what in a scenario contradicts itself, or the host.
 *
 * What a policy or a real guest cannot do is refused by whoever builds them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model/hypervisor.h"
#include "sim/core/macros.h"
#include "sim/machine/scenario/scenario.h"
#include "sim/machine/suggest.h"

static enum status refuse(const struct scenario *s,
                          const struct scenario_vm *vm, const char *why,
                          struct error *e)
{
    return error_set(e, STATUS_USAGE, "%s:%u: VM %s: %s", s->path, vm->at_line,
                     vm->name, why);
}

enum { LINE_BYTES = 16 };

/* ":12", or "" for a group that the file does not have. */
static const char *line_text(unsigned line, char text[static LINE_BYTES])
{
    text[0] = '\0';
    if (line != 0)
        snprintf(text, LINE_BYTES, ":%u", line);
    return text;
}

static enum status check_host(const struct scenario *s, struct error *e)
{
    uint64_t cores = s->pcpus / s->threads_per_core;
    char line[LINE_BYTES];

    if (s->pcpus % s->threads_per_core != 0)
        return error_set(e, STATUS_USAGE,
                         "%s%s: host: %" PRIu64 " pCPUs are not whole cores of "
                         "%" PRIu64 " threads",
                         s->path, line_text(s->host_line, line), s->pcpus,
                         s->threads_per_core);
    if (cores % s->nodes != 0)
        return error_set(e, STATUS_USAGE,
                         "%s%s: host: %" PRIu64 " cores cannot be dealt out to "
                         "%" PRIu64 " nodes",
                         s->path, line_text(s->host_line, line), cores,
                         s->nodes);
    if (s->warmup_us >= s->length_us)
        return error_set(e, STATUS_USAGE,
                         "%s%s: run: the warmup is as long as the run", s->path,
                         line_text(s->run_line, line));
    if (s->vm_count == 0)
        return error_set(e, STATUS_USAGE, "%s: there is no VM: vms = ( {...} )",
                         s->path);
    return STATUS_OK;
}

static enum status check_policy(const struct scenario *s, struct error *e)
{
    struct suggestion near = {0};
    char text[128], line[LINE_BYTES];

    if (sched_find(s->sched))
        return STATUS_OK;
    for (size_t i = 0; sched_all[i]; i++)
        suggest_offer(&near, s->sched, sched_all[i]->name);
    return error_set(e, STATUS_USAGE,
                     "%s%s: policy: there is no scheduler '%.40s'%s (ringside "
                     "list schedulers)",
                     s->path, line_text(s->policy_line, line), s->sched,
                     suggest_text(&near, text, sizeof text));
}

static enum status check_promises(const struct scenario *s,
                                  const struct scenario_vm *vm, struct error *e)
{
    pcpu_set_t host = pcpu_set_first((unsigned)s->pcpus);
    uint64_t cap = vm->cap ? vm->cap : vm->limit;

    if (vm->affinity & ~host)
        return refuse(s, vm, "affinity names a pCPU that the host has not", e);
    if (vm->soft_affinity & ~(vm->affinity ? vm->affinity : host))
        return refuse(s, vm, "soft_affinity names a pCPU where it may not run",
                      e);
    if (vm->memory_nodes & ~pcpu_set_first((unsigned)s->nodes))
        return refuse(s, vm, "memory_nodes names a node that the host has not",
                      e);
    if (vm->cap && vm->limit)
        return refuse(s, vm, "cap and limit are the same thing: give one", e);
    if (vm->reservation > vm->vcpus * 100)
        return refuse(s, vm, "reservation is more than its vCPUs can use", e);
    if (cap && vm->reservation > cap)
        return refuse(s, vm, "reservation is above the cap", e);
    if (vm->budget_us && !vm->period_us)
        return refuse(s, vm, "budget needs the period that it is of", e);
    if (vm->budget_us > vm->period_us)
        return refuse(s, vm, "budget is longer than the period", e);
    if (vm->stop_us && vm->stop_us <= vm->start_us)
        return refuse(s, vm, "it stops before it starts", e);
    if (vm->start_us >= s->length_us)
        return refuse(s, vm, "it starts after the run's end", e);
    return STATUS_OK;
}

static bool is_word(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static enum status check_modelled(const struct scenario *s,
                                  const struct scenario_vm *vm, struct error *e)
{
    static const char *const locks[] = {"ticket", "unfair", "pv"};

    if (vm->workload.count == 0)
        return refuse(s, vm, "workload is missing: phases for its vCPUs", e);
    if (vm->workload.count != 1 && vm->workload.count != vm->vcpus)
        return refuse(s, vm, "workload: one text, or one for each vCPU", e);
    if (vm->locks[0] && !is_word(vm->locks, locks, ARRAY_LEN(locks)))
        return refuse(s, vm, "locks: ticket, unfair or pv", e);
    if (!vm->request_every[0] != !vm->request_service[0])
        return refuse(s, vm, "requests need both every and service", e);
    if (vm->pv_yield != MAYBE_UNSAID || vm->steal_time != MAYBE_UNSAID)
        return refuse(s, vm, "pv_yield and steal_time are for real guests", e);
    return STATUS_OK;
}

/* What a real guest may ask of KVM. */
static enum status check_services(const struct scenario *s,
                                  const struct scenario_vm *vm,
                                  const struct technique_ops *t,
                                  struct error *e)
{
    static const char *const locks[] = {"ticket", "pv"};
    bool any = vm->locks[0] || vm->ple || vm->pv_flush || vm->pv_ipi ||
               vm->pv_yield || vm->steal_time;

    if (any && strcmp(t->cpu_virt, "guest") != 0)
        return refuse(s, vm,
                      "locks, ple, pv_flush, pv_ipi, pv_yield and steal_time "
                      "are for guests of KVM: nested, shadow",
                      e);
    if (vm->locks[0] && !is_word(vm->locks, locks, ARRAY_LEN(locks)))
        return refuse(s, vm, "locks of a real guest: ticket or pv", e);
    if (vm->pv_flush == MAYBE_YES && vm->steal_time == MAYBE_NO)
        return refuse(s, vm, "pv_flush needs steal_time", e);
    return STATUS_OK;
}

static enum status check_real(const struct scenario *s,
                              const struct scenario_vm *vm, struct error *e)
{
    const struct technique_ops *t = technique_find(vm->technique);

    if (!t)
        return refuse(s, vm,
                      "technique: there is none of that name (ringside list "
                      "techniques)",
                      e);
    if (vm->vcpus > VM_MAX_VCPUS)
        return refuse(s, vm, "a real guest has at most 16 vCPUs", e);
    if (strcmp(t->cpu_virt, "deprived") == 0 && vm->vcpus > 1)
        return refuse(s, vm, "a pv guest has one vCPU", e);
    if (strcmp(t->cpu_virt, "none") == 0 && scenario_vm_count(s) > 1)
        return refuse(s, vm, "a native guest has the machine to itself", e);
    if (vm->workload.count != 1)
        return refuse(s, vm, "workload: one built-in workload", e);
    if (vm->request_every[0])
        return refuse(s, vm, "requests are for modelled guests", e);
    return check_services(s, vm, t, e);
}

static bool is_modelled(const struct scenario_vm *vm)
{
    return strcmp(vm->kernel, "phases") == 0;
}

/* NAME-1, NAME-2, ... of an entry with copies, and another's plain name. */
static bool is_copy_of(const struct scenario_vm *vm, const char *name)
{
    size_t chars = strlen(vm->name);
    unsigned long copy;
    char *end;

    if (vm->copies < 2 || strncmp(name, vm->name, chars) != 0 ||
        name[chars] != '-' || name[chars + 1] < '1' || name[chars + 1] > '9')
        return false;
    copy = strtoul(name + chars + 1, &end, 10);
    return *end == '\0' && copy <= vm->copies;
}

static bool share_name(const struct scenario_vm *a, const struct scenario_vm *b)
{
    return strcmp(a->name, b->name) == 0 ||
           (b->copies == 1 && is_copy_of(a, b->name)) ||
           (a->copies == 1 && is_copy_of(b, a->name));
}

/* What tables, CSV and logs can hold as it is; not what a terminal obeys. */
static bool is_plain(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name <= ' ' || strchr(".,\"\177", *name))
            return false;
    return true;
}

static enum status check_names(const struct scenario *s, unsigned n,
                               struct error *e)
{
    const struct scenario_vm *vm = &s->vms[n];

    if (vm->name[0] == '\0' || strlen(vm->name) > SCHED_NAME_BYTES - 8)
        return refuse(s, vm, "a name has 1 to 24 characters", e);
    if (!is_plain(vm->name))
        return refuse(s, vm, "a name has no dot, comma, quote or space", e);
    for (unsigned i = 0; i < n; i++)
        if (share_name(&s->vms[i], vm))
            return refuse(s, vm, "another VM has that name", e);
    return STATUS_OK;
}

/* Of all VMs together: reservations, numbers; memory: scenario_real.c. */
static enum status check_sums(const struct scenario *s, struct error *e)
{
    uint64_t reserved = 0, vcpus = 0;

    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct scenario_vm *vm = &s->vms[i];

        reserved += vm->copies * vm->reservation;
        vcpus += vm->copies * vm->vcpus;
    }
    if (reserved > s->pcpus * 100)
        return error_set(e, STATUS_USAGE,
                         "%s: reservations of %" PRIu64 " %% are above the "
                         "host's %" PRIu64 " %%",
                         s->path, reserved, s->pcpus * 100);
    if (scenario_vm_count(s) == 0)
        return error_set(e, STATUS_USAGE, "%s: all copies are 0: no VM",
                         s->path);
    if (scenario_vm_count(s) > SCENARIO_MAX_VMS || vcpus > SCHED_MAX_VCPUS)
        return error_set(e, STATUS_USAGE,
                         "%s: at most %d VMs, and %d vCPUs in all", s->path,
                         SCENARIO_MAX_VMS, SCHED_MAX_VCPUS);
    return STATUS_OK;
}

enum status scenario_check(const struct scenario *s, struct error *e)
{
    enum status status = check_host(s, e);

    if (status == STATUS_OK)
        status = check_policy(s, e);
    for (unsigned i = 0; i < s->vm_count && status == STATUS_OK; i++) {
        const struct scenario_vm *vm = &s->vms[i];

        status = check_names(s, i, e);
        if (status == STATUS_OK)
            status = check_promises(s, vm, e);
        if (status == STATUS_OK)
            status = is_modelled(vm) ? check_modelled(s, vm, e)
                                     : check_real(s, vm, e);
    }
    return status == STATUS_OK ? check_sums(s, e) : status;
}
