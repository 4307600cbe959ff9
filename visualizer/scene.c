#include "visualizer/scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mmu/mmu_peek.h"

/* What all vCPUs did since power-on. */
static struct run_point done_by_guests(const struct machine *m)
{
    struct run_point sum;

    memset(&sum, 0, sizeof sum);
    for (unsigned n = 0; n < m->vm_count; n++)
        for (unsigned i = 0; i < m->vms[n]->vcpu_count; i++) {
            const struct vcpu *v = m->vms[n]->vcpus[i];

            counters_join(&sum.counters, &v->counters);
            ledger_join(&sum.ledger, &v->ledger);
        }
    sum.cycles = ledger_total(&sum.ledger);
    sum.retired = sum.counters.value[COUNTER_INSTRUCTIONS];
    return sum;
}

struct run_point scene_done(const struct scene *s)
{
    struct run_point done;
    const struct run_point *boot;

    if (!s->run)
        return done_by_guests(s->machine);
    done = run_point_of_all(s->run);
    boot = &s->run->boot_end;
    if (!s->run->measuring)
        return done;
    done.counters = counters_since(&done.counters, &boot->counters);
    done.ledger = ledger_since(&done.ledger, &boot->ledger);
    done.cycles -= boot->cycles;
    done.retired -= boot->retired;
    return done;
}

struct counters scene_counters(const struct scene *s)
{
    const struct counters *now = mmu_counters(scene_pcpu(s)->mmu);

    if (!s->run || !s->run->measuring)
        return *now;
    return counters_since(now, &s->run->boot_ends[s->look->pcpu].counters);
}

struct exit_times scene_exits(const struct scene *s)
{
    const struct machine *m = s->machine;
    struct exit_times sum;

    memset(&sum, 0, sizeof sum);
    for (unsigned n = 0; n < m->vm_count; n++)
        for (unsigned i = 0; i < m->vms[n]->vcpu_count; i++)
            exit_times_merge(&sum, &m->vms[n]->vcpus[i]->exit_times);
    return sum;
}

const struct history *scene_history(const struct scene *s)
{
    return s->run ? s->run->history : NULL;
}

const struct exit_log *scene_exit_log(const struct scene *s)
{
    return s->machine && s->machine->vm_count ? s->machine->vms[0]->hv->exit_log
                                              : NULL;
}

/* Where the last stretch begins; NULL: nothing is kept. */
static const struct history_sample *lately_from(const struct scene *s)
{
    enum { SAMPLES = 16 };
    const struct history *h = scene_history(s);
    const struct history_sample *then = NULL;

    for (unsigned back = SAMPLES; h && back-- > 0 && !then;)
        then = history_recent(h, back);
    return then;
}

bool scene_ipc_lately(const struct scene *s, unsigned pcpu, double *ipc)
{
    const struct history_sample *then = lately_from(s);
    struct history_sample now;

    if (!then || pcpu >= VM_MAX_VCPUS)
        return false;
    now = history_take(s->run);
    if (now.cycles[pcpu] == then->cycles[pcpu])
        return false;
    *ipc = (double)(now.retired[pcpu] - then->retired[pcpu]) /
           (double)(now.cycles[pcpu] - then->cycles[pcpu]);
    return true;
}

bool scene_lately(const struct scene *s, struct run_point *done,
                  uint64_t *cycles)
{
    const struct history_sample *then = lately_from(s);
    struct history_sample now;

    if (!then)
        return false;
    now = history_take(s->run);
    *done = now.done;
    done->counters = counters_since(&now.done.counters, &then->done.counters);
    done->ledger = ledger_since(&now.done.ledger, &then->done.ledger);
    done->cycles -= then->done.cycles;
    done->retired -= then->done.retired;
    *cycles = now.cycle - then->cycle;
    return *cycles != 0;
}

double scene_per_second(const struct scene *s, uint64_t count, uint64_t cycles)
{
    double hz = 1000.0 * (double)s->machine->config->cpu.tsc_khz;

    return cycles ? (double)count * hz / (double)cycles : 0;
}

char *scene_short(uint64_t value, char text[static SCENE_SHORT_BYTES])
{
    static const char units[] = {'k', 'M', 'G', 'T', 'P', 'E'};
    uint64_t unit = 1000;
    unsigned i = 0;

    if (value < 10000) {
        snprintf(text, SCENE_SHORT_BYTES, "%" PRIu64, value);
        return text;
    }
    /* 999.95 would be rounded up to 1000.0. */
    for (; value / unit >= 1000 || value / (unit / 100) >= 99995; i++)
        unit *= 1000;
    snprintf(text, SCENE_SHORT_BYTES, "%.*f%c", value / unit < 100 ? 2 : 1,
             (double)value / (double)unit, units[i]);
    return text;
}

