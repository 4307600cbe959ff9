/*
 * view_overview_host.c - the overview of a scenario: pCPUs and who has them,
 * VMs and what they got.
 */
#include <inttypes.h>

#include "sim/machine/scenario/scenario_host.h"
#include "visualizer/overview.h"
#include "visualizer/scene.h"

enum { NAME_BYTES = SCHED_NAME_BYTES + 8 };

static char *name_vcpu(const struct sched_vcpu *v, char text[NAME_BYTES])
{
    snprintf(text, NAME_BYTES, "%.24s.%u", v->vm->config.name, v->id);
    return text;
}

/* Real code says in which mode it is. */
static const char *mode_of(const struct scene *s, const struct sched_pcpu *p,
                           enum style *style)
{
    *style = STYLE_DIM;
    if (!p->current)
        return "idle";
    *style = STYLE_PLAIN;
    if (s->host->guests[p->current->vm->id].phase)
        return "modelled";
    return scene_mode(&s->machine->pcpus[p->id], style);
}

static void draw_pcpu(const struct scene *s, const struct pane *p, unsigned n)
{
    const struct host *h = &s->host->host;
    const struct sched_pcpu *pcpu = &h->dispatch.sched.pcpus[n];
    const struct host_pcpu *hp = &h->pcpus[n];
    uint64_t busy = hp->now_cycle - hp->idle_cycles;
    struct bar bar = {.x = 49, .y = 0, .style = STYLE_GUEST};
    char name[NAME_BYTES];
    enum style style;
    const char *mode = mode_of(s, pcpu, &style);

    pane_printf(p, place(1, 0), STYLE_STRONG, "%4u", n);
    pane_put(p, place(7, 0), STYLE_PLAIN,
             pcpu->current ? name_vcpu(pcpu->current, name) : "-");
    pane_put(p, place(25, 0), style, mode);
    pane_printf(p, place(34, 0), STYLE_PLAIN, "%6.1f %%",
                scene_percent(busy, hp->now_cycle));
    bar.width = p->width > 62 ? p->width - 62 : 0;
    bar.share = scene_percent(busy, hp->now_cycle) / 100;
    pane_bar(p, &bar);
    pane_printf(p, place(p->width - 12, 0), STYLE_PLAIN, "%11" PRIu64,
                pcpu->switches);
}

static unsigned draw_pcpus(const struct scene *s, const struct pane *p)
{
    unsigned count = s->host->host.dispatch.sched.pcpu_count, y = 1;
    unsigned rows = p->height / 2;

    pane_put(p, place(1, 0), STYLE_DIM,
             "pCPU  runs              mode         busy");
    pane_put(p, place(p->width - 9, 0), STYLE_DIM, "switches");
    for (unsigned i = s->look->pcpu; i < count && y < rows; i++, y++) {
        const struct pane row = pane_part(p, 0, y, p->width, 1);

        draw_pcpu(s, &row, i);
    }
    if (count > y - 1)
        pane_printf(p, place(7, y++), STYLE_DIM,
                    "%u pCPUs; p looks at the next ones", count);
    return y;
}

/* Of all vCPUs of a VM. */
struct vm_figures {
    unsigned in[SCHED_STATES];
    uint64_t cycles[SCHED_STATES], life;
    uint64_t switches, migrations;
};

static struct vm_figures figures_of(const struct sched_vm *vm,
                                    uint64_t now_cycle)
{
    struct vm_figures f = {{0}, {0}, 0, 0, 0};

    for (unsigned i = 0; i < vm->config.vcpus; i++) {
        const struct sched_vcpu *v = &vm->vcpus[i];

        f.in[v->state]++;
        f.switches += v->switches;
        f.migrations += v->migrations;
        for (int state = SCHED_BLOCKED; state < SCHED_STATES; state++) {
            uint64_t cycles = dispatch_state_cycles(
                v, (enum sched_state)state,
                now_cycle > v->since_cycle ? now_cycle : v->since_cycle);

            f.cycles[state] += cycles;
            f.life += cycles;
        }
    }
    return f;
}

static void draw_vm(const struct scene *s, const struct pane *p, unsigned n)
{
    const struct host *h = &s->host->host;
    const struct sched_vm *vm = &h->dispatch.sched.vms[n];
    const struct vm_figures f = figures_of(vm, h->now_cycle);
    double had = scene_percent(f.cycles[SCHED_RUNNING], f.life) *
                 (double)vm->config.vcpus;

    pane_printf(p, place(1, 0), STYLE_STRONG, "%.15s", vm->config.name);
    pane_printf(p, place(17, 0), STYLE_PLAIN, "%6" PRIu32, vm->config.weight);
    if (h->vms[n].ended_cycle != UINT64_MAX) {
        pane_put(p, place(26, 0), STYLE_DIM, "ended");
    } else {
        pane_printf(p, place(26, 0), STYLE_GUEST, "%3u", f.in[SCHED_RUNNING]);
        pane_printf(p, place(32, 0),
                    f.in[SCHED_RUNNABLE] ? STYLE_STRONG : STYLE_DIM, "%3u",
                    f.in[SCHED_RUNNABLE]);
        pane_printf(p, place(38, 0), STYLE_DIM, "%3u", f.in[SCHED_BLOCKED]);
    }
    pane_printf(p, place(42, 0), STYLE_PLAIN,
                "%7.1f %% %7.1f %% %9" PRIu64 " %6" PRIu64, had,
                scene_percent(f.cycles[SCHED_RUNNABLE], f.life), f.switches,
                f.migrations);
}

static unsigned draw_vms(const struct scene *s, const struct pane *p)
{
    unsigned count = s->host->vm_count, y = 1;

    pane_put(p, place(1, 0), STYLE_DIM,
             "VM              weight  runs waits sleeps   had CPU    steal   "
             "switches  moves");
    for (unsigned i = s->look->top; i < count && y < p->height; i++) {
        const struct pane row = pane_part(p, 0, y, p->width, 1);

        if (!scene_wants(s, s->host->sched_vms[i].name))
            continue;
        draw_vm(s, &row, i);
        y++;
    }
    return y;
}

void overview_draw_host(const struct scene *s, const struct pane *p)
{
    unsigned y = draw_pcpus(s, p) + 1;
    struct pane part = pane_below(p, y);

    y += draw_vms(s, &part) + 1;
    if (!s->machine || !scene_pcpu(s)->vcpu || y + 3 >= p->height)
        return;
    part = pane_below(p, y);
    overview_draw_console(scene_pcpu(s)->vcpu->vm, &part);
}
