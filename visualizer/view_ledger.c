/*
 * view_ledger.c - where the cycles went.
 */
#include "sim/machine/report.h"
#include "visualizer/scene.h"

static enum style style_of(enum ledger_row row)
{
    switch (row) {
    case LEDGER_USER:
        return STYLE_USER;
    case LEDGER_KERNEL:
    case LEDGER_DELIVERY:
        return STYLE_KERNEL;
    case LEDGER_STALL_L2:
    case LEDGER_STALL_L3:
    case LEDGER_STALL_DRAM:
        return STYLE_MEMORY;
    case LEDGER_TLB_L2_HIT:
    case LEDGER_WALK_GUEST:
        return STYLE_GUEST;
    case LEDGER_WALK_HOST:
        return STYLE_HOST;
    case LEDGER_IDLE:
    case LEDGER_STEAL:
        return STYLE_DIM;
    default: /* handlers too, which vmexit.def makes */
        return STYLE_HYPERVISOR;
    }
}

/* Rows with cycles, by falling cycles; ties by number. */
static unsigned sort_rows(const struct ledger *l, enum ledger_row order[])
{
    unsigned count = 0;

    for (int row = 0; row < LEDGER_COUNT; row++) {
        unsigned at = count;

        if (l->cycles[row] == 0)
            continue;
        for (; at > 0 && l->cycles[order[at - 1]] < l->cycles[row]; at--)
            order[at] = order[at - 1];
        order[at] = (enum ledger_row)row;
        count++;
    }
    return count;
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct ledger ledger = scene_done(s).ledger;
    uint64_t total = ledger_total(&ledger);
    enum ledger_row order[LEDGER_COUNT];
    unsigned count = sort_rows(&ledger, order), y = 1;
    char text[32];

    pane_put(p, place(1, 0), STYLE_DIM,
             "row                             cycles  share");
    for (unsigned i = s->look->top; i < count && y + 1 < p->height; i++) {
        const char *name = ledger_info(order[i])->name;
        uint64_t cycles = ledger.cycles[order[i]];
        struct bar bar = {.x = 48,
                          .y = y,
                          .width = p->width > 50 ? p->width - 50 : 0,
                          .share = scene_percent(cycles, total) / 100,
                          .style = style_of(order[i])};

        if (!scene_wants(s, name))
            continue;
        pane_put(p, place(1, y), style_of(order[i]), name);
        pane_printf(p, place(24, y), STYLE_PLAIN, "%14s %5.1f%%",
                    format_count(cycles, text, sizeof text),
                    scene_percent(cycles, total));
        pane_bar(p, &bar);
        y++;
    }
    pane_printf(p, place(1, y), STYLE_STRONG, "%-22s %14s", "all",
                format_count(total, text, sizeof text));
}

const struct view view_ledger = {
    .name = "ledger",
    .key = '0',
    .title = "Ledger",
    .sentence = "where each cycle went; the rows sum to the clock",
    .help = "Every cycle of every pCPU is in exactly one row: instructions of "
            "programs and of the guest kernel, waits for memory by level, page "
            "walks by stage, world switches, each handler of the hypervisor. "
            "`ringside explain walk.host` says what a row is.\n"
            "Try: which row grows most from native to nested?",
    .draw = draw,
};