unsigned scene_chosen(const struct scene *s, const enum counter rows[],
                      unsigned count)
{
    const struct look *look = s->look;

    for (unsigned i = 0; i < count; i++)
        if (look->chosen == 1 + (unsigned)rows[i])
            return i;
    return look->top < count ? look->top : count ? count - 1 : 0;
}

const char *scene_mode(const struct pcpu *p, enum style *style)
{
    const struct cpu_state *s = cpu_state_peek(p->cpu);
    const struct guest_control *g = cpu_control(p->cpu);

    if (p->idle || s->halted || s->wait_for_startup) {
        *style = STYLE_DIM;
        return p->vcpu->waits_for_startup ? "off" : "idle";
    }
    if (g->virt == VIRT_DEPRIVED ? g->deprived_kernel : s->cpl < 3) {
        *style = STYLE_KERNEL;
        return "kernel";
    }
    *style = STYLE_USER;
    return "user";
}

/* The guest's memory as a memory of its own: gpa 0 is its first byte. */
static struct memory guest_memory_of(const struct vm *vm)
{
    struct memory m = *vm->hv->dram;

    m.base += vm->memory_base.v;
    m.bytes = vm->memory_end.v;
    m.hole_begin = m.hole_end = 0;
    if (vm->memory_end.v > VM_HOLE_END) {
        m.hole_begin = VM_HOLE_BEGIN;
        m.hole_end = VM_HOLE_END;
    }
    return m;
}

static void guest_tables(const struct scene *s, struct table_root *root)
{
    const struct cpu *c = scene_pcpu(s)->cpu;
    const struct cpu_state *state = cpu_state_peek(c);

    root->title = "the guest's tables";
    root->g = state->cr0 & CR0_PG ? cpu_page_table_geom(c) : NULL;
    root->table = state->cr3;
    memcpy(root->pdpte, state->pdpte, sizeof root->pdpte);
    if (cpu_control(scene_pcpu(s)->cpu)->virt == VIRT_GUEST)
        root->memory = guest_memory_of(scene_pcpu(s)->vcpu->vm);
}

void scene_tables(const struct scene *s, enum tree which,
                  struct table_root *root)
{
    const struct regime *regime = mmu_regime(scene_pcpu(s)->mmu);
    const struct guest_control *g = cpu_control(scene_pcpu(s)->cpu);

    memset(root, 0, sizeof *root);
    root->memory = *scene_pcpu(s)->vcpu->vm->hv->dram;
    switch (which) {
    case TREE_GUEST:
    case TREES:
        guest_tables(s, root);
        break;
    case TREE_SHADOW:
        root->title = "shadow tables";
        root->g = g->virt == VIRT_GUEST && g->shadow ? regime->guest : NULL;
        root->table = regime->guest_root.v;
        memcpy(root->pdpte, regime->pdpte, sizeof root->pdpte);
        break;
    case TREE_NESTED:
        root->title = "nested tables";
        root->g = regime->stage2;
        root->table = regime->stage2_root.v;
        break;
    }
}

size_t scene_tail(const struct scene_output *o, char *to, size_t room)
{
    uint64_t from = o->bytes > room ? o->bytes - room : 0;
    ssize_t got;

    if (o->fd < 0)
        return 0;
    got = pread(o->fd, to, (size_t)(o->bytes - from), (off_t)from);
    return got > 0 ? (size_t)got : 0;
}

char *scene_place(const struct scene *s, uint64_t address,
                  char text[static SCENE_PLACE_BYTES])
{
    const struct symbol *symbol = symbols_at(s->symbols, address);

    text[0] = '\0';
    if (symbol && address == symbol->value)
        snprintf(text, SCENE_PLACE_BYTES, "%.50s", symbol->name);
    else if (symbol)
        snprintf(text, SCENE_PLACE_BYTES, "%.40s+0x%" PRIx64, symbol->name,
                 address - symbol->value);
    return text;
}

bool scene_wants(const struct scene *s, const char *name)
{
    return strstr(name, s->look->filter) != NULL;
}

double scene_percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}
