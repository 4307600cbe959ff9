/*
 * map_guest.c - guest-physical memory, as far as tables tell what it is.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "visualizer/frame_uses.h"
#include "visualizer/memory_maps.h"
#include "visualizer/scene.h"

/* The more telling, the later. */
enum page_use {
    PAGE_ABSENT,
    PAGE_ZERO,
    PAGE_KERNEL,
    PAGE_CODE,
    PAGE_MAPPED,
    PAGE_READ,
    PAGE_WRITTEN,
    PAGE_DEVICE,
    PAGE_TABLE,
    PAGE_USES
};

static const struct map_letter letters[PAGE_USES] = {
    {"-", "not given yet", STYLE_DIM},     {"\u00b7", "zero", STYLE_DIM},
    {"k", "kernel or free", STYLE_KERNEL}, {"x", "code", STYLE_MEMORY},
    {"u", "program", STYLE_USER},          {"a", "read", STYLE_USER},
    {"d", "written", STYLE_CHANGED},       {"o", "devices", STYLE_FAULT},
    {"T", "guest table", STYLE_GUEST},
};

struct guest_map {
    const struct vm *vm;
    struct frame_uses *frames;
    uint64_t pages;
    uint8_t *user;  /* by page: PAGE_MAPPED, _READ, _WRITTEN; 0: no program's */
    bool *given;    /* by page: the second stage or the shadow has it */
    bool two_stage; /* given says something */
    uint64_t sizes[PT_MAX_LEVELS + 1]; /* leaves of the host, by level */
};

static void mark_user(struct guest_map *m, const struct table_row *row,
                      uint64_t page)
{
    uint8_t use = row->entry & PTE_D   ? PAGE_WRITTEN
                  : row->entry & PTE_A ? PAGE_READ
                                       : PAGE_MAPPED;

    if (page < m->pages && m->user[page] < use)
        m->user[page] = use;
}

/* base: of the addresses in the tables. */
static void mark_program(struct guest_map *m, const struct table_root *root,
                         uint64_t base)
{
    struct table_walk walk;
    struct table_row row;

    table_walk_begin(&walk, root);
    walk.by_flags = true;
    while (table_walk_next(&walk, &row)) {
        uint64_t pages = (row.last - row.first + 1) *
                         (pt_span_bytes(root->g, row.level) / PAGE_BYTES);

        if (!row.leaf || !(row.entry & PTE_U) || row.address >> 63)
            continue;
        for (uint64_t i = 0; i < pages; i++)
            mark_user(m, &row, (row.target - base) / PAGE_BYTES + i);
    }
}

/* What the host has given: by gpa, or behind a shadow's leaves. */
static void mark_given(struct guest_map *m, const struct table_root *root,
                       bool by_target)
{
    struct table_walk walk;
    struct table_row row;

    if (!root->g)
        return;
    m->two_stage = true;
    table_walk_begin(&walk, root);
    while (table_walk_next(&walk, &row)) {
        uint64_t at =
            by_target ? row.target - m->vm->memory_base.v : row.address;
        uint64_t leaves = row.last - row.first + 1;
        uint64_t pages =
            leaves * (pt_span_bytes(root->g, row.level) / PAGE_BYTES);

        if (!row.leaf)
            continue;
        m->sizes[row.level] += leaves;
        for (uint64_t i = 0; i < pages; i++)
            if (at / PAGE_BYTES + i < m->pages)
                m->given[at / PAGE_BYTES + i] = true;
    }
}

static enum page_use use_of(const struct guest_map *m, uint64_t page)
{
    uint64_t at = page * PAGE_BYTES;
    uint64_t frame = (at + m->vm->memory_base.v) / PAGE_BYTES;
    enum frame_use use;

    if (at >= VM_HOLE_BEGIN && at < VM_HOLE_END &&
        m->vm->memory_end.v > VM_HOLE_END)
        return PAGE_DEVICE;
    use = frame_table_use(m->frames, frame);
    if (use == FRAME_GUEST_TABLE)
        return PAGE_TABLE;
    if (m->user[page])
        return (enum page_use)m->user[page];
    if (frame_use(m->frames, frame) == FRAME_CODE)
        return PAGE_CODE;
    if (m->two_stage && !m->given[page])
        return PAGE_ABSENT;
    return frame_is_zero(m->frames, frame) ? PAGE_ZERO : PAGE_KERNEL;
}

static void draw_cells(const struct guest_map *g, const struct cell_map *m,
                       uint64_t counts[PAGE_USES])
{
    for (unsigned y = 0; y < m->rows; y++) {
        unsigned from = cell_map_begin_row(m, y);

        for (unsigned x = 0; x < m->columns; x++) {
            uint64_t first, pages = cell_map_pages(m, x, y, &first);
            enum page_use most = PAGE_ABSENT;

            if (pages == 0)
                return;
            for (uint64_t i = 0; i < pages && most < PAGE_TABLE; i++) {
                enum page_use use = use_of(g, first + i);

                most = use > most ? use : most;
            }
            counts[most]++;
            pane_put(m->pane, place(from + x, 2 + y), letters[most].style,
                     letters[most].letter);
        }
    }
}

static void draw_sizes(const struct guest_map *g, const struct pane *p)
{
    uint64_t given = 0;

    for (uint64_t i = 0; i < g->pages; i++)
        given += g->given[i];
    if (g->two_stage)
        pane_printf(p, place(1, 1), STYLE_DIM,
                    "the host's tables have %" PRIu64 " of %" PRIu64
                    " pages, by 4K: %" PRIu64 ", 2M: %" PRIu64 ", 1G: %" PRIu64,
                    given, g->pages, g->sizes[1], g->sizes[2], g->sizes[3]);
}

static void mark(struct guest_map *g, const struct scene *s)
{
    struct table_root root;

    scene_tables(s, TREE_GUEST, &root);
    mark_program(
        g, &root,
        root.memory.base == g->vm->hv->dram->base ? g->vm->memory_base.v : 0);
    scene_tables(s, TREE_SHADOW, &root);
    mark_given(g, &root, true);
    scene_tables(s, TREE_NESTED, &root);
    mark_given(g, &root, false);
}

void map_guest_draw(const struct scene *s, const struct pane *p)
{
    const struct vm *vm = scene_pcpu(s)->vcpu->vm;
    struct guest_map g = {.vm = vm,
                          .frames = frame_uses_new(s),
                          .pages = vm->memory_end.v / PAGE_BYTES};
    uint64_t counts[PAGE_USES] = {0};

    g.user = calloc(g.pages + 1, sizeof *g.user);
    g.given = calloc(g.pages + 1, sizeof *g.given);
    if (g.frames && g.user && g.given) {
        const struct cell_map m = cell_map_make(s, p, g.pages);

        mark(&g, s);
        draw_cells(&g, &m, counts);
        map_legend_draw(p, 0, letters, counts, PAGE_USES);
        draw_sizes(&g, p);
        cell_map_draw_scale(&m, "guest-physical memory");
    }
    free(g.user);
    free(g.given);
    frame_uses_free(g.frames);
}
