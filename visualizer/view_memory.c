/*
 * view_memory.c - the host's memory, frame by frame: whose it is, and for what.
 *
 * A cell stands for as many frames as it takes to show all of them; of many, a
 * sample.  A frame of which the sampled words are zero counts as empty.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/core/units.h"
#include "visualizer/scene.h"

enum use {
    USE_EMPTY,
    USE_GUEST,
    USE_CODE,
    USE_HYPERVISOR,
    USE_GUEST_TABLE,
    USE_HOST_TABLE,
    USES
};

static const struct {
    const char *letter, *name;
    enum style style;
} uses[USES] = {
    {"\u00b7", "empty", STYLE_DIM},
    {"g", "guest", STYLE_USER},
    {"x", "guest code that ran", STYLE_MEMORY},
    {"h", "hypervisor", STYLE_KERNEL},
    {"T", "guest's page table", STYLE_GUEST},
    {"S", "shadow or nested table", STYLE_HYPERVISOR},
};

enum { MOST_TABLES = 4096, SAMPLES = 32, WORDS = 16 };

/* Frames that are page tables, in no order. */
struct tables {
    struct {
        uint64_t frame;
        enum use use;
    } of[MOST_TABLES];
    unsigned count;
};

static void add_table(struct tables *t, uint64_t at, enum use use)
{
    if (t->count == MOST_TABLES)
        return;
    t->of[t->count].frame = at / PAGE_BYTES;
    t->of[t->count++].use = use;
}

/* to_host: from the tree's addresses to the host's. */
static void collect(struct tables *t, const struct table_root *root,
                    uint64_t to_host, enum use use)
{
    struct table_walk walk;
    struct table_row row;

    if (!root->g)
        return;
    add_table(t, (root->table & PTE_ADDRESS) + to_host, use);
    table_walk_begin(&walk, root);
    while (table_walk_next(&walk, &row))
        if (!row.leaf)
            add_table(t, row.target + to_host, use);
}

static bool is_empty(const struct memory *m, uint64_t frame)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < WORDS; i++)
        sum |= memory_read64(
            m, hpa(frame * PAGE_BYTES + i * (PAGE_BYTES / WORDS)));
    return sum == 0;
}

static enum use use_of(const struct scene *s, uint64_t frame)
{
    const struct vm *vm = scene_pcpu(s)->vcpu->vm;
    const struct memory *m = vm->hv->dram;
    uint64_t at = frame * PAGE_BYTES;

    if (is_empty(m, frame))
        return USE_EMPTY;
    if (at < vm->memory_base.v || at - vm->memory_base.v >= vm->memory_end.v)
        return USE_HYPERVISOR;
    return m->code[frame] ? USE_CODE : USE_GUEST;
}

/* The most telling use among the frames of a cell. */
static enum use use_of_cell(const struct scene *s, const struct tables *t,
                            uint64_t first, uint64_t frames)
{
    uint64_t step = frames > SAMPLES ? frames / SAMPLES : 1;
    enum use use = USE_EMPTY;

    for (unsigned i = 0; i < t->count; i++)
        if (t->of[i].frame >= first && t->of[i].frame < first + frames &&
            t->of[i].use > use)
            use = t->of[i].use;
    for (uint64_t i = 0; use < USE_HYPERVISOR && i < frames; i += step) {
        enum use one = use_of(s, first + i);

        use = one > use ? one : use;
    }
    return use;
}

static void draw_legend(const struct pane *p, const uint64_t cells[USES])
{
    unsigned x = 1;

    for (unsigned i = 0; i < USES; i++) {
        if (cells[i] == 0)
            continue;
        x = pane_printf(p, place(x, 0), uses[i].style, "%s ", uses[i].letter);
        x = pane_printf(p, place(x, 0), STYLE_PLAIN, "%s  ", uses[i].name);
    }
}

static void draw_map(const struct scene *s, const struct tables *t,
                     const struct pane *p)
{
    const struct memory *m = scene_pcpu(s)->vcpu->vm->hv->dram;
    unsigned columns = p->width - 15, rows = p->height - 3;
    uint64_t all = m->bytes / PAGE_BYTES, cells = (uint64_t)columns * rows;
    uint64_t frames = (all + cells - 1) / cells, counts[USES] = {0};
    char size[32];

    for (unsigned y = 0; y < rows && y * columns * frames < all; y++) {
        pane_printf(p, place(1, 2 + y), STYLE_DIM, "%011" PRIx64,
                    (uint64_t)y * columns * frames * PAGE_BYTES);
        for (unsigned x = 0; x < columns; x++) {
            uint64_t first = ((uint64_t)y * columns + x) * frames;
            enum use use;

            if (first >= all)
                break;
            use = use_of_cell(s, t, first,
                              frames < all - first ? frames : all - first);
            counts[use]++;
            pane_put(p, place(13 + x, 2 + y), uses[use].style,
                     uses[use].letter);
        }
    }
    draw_legend(p, counts);
    pane_printf(p, place(1, p->height - 1), STYLE_DIM,
                "each cell: %s of the host's memory; addresses are hpa",
                units_format(frames * PAGE_BYTES, size, sizeof size));
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct vm *vm = scene_pcpu(s)->vcpu->vm;
    struct tables *t = calloc(1, sizeof *t);
    struct table_root root;

    if (!t || p->width < 20 || p->height < 5) {
        free(t);
        return;
    }
    scene_tables(s, TREE_GUEST, &root);
    collect(t, &root,
            root.memory.base == vm->hv->dram->base ? 0 : vm->memory_base.v,
            USE_GUEST_TABLE);
    scene_tables(s, TREE_SHADOW, &root);
    collect(t, &root, 0, USE_HOST_TABLE);
    scene_tables(s, TREE_NESTED, &root);
    collect(t, &root, 0, USE_HOST_TABLE);
    draw_map(s, t, p);
    free(t);
}

const struct view view_memory = {
    .name = "memory",
    .key = '5',
    .title = "Memory map",
    .sentence = "the host's memory by owner and use",
    .help = "From the lowest address to the highest, a cell for as many frames "
            "as it takes: the guest's memory, of which code has run, page "
            "tables of the address space that runs now, the hypervisor's own "
            "and its shadow or nested tables. A cell shows the most telling "
            "of its frames.\n"
            "Try: under shadow, watch the shadow tables come and go with a "
            "fork.",
    .draw = draw,
};
