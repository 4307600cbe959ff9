/*
 * sched_gang_matrix.c - the matrix of gang scheduling: a column for each pCPU,
 * a row for each slot.
 *
 * Source  Ousterhout, "Scheduling techniques for concurrent systems", ICDCS
 *         1982; Feitelson, "Packing schemes for gang scheduling", JSSPP 1996:
 *         re-packing as jobs end.
 */
#include "hypervisor-model/sched/sched_gang.h"

#include <limits.h>

/* The columns of a row that nobody has. */
static pcpu_set_t free_columns(const struct sched *s, unsigned row)
{
    pcpu_set_t free = pcpu_set_first(s->pcpu_count);

    for (const struct sched_vm *vm = gang_first_of_row(s, row); vm;
         vm = gang_vm(vm)->next)
        for (unsigned i = 0; i < vm->config.vcpus; i++)
            free &= ~((pcpu_set_t)1 << gang_column(&vm->vcpus[i]));
    return free;
}

static bool row_has_room(const struct sched *s, unsigned row,
                         const struct sched_vm *vm)
{
    const struct sched_vm *first = gang_first_of_row(s, row);
    pcpu_set_t places = free_columns(s, row) & vm->config.affinity;
    unsigned count = 0;

    for (; places != 0; places &= places - 1)
        count++;
    return count >= vm->config.vcpus &&
           (!first || first->config.weight == vm->config.weight);
}

/* The one of places with the fewest other threads of its core among taken. */
static unsigned best_column(const struct sched *s, pcpu_set_t places,
                            pcpu_set_t taken)
{
    unsigned threads = s->topology.threads_per_core;
    unsigned best = GANG_NO_COLUMN, least = UINT_MAX;

    for (unsigned i = 0; i < s->pcpu_count; i++) {
        pcpu_set_t core = pcpu_set_first(threads) << i / threads * threads;
        unsigned busy = (unsigned)__builtin_popcountll(core & taken);

        if (!pcpu_in(places, i) || busy >= least)
            continue;
        best = i;
        least = busy;
    }
    return best;
}

/* The first row with room; there is one, for no row without VMs is full. */
void gang_give_places(struct sched *s, struct sched_vm *vm)
{
    struct gang_host *g = gang_host(s);
    struct gang_vm *gv = gang_vm(vm);
    pcpu_set_t free;

    gv->row = 0;
    while (!row_has_room(s, gv->row, vm))
        gv->row++;
    free = free_columns(s, gv->row);
    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        unsigned column = best_column(s, free & vm->config.affinity, ~free);

        free &= ~((pcpu_set_t)1 << column);
        ((struct gang_vcpu *)vm->vcpus[i].data)->column = column;
        vm->vcpus[i].pcpu = column;
    }
    gv->next = gang_first_of_row(s, gv->row);
    gang_vm(&s->vms[gv->row])->row_first = vm;
    if (gv->row >= g->rows)
        g->rows = gv->row + 1;
}

void gang_take_places(struct sched *s, struct sched_vm *vm)
{
    struct gang_host *g = gang_host(s);
    struct sched_vm **at = &gang_vm(&s->vms[gang_vm(vm)->row])->row_first;

    while (*at != vm)
        at = &gang_vm(*at)->next;
    *at = gang_vm(vm)->next;
    g->loose = true;
    while (g->rows > 0 && !gang_first_of_row(s, g->rows - 1))
        g->rows--;
    if (g->row >= g->rows)
        g->row = 0;
}

static bool runs(const struct sched_vm *vm)
{
    for (unsigned i = 0; i < vm->config.vcpus; i++)
        if (vm->vcpus[i].state == SCHED_RUNNING)
            return true;
    return false;
}

/* vm, which does not run, to an earlier row if one has room. */
static void move_up(struct sched *s, struct sched_vm *vm)
{
    for (unsigned row = 0; row < gang_vm(vm)->row; row++)
        if (row_has_room(s, row, vm)) {
            gang_take_places(s, vm);
            gang_give_places(s, vm);
            return;
        }
}

void gang_compact(struct sched *s)
{
    struct gang_host *g = gang_host(s);
    struct sched_vm *next;

    if (!g->loose)
        return;
    g->loose = false;
    for (unsigned row = g->rows; row-- > 1;)
        for (struct sched_vm *vm = row < g->rows ? gang_first_of_row(s, row)
                                                 : NULL;
             vm; vm = next) {
            next = gang_vm(vm)->next;
            if (runs(vm))
                g->loose = true;
            else
                move_up(s, vm);
        }
}
