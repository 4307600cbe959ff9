/*
 * sched_esx_cells.c - cells: where VMs are placed, and moves between them.
 *
 * Source  VMware KB 1007361, "Scheduler Cell Size on Six-Core Processors": four
 *         cores to a cell in ESX 3.5; a VM is scheduled within one cell, which
 *         is as large as the widest VM.  ESX 4 made cells of eight, 4.1 gave
 *         them up; esx.cell_pcpus=64 is one cell.
 * Model   a cell has one queue, so that load within it is balanced by itself.
 *         A VM starts in the cell with the least reservations, then the least
 *         shares; an idle pCPU takes a VM from a cell that is more crowded, and
 *         while all cells are busy, VMs move so that shares per pCPU are equal.
 *         A VM moves whole, and keeps its distance in virtual time.
 */
#include "hypervisor-model/sched/sched_esx.h"

/* The widest VM fits; the last cell has what is left over as well. */
void esx_cells_init(struct sched *s)
{
    struct esx_host *h = esx_host(s);
    unsigned size = s->config->esx.cell_pcpus;

    for (unsigned i = 0; i < s->vm_count; i++)
        if (s->vms[i].config.vcpus > size)
            size = s->vms[i].config.vcpus;
    if (size > s->pcpu_count)
        size = s->pcpu_count;
    h->cell_count = s->pcpu_count / size;
    for (unsigned i = 0; i < h->cell_count; i++)
        sched_list_init(&h->cells[i].queue);
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        unsigned n = i / size < h->cell_count ? i / size : h->cell_count - 1;

        h->cells[n].pcpus |= (pcpu_set_t)1 << i;
        h->cells[n].pcpu_count++;
    }
}

static bool may_use(const struct sched_vm *vm, const struct esx_cell *c)
{
    return (vm->config.affinity & c->pcpus) != 0;
}

/* a / a_pcpus < b / b_pcpus */
static bool less_load(uint64_t a, const struct esx_cell *a_cell, uint64_t b,
                      const struct esx_cell *b_cell)
{
    return a * b_cell->pcpu_count < b * a_cell->pcpu_count;
}

void esx_cells_place(struct sched *s, struct sched_vm *vm)
{
    struct esx_host *h = esx_host(s);
    struct esx_cell *best = NULL;

    for (unsigned i = 0; i < h->cell_count; i++) {
        struct esx_cell *c = &h->cells[i];

        if (!may_use(vm, c))
            continue;
        if (!best || less_load(c->reserved, c, best->reserved, best) ||
            (!less_load(best->reserved, best, c->reserved, c) &&
             less_load(c->weight, c, best->weight, best)))
            best = c;
    }
    esx_vm(vm)->cell = (unsigned)(best - h->cells);
    best->reserved += vm->config.reservation_pct;
}

/* What a VM with active vCPUs adds to its cell. */
static void join(struct esx_cell *c, const struct sched_vm *vm)
{
    c->active += esx_vm(vm)->active;
    c->weight += vm->config.weight;
    c->reserved += vm->config.reservation_pct;
}

static void leave(struct esx_cell *c, const struct sched_vm *vm)
{
    c->active -= esx_vm(vm)->active;
    c->weight -= vm->config.weight;
    c->reserved -= vm->config.reservation_pct;
}

/* Those who run go to the new queue as they come off their pCPUs. */
static void move(struct sched *s, struct sched_vm *vm, struct esx_cell *to)
{
    struct esx_cell *from = esx_cell_of(s, vm);

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        struct sched_vcpu *v = &vm->vcpus[i];

        if (v->state == SCHED_RUNNING)
            sched_kick(s, &s->pcpus[v->pcpu]);
        esx_vcpu(v)->moves = sched_linked(&esx_vcpu(v)->link);
        if (esx_vcpu(v)->moves)
            esx_leave_queue(s, v);
    }
    leave(from, vm);
    esx_vm(vm)->vt += to->vt - from->vt;
    esx_vm(vm)->cell = (unsigned)(to - esx_host(s)->cells);
    join(to, vm);
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        if (!esx_vcpu(&vm->vcpus[i])->moves)
            continue;
        esx_join_queue(s, &vm->vcpus[i]);
        esx_offer(s, &vm->vcpus[i]);
    }
}

