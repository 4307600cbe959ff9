/*
 * sched_gang.c - strict gang scheduling: a VM runs with all its vCPUs or none.
 *
 * Source  Ousterhout, "Scheduling techniques for concurrent systems", ICDCS
 *         1982: the matrix method, with alternate selection.
 * Model   a matrix: a column for each pCPU, a row for each slot of time.  A VM
 *         that starts gets places in the first row that has enough free, on
 *         cores of their own as far as these go.  As VMs stop, the matrix is
 *         compacted: VMs of later rows come to earlier ones that have room, as
 *         soon as they do not run.  Rows take turns; the vCPUs of the row's VMs
 * that could run, do so, each in its column.  A row without any is passed over,
 *         and its slot ends when the last of them blocks.
 *         Holes are columns of the row without a vCPU that could run: time
 *         lost to fragmentation, seen as idle pCPUs beside waiting vCPUs.
 *         Alternate selection fills them with VMs of the rows to come.
 *         Ousterhout's takes single processes; here a VM comes whole, each vCPU
 *         that could run in its own column, or not at all.
 * Weight  a row holds VMs of one weight, and its slot is as long in proportion.
 *         A VM's share is that of its row; what it gets as an alternate is
 *         more.
 * Yield   means nothing: whom a vCPU waits for runs at its side.
 * INVARIANTS (gang_check)
 *   1. No two vCPUs have the same place.
 *   2. Of each VM all vCPUs that could run are planned, or none.
 *   3. A pCPU runs whom the plan says, or is about to.
 */
#include "hypervisor-model/sched/sched_gang.h"

#include <stdio.h>
#include <string.h>

#include "hypervisor-model/sched/policies.h"

static bool could_run(const struct sched_vcpu *v)
{
    return v->state == SCHED_RUNNABLE || v->state == SCHED_RUNNING;
}

static enum status gang_admit(const struct sched *s, struct error *e)
{
    for (unsigned i = 0; i < s->vm_count; i++) {
        const struct sched_vm_config *c = &s->vms[i].config;
        unsigned pcpus = 0;

        for (unsigned n = 0; n < s->pcpu_count; n++)
            pcpus += pcpu_in(c->affinity, n);
        if (c->vcpus > pcpus)
            return error_set(
                e, STATUS_USAGE,
                "gang: VM %s has %u vCPUs; pCPUs where they may run: %u",
                c->name, c->vcpus, pcpus);
    }
    return STATUS_OK;
}

static void gang_init(struct sched *s)
{
    gang_host(s)->slot_end_ns = UINT64_MAX;
}

/* All of a VM that could run, each into its column; or none, if one is taken.
   False: none. */
static bool seat(struct gang_host *g, const struct sched_vm *vm)
{
    bool any = false;

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];

        if (!could_run(v))
            continue;
        if (g->plan[gang_column(v)])
            return false;
        any = true;
    }
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        if (could_run(&vm->vcpus[i]))
            g->plan[gang_column(&vm->vcpus[i])] = &vm->vcpus[i];
    return any;
}

static bool seat_row(struct sched *s, unsigned row)
{
    bool any = false;

    for (const struct sched_vm *vm = gang_first_of_row(s, row); vm;
         vm = gang_vm(vm)->next)
        any |= seat(gang_host(s), vm);
    return any;
}

static bool has_hole(const struct sched *s)
{
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (!gang_host(s)->plan[i])
            return true;
    return false;
}

/* Whose turn it is now; if nobody of the row could run, the next row's. */
static void plan(struct sched *s)
{
    struct gang_host *g = gang_host(s);
    unsigned turn = 0, row = g->row;

    memset(g->plan, 0, sizeof g->plan);
    while (turn < g->rows && !seat_row(s, (row + turn) % g->rows))
        turn++;
    if (turn == g->rows) {
        g->slot_end_ns = UINT64_MAX;
    } else if (turn != 0 || g->slot_end_ns <= s->now_ns ||
               g->slot_end_ns == UINT64_MAX) {
        uint32_t weight;

        g->row = (row + turn) % g->rows;
        weight = gang_first_of_row(s, g->row)->config.weight;
        g->slot_end_ns = s->now_ns + sched_us(s->config->gang.slice_us) *
                                         (weight ? weight : GANG_WEIGHT) /
                                         GANG_WEIGHT;
    }
    for (unsigned i = 1; s->config->gang.alternate && i < g->rows; i++) {
        if (!has_hole(s))
            break;
        seat_row(s, (g->row + i) % g->rows);
    }
    for (unsigned i = 0; i < s->pcpu_count; i++)
        if (s->pcpus[i].current != g->plan[i])
            sched_kick(s, &s->pcpus[i]);
}

