/*
 * view_counters.c - any counter, as a number and a rate.
 */
#include "sim/machine/report.h"
#include "visualizer/scene.h"

static void draw(const struct scene *s, const struct pane *p)
{
    const struct run_point done = scene_done(s);
    unsigned y = 1, skip = s->look->top;

    pane_put(p, place(1, 0), STYLE_DIM,
             "counter                            count  per 1000 instr.  what");
    for (int i = 0; i < COUNTER_COUNT && y < p->height; i++) {
        const struct counter_info *info = counter_info((enum counter)i);
        uint64_t count = done.counters.value[i];
        char text[32];

        if (count == 0 || !scene_wants(s, info->name))
            continue;
        if (skip > 0) {
            skip--;
            continue;
        }
        pane_put(p, place(1, y), STYLE_PLAIN, info->name);
        pane_printf(p, place(26, y), STYLE_STRONG, "%15s",
                    format_count(count, text, sizeof text));
        if (done.retired)
            pane_printf(p, place(42, y), STYLE_PLAIN, "%16.3f",
                        1000.0 * (double)count / (double)done.retired);
        pane_put(p, place(60, y++), STYLE_DIM, info->sentence);
    }
}

const struct view view_counters = {
    .name = "counters",
    .key = 'c',
    .title = "Counters",
    .sentence = "every counter that has counted",
    .help = "Counts since the program began (or since power-on), and how many "
            "there were for each thousand instructions. Names are perf-like; "
            "`ringside explain NAME` tells more.\n"
            "Try: --filter walk, and step by walk.",
    .draw = draw,
};
