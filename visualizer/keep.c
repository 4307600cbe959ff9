#include "visualizer/keep.h"

static void keep_exits(const struct machine *m, struct exit_log *log)
{
    for (unsigned i = 0; i < m->vm_count; i++)
        m->vms[i]->hv->exit_log = log;
}

void keep_begin(struct kept *k, const struct machine *machine, struct run *run)
{
    if (run) {
        history_init(&k->history, run);
        run->history = &k->history;
    }
    if (!machine)
        return;
    keep_exits(machine, &k->exits);
    for (unsigned i = 0; i < machine->pcpu_count; i++) {
        mmu_set_walk_log(machine->pcpus[i].mmu, &k->walks[i]);
        mmu_set_log(machine->pcpus[i].mmu, &k->places[i]);
    }
}

void keep_end(const struct machine *machine, struct run *run)
{
    if (run)
        run->history = NULL;
    if (!machine)
        return;
    keep_exits(machine, NULL);
    for (unsigned i = 0; i < machine->pcpu_count; i++) {
        mmu_set_walk_log(machine->pcpus[i].mmu, NULL);
        mmu_set_log(machine->pcpus[i].mmu, NULL);
    }
}