static void gang_add(struct sched *s, struct sched_vcpu *v)
{
    if (gang_vm(v->vm)->started++ == 0)
        gang_give_places(s, v->vm);
    v->pcpu = gang_column(v);
}

static void gang_remove(struct sched *s, struct sched_vcpu *v)
{
    if (--gang_vm(v->vm)->started == 0)
        gang_take_places(s, v->vm);
    gang_compact(s);
    plan(s);
}

static void gang_enqueue(struct sched *s, struct sched_vcpu *v,
                         enum sched_why why)
{
    (void)v;
    if (why == SCHED_WOKE)
        plan(s);
}

/* It is to stop: remove() comes next, and plans. */
static void gang_dequeue(struct sched *s, struct sched_vcpu *v)
{
    (void)s;
    (void)v;
}

static void gang_block(struct sched *s, struct sched_vcpu *v)
{
    (void)v;
    plan(s);
}

static struct sched_choice gang_pick(struct sched *s, struct sched_pcpu *p)
{
    return (struct sched_choice){gang_host(s)->plan[p->id], UINT64_MAX};
}

static void gang_charge(struct sched *s, struct sched_vcpu *v, uint64_t ran_ns)
{
    (void)s;
    (void)v;
    (void)ran_ns;
}

static void gang_timer(struct sched *s)
{
    struct gang_host *g = gang_host(s);

    if (s->now_ns < g->slot_end_ns)
        return;
    g->row = (g->row + 1) % g->rows;
    gang_compact(s);
    plan(s);
}

static uint64_t gang_timer_ns(const struct sched *s)
{
    return gang_host(s)->slot_end_ns;
}

static void gang_tell(const struct sched *s, const struct sched_vcpu *v,
                      struct sched_words *w)
{
    const struct gang_host *g = gang_host(s);
    unsigned row = gang_vm(v->vm)->row, column = gang_column(v);
    bool planned = g->plan[column] == v;

    snprintf(w->text, sizeof w->text, "row %u%s, column %u", row,
             row == g->row ? ", its slot"
             : planned     ? ", alternate"
                           : "",
             column);
    if (v->state != SCHED_RUNNABLE)
        return;
    w->line = SCHED_LINE_GROUP;
    w->number = row;
    w->place = planned ? 0 : (row + g->rows - g->row) % g->rows;
}

static bool check_vm(const struct sched *s, const struct sched_vm *vm,
                     struct error *e)
{
    unsigned able = 0, planned = 0;

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];

        able += could_run(v);
        planned += gang_host(s)->plan[gang_column(v)] == v;
    }
    if (planned == 0 || planned == able)
        return true;
    error_set(e, STATUS_USAGE, "gang: VM %s runs with %u of %u vCPUs",
              vm->config.name, planned, able);
    return false;
}

static bool check_row(const struct sched *s, unsigned row, struct error *e)
{
    pcpu_set_t taken = 0;

    for (const struct sched_vm *vm = gang_first_of_row(s, row); vm;
         vm = gang_vm(vm)->next)
        for (unsigned i = 0; i < vm->config.vcpus; i++) {
            unsigned column = gang_column(&vm->vcpus[i]);

            if (pcpu_in(taken, column)) {
                error_set(e, STATUS_USAGE, "gang: row %u, two in column %u",
                          row, column);
                return false;
            }
            taken |= (pcpu_set_t)1 << column;
        }
    return true;
}

static bool gang_check(const struct sched *s, struct error *e)
{
    const struct gang_host *g = gang_host(s);

    for (unsigned row = 0; row < g->rows; row++)
        if (!check_row(s, row, e))
            return false;
    for (unsigned i = 0; i < s->vm_count; i++)
        if (gang_vm(&s->vms[i])->started && !check_vm(s, &s->vms[i], e))
            return false;
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (p->current == g->plan[i] || p->resched)
            continue;
        error_set(e, STATUS_USAGE, "gang: pCPU %u does not run whom it should",
                  i);
        return false;
    }
    return true;
}

const struct sched_ops sched_gang = {
    .name = "gang",
    .sentence = "strict gang scheduling: all vCPUs of a VM at a time, or none",
    .source = "Ousterhout, ICDCS 1982: the matrix method",
    .promises = sched_promise_by_vcpu,
    .options = "weight affinity",
    .sched_bytes = sizeof(struct gang_host),
    .vm_bytes = sizeof(struct gang_vm),
    .vcpu_bytes = sizeof(struct gang_vcpu),
    .admit = gang_admit,
    .init = gang_init,
    .add = gang_add,
    .remove = gang_remove,
    .enqueue = gang_enqueue,
    .dequeue = gang_dequeue,
    .pick = gang_pick,
    .charge = gang_charge,
    .block = gang_block,
    .timer = gang_timer,
    .timer_ns = gang_timer_ns,
    .tell = gang_tell,
    .check = gang_check,
};
