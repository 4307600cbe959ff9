#include "sim/machine/machine_reset.h"

#include <stdlib.h>

/* What goes on, of one vCPU and the pCPU under it. */
struct past {
    struct counters counters;
    struct ledger ledger;
    struct exit_times exit_times;
    uint64_t now_cycle, retired;
};

/* What went in and out and has not arrived yet. */
struct traffic {
    struct output console, out, err, saved;
    struct input input, keys;
};

bool machine_wants_reset(const struct machine *m)
{
    const struct vm *vm = m->vms[0];
    const struct bus *b = &vm->platform.bus;

    return (b->reset_requested || vm->shut_down) && !b->exited &&
           !b->powered_off;
}

static struct traffic take_traffic(struct bus *b)
{
    const struct output none = {0};
    struct traffic t = {b->console, b->out,   b->err,
                        b->saved,   b->input, b->keys};

    b->console = b->out = b->err = b->saved = none;
    return t;
}

static void give_output(struct output *to, const struct output *from)
{
    output_free(to);
    *to = *from;
}

static void give_traffic(struct bus *b, const struct traffic *t)
{
    give_output(&b->console, &t->console);
    give_output(&b->out, &t->out);
    give_output(&b->err, &t->err);
    give_output(&b->saved, &t->saved);
    b->input = t->input;
    b->keys = t->keys;
}

static struct past past_of(const struct pcpu *p)
{
    return (struct past){.counters = p->vcpu->counters,
                         .ledger = p->vcpu->ledger,
                         .exit_times = p->vcpu->exit_times,
                         .now_cycle = cpu_now(p->cpu),
                         .retired = cpu_retired(p->cpu)};
}

/* Last, what the new CPU has been charged for getting there is forgotten. */
static void continue_from(struct pcpu *p, const struct past *past)
{
    cpu_continue(p->cpu, past->now_cycle, past->retired);
    p->vcpu->counters = past->counters;
    p->vcpu->ledger = past->ledger;
    p->vcpu->exit_times = past->exit_times;
}

enum status machine_reset(struct machine *m, struct error *e)
{
    const struct config *config = m->config;
    const struct technique_ops *technique = m->vms[0]->technique;
    const struct machine_image *image = m->image;
    struct exit_log *exit_log = m->hv.exit_log;
    struct past *pasts = calloc(MACHINE_MAX_PCPUS, sizeof *pasts);
    struct traffic traffic;
    enum status s;

    if (!pasts)
        return error_set(e, STATUS_MEMORY, "out of host memory");
    for (unsigned i = 0; i < m->pcpu_count; i++)
        pasts[i] = past_of(&m->pcpus[i]);
    traffic = take_traffic(&m->vms[0]->platform.bus);
    machine_free(m);
    s = machine_init(m, config, technique, image, e);
    m->hv.exit_log = exit_log;
    for (unsigned i = 0; i < m->pcpu_count && s == STATUS_OK; i++)
        continue_from(&m->pcpus[i], &pasts[i]);
    if (s == STATUS_OK)
        give_traffic(&m->vms[0]->platform.bus, &traffic);
    free(pasts);
    return s;
}
