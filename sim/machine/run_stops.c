#include "sim/machine/run_stops.h"

#include "sim/machine/history.h"

uint64_t run_own_instruction(const struct run *r, const struct pcpu *p,
                             uint64_t all)
{
    uint64_t done = run_instructions(r), retired = cpu_retired(p->cpu);
    uint64_t left = all > done ? all - done : 0;

    return left > UINT64_MAX - retired ? UINT64_MAX : retired + left;
}

void run_limit_instructions(const struct run *r, const struct pcpu *p,
                            uint64_t all, struct cpu_budget *budget)
{
    uint64_t last = run_own_instruction(r, p, all);

    if (last < budget->until_instruction)
        budget->until_instruction = last;
}

static bool has_cells(const struct run_stop *stop)
{
    return stop->addresses && stop->addresses->cell_count > 0;
}

void run_stops_begin(const struct run *r, struct run_stop *stop)
{
    if (has_cells(stop))
        cpu_cells_look(stop->addresses, &r->machine->dram, &stop->cells);
}

/*
 * Has somebody other than an instruction changed a cell, since `from`?  Then
 * the run stops at the next boundary: between two of them is no place to be.
 */
static void look_at_cells(const struct run *r, struct run_stop *stop,
                          uint64_t from)
{
    uint64_t next = run_instructions(r);

    if (!has_cells(stop) || stop->watched.valid ||
        !cpu_cells_changed(stop->addresses, &r->machine->dram, &stop->cells,
                           &stop->watched))
        return;
    stop->watched.outside = true;
    stop->watched_from = from;
    if (next < from + 1)
        next = from + 1;
    if (next < stop->until_instruction)
        stop->until_instruction = next;
}

void run_stops_limit(const struct run *r, const struct pcpu *p,
                     struct cpu_budget *budget)
{
    struct run_stop *stop = r->stop;

    if (r->history)
        run_limit_instructions(r, p, history_due(r->history), budget);
    budget->transparent = stop || r->history;
    if (!stop)
        return;
    look_at_cells(r, stop, run_instructions(r));
    run_limit_instructions(r, p, stop->until_instruction, budget);
    if (p == stop->own && stop->own_until < budget->until_instruction)
        budget->until_instruction = stop->own_until;
    budget->stops = stop->addresses;
}

/* The turn would have gone on here. */
static bool is_theirs(const struct pcpu *p, const struct cpu_event *event)
{
    return event->kind == CPU_EVENT_STOP ||
           (event->kind == CPU_EVENT_BUDGET &&
            !cpu_limit_reached(p->cpu, &p->turn.limits));
}

bool run_stops_take(const struct run *r, const struct pcpu *p,
                    const struct cpu_event *event)
{
    struct run_stop *stop = r->stop;

    if (r->history)
        history_follow(r->history, r);
    if (stop) {
        stop->handled_from = run_instructions(r);
        stop->at_address = event->kind == CPU_EVENT_STOP;
        stop->reached =
            stop->at_address ||
            run_instructions(r) >= stop->until_instruction ||
            (stop->own && cpu_retired(stop->own->cpu) >= stop->own_until);
    }
    return (stop || r->history) && is_theirs(p, event);
}

void run_stops_note(const struct run *r, const struct pcpu *p)
{
    struct run_stop *stop = r->stop;
    struct cpu_watch_hit hit;

    if (!stop || !stop->addresses ||
        stop->addresses->watch_count + stop->addresses->cell_count == 0)
        return;
    hit = cpu_take_watch_hit(p->cpu);
    if (!hit.valid || stop->watched.valid) {
        look_at_cells(r, stop, stop->handled_from);
        return;
    }
    if (has_cells(stop))
        cpu_cells_look(stop->addresses, &r->machine->dram, &stop->cells);
    stop->reached = true;
    stop->watched = hit;
    stop->watched_from =
        run_instructions(r) - (cpu_retired(p->cpu) - hit.retired);
}
