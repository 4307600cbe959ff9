/*
 * view_overview.c - who runs where, how fast, and what it costs.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/overview.h"
#include "visualizer/scene.h"

static unsigned draw_cpus(const struct scene *s, const struct pane *p)
{
    const struct machine *m = s->machine;
    unsigned y = 1;

    pane_put(p, place(1, 0), STYLE_DIM,
             "pCPU  runs        mode      rip               instructions  IPC");
    for (unsigned i = 0; i < m->pcpu_count && y + 8 < p->height; i++, y++) {
        const struct pcpu *cpu = &m->pcpus[i];
        uint64_t cycles = cpu_now(cpu->cpu), retired = cpu_retired(cpu->cpu);
        enum style style;
        const char *mode = scene_mode(cpu, &style);
        char text[32], where[SCENE_PLACE_BYTES];

        pane_printf(p, place(1, y), STYLE_STRONG, "%4u", i);
        pane_put(p, place(68, y), STYLE_DIM,
                 scene_place(s, cpu_state_peek(cpu->cpu)->rip, where));
        pane_printf(p, place(7, y), STYLE_PLAIN, "vCPU %u", cpu->vcpu->id);
        pane_put(p, place(19, y), style, mode);
        pane_printf(p, place(29, y), STYLE_PLAIN, "%016" PRIx64 "  %12s  %.2f",
                    cpu_state_peek(cpu->cpu)->rip,
                    format_count(retired, text, sizeof text),
                    cycles ? (double)retired / (double)cycles : 0);
    }
    return y;
}

/* Groups of ledger rows, as the stacked bar has them. */
struct group {
    const char *name;
    enum style style;
    uint64_t cycles;
};

enum { GROUPS = 6, TAIL_BYTES = 8192 };

static void group_ledger(const struct ledger *l, struct group out[GROUPS])
{
    const struct group groups[GROUPS] = {
        {"user", STYLE_USER, l->cycles[LEDGER_USER]},
        {"kernel", STYLE_KERNEL,
         l->cycles[LEDGER_KERNEL] + l->cycles[LEDGER_DELIVERY]},
        {"memory", STYLE_MEMORY,
         l->cycles[LEDGER_STALL_L2] + l->cycles[LEDGER_STALL_L3] +
             l->cycles[LEDGER_STALL_DRAM]},
        {"walks", STYLE_GUEST,
         l->cycles[LEDGER_TLB_L2_HIT] + l->cycles[LEDGER_WALK_GUEST] +
             l->cycles[LEDGER_WALK_HOST]},
        {"idle", STYLE_DIM, l->cycles[LEDGER_IDLE] + l->cycles[LEDGER_STEAL]},
        {"hypervisor", STYLE_HYPERVISOR, 0},
    };
    uint64_t known = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        out[i] = groups[i];
        known += groups[i].cycles;
    }
    out[GROUPS - 1].cycles = ledger_total(l) - known;
}

static unsigned draw_ledger(const struct scene *s, const struct pane *p)
{
    const struct ledger ledger = scene_done(s).ledger;
    uint64_t total = ledger_total(&ledger), sum = 0;
    unsigned width = p->width - 2, begin = 0, x = 1;
    struct group groups[GROUPS];

    group_ledger(&ledger, groups);
    for (unsigned i = 0; i < GROUPS; i++) {
        unsigned end;
        struct bar bar = {
            .x = 1 + begin, .y = 0, .share = 1, .style = groups[i].style};

        sum += groups[i].cycles;
        end = total ? (unsigned)((double)sum / (double)total * width + 0.5) : 0;
        bar.width = end - begin;
        pane_bar(p, &bar);
        begin = end;
        x = pane_printf(p, place(x, 1), groups[i].style, "%s %.1f%%  ",
                        groups[i].name, scene_percent(groups[i].cycles, total));
    }
    return 3;
}

static unsigned draw_exits(const struct scene *s, const struct pane *p)
{
    const struct exit_times times = scene_exits(s);
    int order[VMEXIT_COUNT], count = exit_times_order(&times, order);
    unsigned x;

    if (count == 0)
        return 0;
    x = pane_put(p, place(1, 0), STYLE_DIM, "top exits: ");
    for (int i = 0; i < count && i < 4; i++) {
        const char *name =
            counter_info(counter_of_exit((enum vmexit)order[i]))->name;

        x = pane_printf(p, place(x, 0), STYLE_HYPERVISOR, "%s %" PRIu64 "  ",
                        name + sizeof "exit." - 1, times.of[order[i]].count);
    }
    return 2;
}

/* The last lines of a text that fit below a heading; returns the rows used. */
static unsigned draw_tail(const struct pane *p, const char *heading,
                          const char *text, size_t bytes)
{
    size_t from = bytes;
    unsigned room = p->height > 1 ? p->height - 1 : 0, rows = 0, y = 0;

    if (bytes == 0 || room == 0)
        return 0;
    pane_put(p, place(1, 0), STYLE_DIM, heading);
    for (; from > 0; from--) {
        rows += text[from - 1] == '\n' && from < bytes;
        if (rows == room)
            break;
    }
    while (from < bytes && y < room) {
        const char *end = memchr(text + from, '\n', bytes - from);
        size_t line = end ? (size_t)(end - text) - from : bytes - from;

        pane_printf(p, place(2, 1 + y++), STYLE_PLAIN, "%.*s", (int)line,
                    text + from);
        from += line + 1;
    }
    return y + 2;
}

unsigned overview_draw_console(const struct vm *vm, const struct pane *p)
{
    const struct output *console = &vm->platform.bus.console;

    return draw_tail(p, "the guest's console", (const char *)console->data,
                     console->bytes);
}

static void draw_texts(const struct scene *s, const struct pane *p)
{
    char text[TAIL_BYTES];
    size_t bytes = scene_tail(&s->err, text, sizeof text);
    struct pane part = pane_part(p, 0, 0, p->width, p->height / 3);
    unsigned y = overview_draw_console(s->machine->vms[0], &part);

    part = pane_part(p, 0, y, p->width, p->height / 3);
    y += draw_tail(&part, "what the program wrote to stderr", text, bytes);
    part = pane_below(p, y);
    bytes = scene_tail(&s->out, text, sizeof text);
    draw_tail(&part, "what the program wrote", text, bytes);
}

static void draw_machine(const struct scene *s, const struct pane *p)
{
    unsigned y = draw_cpus(s, p) + 1;
    struct pane part = pane_below(p, y);

    y += draw_ledger(s, &part);
    part = pane_below(p, y);
    y += draw_exits(s, &part);
    part = pane_below(p, y);
    draw_texts(s, &part);
}

static void draw(const struct scene *s, const struct pane *p)
{
    if (s->host)
        overview_draw_host(s, p);
    else
        draw_machine(s, p);
}

const struct view view_overview = {
    .name = "overview",
    .key = '1',
    .title = "Overview",
    .sentence = "who runs where, where the cycles go, what the guest says",
    .help =
        "A row for each pCPU: which vCPU it runs and in which mode. The bar "
        "is the ledger since the program began: programs, guest kernel, "
        "waits for memory, page walks, idle, hypervisor. Below, the exits "
        "that took longest, and what the guest printed.\n"
        "Try: run the same program native and nested, and watch the bar.\n"
        "A scenario has a row for each pCPU (whose vCPU it runs, how busy it "
        "was) and for each VM: how many of its vCPUs run, wait for a pCPU and "
        "sleep, what it had of the CPU (100 % is one pCPU) and the part of its "
        "time that was stolen: it could have run, and others did.",
    .whole_host = true,
    .draw = draw,
};