static bool reservation_fits(const struct sched_vm *vm,
                             const struct esx_cell *to)
{
    return to->reserved + vm->config.reservation_pct <= 100u * to->pcpu_count;
}

static bool waits(const struct sched_vm *vm)
{
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        if (esx_may_go(&vm->vcpus[i]))
            return true;
    return false;
}

/* a is to be moved rather than b: it waits, and more of it does. */
static bool pulled_first(const struct sched_vm *a, const struct sched_vm *b)
{
    if (waits(a) != waits(b))
        return waits(a);
    return esx_vm(a)->active > esx_vm(b)->active;
}

static bool has_waiters(const struct esx_cell *c)
{
    for (const struct sched_link *l = c->queue.next; l != &c->queue;
         l = l->next)
        if (esx_may_go(l->vcpu))
            return true;
    return false;
}

/* From a cell where some wait, and that is more crowded even without the VM: it
   waits, or makes room. */
bool esx_cells_pull(struct sched *s, const struct sched_pcpu *p)
{
    struct esx_host *h = esx_host(s);
    struct esx_cell *to = h->cells;
    struct sched_vm *best = NULL;

    while (!pcpu_in(to->pcpus, p->id))
        to++;
    for (unsigned i = 0; i < s->vm_count && h->cell_count > 1; i++) {
        struct sched_vm *vm = &s->vms[i];
        const struct esx_cell *from = esx_cell_of(s, vm);
        unsigned active = esx_vm(vm)->active;

        if (from == to || active == 0 || (best && !pulled_first(vm, best)) ||
            !pcpu_in(vm->config.affinity, p->id) || !reservation_fits(vm, to) ||
            !has_waiters(from))
            continue;
        if (less_load(to->active + active, to, from->active, from))
            best = vm;
    }
    if (best)
        move(s, best, to);
    return best;
}

/* With all pCPUs of both busy before and after. */
static bool may_move(const struct sched_vm *vm, const struct esx_cell *from,
                     const struct esx_cell *to)
{
    return esx_vm(vm)->active != 0 && may_use(vm, to) &&
           reservation_fits(vm, to) &&
           from->active >= from->pcpu_count + esx_vm(vm)->active &&
           to->active >= to->pcpu_count &&
           less_load(to->weight + vm->config.weight, to, from->weight, from);
}

void esx_cells_balance(struct sched *s)
{
    struct esx_host *h = esx_host(s);
    struct esx_cell *most = h->cells, *least = h->cells;
    struct sched_vm *best = NULL;

    for (unsigned i = 1; i < h->cell_count; i++) {
        struct esx_cell *c = &h->cells[i];

        if (less_load(most->weight, most, c->weight, c))
            most = c;
        if (less_load(c->weight, c, least->weight, least))
            least = c;
    }
    for (unsigned i = 0; i < s->vm_count; i++) {
        struct sched_vm *vm = &s->vms[i];

        if (esx_cell_of(s, vm) == most && may_move(vm, most, least) &&
            (!best || vm->config.weight > best->config.weight))
            best = vm;
    }
    if (best)
        move(s, best, least);
}

bool esx_cell_check(const struct sched *s, const struct esx_cell *c,
                    struct error *e)
{
    unsigned waiting = 0, active = 0;

    for (const struct sched_link *l = c->queue.next; l != &c->queue;
         l = l->next, waiting++)
        if (esx_cell_of(s, l->vcpu->vm) != c) {
            error_set(e, STATUS_USAGE, "esx: VM %s waits in another's cell",
                      l->vcpu->vm->config.name);
            return false;
        }
    for (unsigned i = 0; i < s->pcpu_count; i++) {
        const struct sched_pcpu *p = &s->pcpus[i];

        if (!pcpu_in(c->pcpus, i) || !p->current || p->resched ||
            esx_cell_of(s, p->current->vm) == c)
            continue;
        error_set(e, STATUS_USAGE, "esx: VM %s runs in another's cell",
                  p->current->vm->config.name);
        return false;
    }
    for (unsigned i = 0; i < s->vm_count; i++)
        if (esx_cell_of(s, &s->vms[i]) == c)
            active += esx_vm(&s->vms[i])->active;
    if (waiting == c->waiting && active == c->active)
        return true;
    error_set(e, STATUS_USAGE, "esx: %u of %u wait in a cell, counts %u of %u",
              waiting, active, c->waiting, c->active);
    return false;
}
