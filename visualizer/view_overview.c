/*
 * view_overview.c - who runs where, how fast, and what it costs.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/course.h"
#include "visualizer/overview.h"
#include "visualizer/scene.h"

/* Since the program began, of one pCPU. */
static double ipc_of(const struct scene *s, unsigned n)
{
    const struct run_point now = run_point_of(s->run, n);
    const struct run_point *boot = &s->run->boot_ends[n];
    uint64_t cycles = now.cycles - boot->cycles;

    return cycles ? (double)(now.retired - boot->retired) / (double)cycles : 0;
}

static void draw_cpu(const struct scene *s, unsigned n, const struct pane *p,
                     unsigned y)
{
    const struct pcpu *cpu = &s->machine->pcpus[n];
    uint64_t rip = cpu_state_peek(cpu->cpu)->rip;
    char text[32], where[SCENE_PLACE_BYTES];
    enum style style;
    const char *mode = scene_mode(cpu, &style);
    double ipc;

    pane_printf(p, place(1, y), STYLE_STRONG, "%4u", n);
    pane_printf(p, place(7, y), STYLE_PLAIN, "vCPU %u", cpu->vcpu->id);
    pane_put(p, place(15, y), style, mode);
    pane_printf(p, place(23, y), STYLE_PLAIN, "%016" PRIx64 " %12s %5.2f", rip,
                format_count(cpu_retired(cpu->cpu), text, sizeof text),
                ipc_of(s, n));
    if (scene_ipc_lately(s, n, &ipc))
        pane_printf(p, place(59, y), STYLE_PLAIN, "%5.2f", ipc);
    pane_put(p, place(66, y), STYLE_DIM, scene_place(s, rip, where));
}

static unsigned draw_cpus(const struct scene *s, const struct pane *p)
{
    unsigned y = 1;

    pane_put(p, place(1, 0), STYLE_DIM,
             "pCPU  runs    mode    rip              instructions   IPC   now  "
             "where");
    for (unsigned i = 0; i < s->machine->pcpu_count && y + 12 < p->height; i++)
        draw_cpu(s, i, p, y++);
    return y;
}

static unsigned draw_clock(const struct scene *s, const struct pane *p)
{
    uint64_t khz = s->machine->config->cpu.tsc_khz, cycle = 0;
    char cycles[32];
    unsigned x;

    for (unsigned i = 0; i < s->machine->pcpu_count; i++) {
        uint64_t now = cpu_now(s->machine->pcpus[i].cpu);

        cycle = now > cycle ? now : cycle;
    }
    x = pane_printf(p, place(1, 0), STYLE_PLAIN, "clock %s cycles",
                    format_count(cycle, cycles, sizeof cycles));
    if (khz)
        x = pane_printf(p, place(x, 0), STYLE_PLAIN, ": %.3f ms at %.2f GHz",
                        (double)cycle / (double)khz, (double)khz / 1e6);
    if (s->run->measuring)
        pane_printf(
            p, place(x, 0), STYLE_PLAIN, "; the program began at %s",
            format_count(s->run->boot_end_cycle, cycles, sizeof cycles));
    else
        pane_put(p, place(x, 0), STYLE_PLAIN, "; the kernel boots");
    return 2;
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

/* A row of as many cells as there are cycles for each group, of its letter. */
static void draw_bar(const struct pane *p, unsigned y, const char *name,
                     const struct ledger *l)
{
    enum { FROM = 6 };
    uint64_t total = ledger_total(l), sum = 0;
    unsigned width = p->width - FROM - 1, at = 0;
    struct group groups[GROUPS];

    group_ledger(l, groups);
    pane_put(p, place(1, y), STYLE_DIM, name);
    for (unsigned i = 0; i < GROUPS && total; i++) {
        sum += groups[i].cycles;
        for (; at < width && (at + 0.5) * (double)total < (double)sum * width;
             at++)
            pane_printf(p, place(FROM + at, y), groups[i].style, "%c",
                        groups[i].name[0]);
    }
}

static unsigned draw_ledger(const struct scene *s, const struct pane *p)
{
    const struct ledger all = scene_done(s).ledger;
    struct run_point lately;
    struct group groups[GROUPS];
    struct course course;
    uint64_t cycles;
    unsigned x = 1, y = 0;

    group_ledger(&all, groups);
    for (unsigned i = 0; i < GROUPS; i++)
        x = pane_printf(p, place(x, y), groups[i].style, "%s %.1f%%  ",
                        groups[i].name,
                        scene_percent(groups[i].cycles, ledger_total(&all)));
    draw_bar(p, ++y, "all", &all);
    if (scene_lately(s, &lately, &cycles))
        draw_bar(p, ++y, "now", &lately.ledger);
    if (course_make(&course, s, COURSE_RUN, p->width - 7)) {
        pane_put(p, place(1, ++y), STYLE_DIM, "IPC");
        course_sparkline(&course, course_counter(COUNTER_INSTRUCTIONS), p,
                         place(6, y), STYLE_USER);
        course_axis(&course, p, place(6, ++y));
    }
    return y + 2;
}

static unsigned draw_exits(const struct scene *s, const struct pane *p)
{
    const struct exit_times times = scene_exits(s);
    int order[VMEXIT_COUNT], count = exit_times_order(&times, order);
    struct exit_time sum = {0};
    unsigned x;

    if (count == 0)
        return 0;
    for (int i = 0; i < count; i++)
        exit_time_merge(&sum, &times.of[order[i]]);
    x = pane_put(p, place(1, 0), STYLE_DIM, "top exits: ");
    for (int i = 0; i < count && i < 4; i++) {
        const char *name =
            counter_info(counter_of_exit((enum vmexit)order[i]))->name;

        x = pane_printf(p, place(x, 0), STYLE_HYPERVISOR, "%s %" PRIu64 " ",
                        name + sizeof "exit." - 1, times.of[order[i]].count);
        x = pane_printf(
            p, place(x, 0), STYLE_DIM, "(%.1f%%)  ",
            scene_percent(times.of[order[i]].total_cycles, sum.total_cycles));
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

    y += draw_clock(s, &part);
    part = pane_below(p, y);
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
        "A row for each pCPU: which vCPU it runs, in which mode, where, and "
        "instructions in a cycle since the program began and now, which is "
        "the last 130000 instructions or so. A handler of the hypervisor is "
        "one step, so nobody is ever seen in it; its share of the time is in "
        "the bars. They are the ledger, a letter for each group: user "
        "programs, guest kernel, waits for memory, page walks, idle, "
        "hypervisor; all of it since the program began, and now. Below them "
        "instructions in a cycle over the whole run. Then the exits that took "
        "longest (their share of the cycles of all exits), and what the guest "
        "printed.\n"
        "Try: run the same program native and nested, and watch the bars.\n"
        "A scenario has a row for each pCPU (whose vCPU it runs, how busy it "
        "was) and for each VM: how many of its vCPUs run, wait for a pCPU and "
        "sleep, what it had of the CPU (100 % is one pCPU) and the part of its "
        "time that was stolen: it could have run, and others did.",
    .whole_host = true,
    .draw = draw,
};
