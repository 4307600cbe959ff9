/*
 * view_exits.c - trips into the hypervisor by reason, as kvm_stat has them.
 */
#include <inttypes.h>

#include "sim/machine/report.h"
#include "visualizer/scene.h"

static void draw_row(const struct pane *p, unsigned y, const char *name,
                     const struct exit_time *t, const struct exit_time *sum)
{
    char count[32], total[32], most[32];
    struct bar bar = {
        .x = 73,
        .y = y,
        .width = p->width > 75 ? p->width - 75 : 0,
        .share = scene_percent(t->total_cycles, sum->total_cycles) / 100,
        .style = STYLE_HYPERVISOR};

    pane_put(p, place(1, y), STYLE_PLAIN, name);
    pane_printf(p, place(20, y), STYLE_PLAIN,
                "%10s %13s %5.1f%% %7" PRIu64 " %7" PRIu64 " %10s",
                format_count(t->count, count, sizeof count),
                format_count(t->total_cycles, total, sizeof total),
                scene_percent(t->total_cycles, sum->total_cycles),
                t->least_cycles, t->total_cycles / t->count,
                format_count(t->most_cycles, most, sizeof most));
    pane_bar(p, &bar);
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct exit_times times = scene_exits(s);
    struct exit_time sum = {0};
    int order[VMEXIT_COUNT], count = exit_times_order(&times, order);
    unsigned y = 1;

    for (int i = 0; i < VMEXIT_COUNT; i++)
        exit_time_merge(&sum, &times.of[i]);
    if (sum.count == 0) {
        pane_put(p, place(1, 0), STYLE_DIM,
                 "no exits: nobody but the guest has run yet");
        return;
    }
    pane_put(p, place(1, 0), STYLE_DIM,
             "reason                  exits        cycles   share   least "
             "average       most");
    for (int i = (int)s->look->top; i < count && y + 1 < p->height; i++) {
        const char *name =
            counter_info(counter_of_exit((enum vmexit)order[i]))->name +
            sizeof "exit." - 1;

        if (scene_wants(s, name))
            draw_row(p, y++, name, &times.of[order[i]], &sum);
    }
    draw_row(p, y, "all", &sum, &sum);
}

const struct view view_exits = {
    .name = "exits",
    .key = '7',
    .title = "Exits",
    .sentence = "trips into the hypervisor: how many, how long, why",
    .help =
        "A row for each reason, named as in the Intel SDM's table of basic "
        "exit reasons: how often since the program began (or since power-on), "
        "the cycles from exit to entry, world switch included, their share of "
        "all, and the least, average and most that one took.\n"
        "Try: the same program under shadow and nested; then "
        "--set exit.roundtrip_cycles twice as dear.",
    .draw = draw,
};
