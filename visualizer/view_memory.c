/*
 * view_memory.c - memory: of the host, of the guest, of the address space that
 * runs.
 */
#include <inttypes.h>

#include "sim/core/units.h"
#include "visualizer/memory_maps.h"

extern const struct view view_memory;

enum { ADDRESS_WIDTH = 13, HEAD_ROWS = 2, ZOOM_FACTOR = 8 };

/* The next smaller power of the factor, and as many steps finer. */
static uint64_t zoomed(uint64_t pages_per_cell, unsigned zoom)
{
    uint64_t unit = 1;

    if (zoom == 0)
        return pages_per_cell;
    while (unit * ZOOM_FACTOR < pages_per_cell)
        unit *= ZOOM_FACTOR;
    for (; zoom > 1 && unit > 1; zoom--)
        unit /= ZOOM_FACTOR;
    return unit;
}

struct cell_map cell_map_make(const struct scene *s, const struct pane *p,
                              uint64_t pages)
{
    struct cell_map m = {.pane = p,
                         .pages = pages,
                         .columns = p->width - ADDRESS_WIDTH - 2,
                         .rows = p->height - HEAD_ROWS - 1};
    uint64_t cells = (uint64_t)m.columns * m.rows;

    m.pages_per_cell = zoomed((pages + cells - 1) / cells, s->look->zoom);
    if (s->look->zoom)
        m.first = (uint64_t)s->look->top * m.columns * m.pages_per_cell;
    return m;
}

uint64_t cell_map_pages(const struct cell_map *m, unsigned x, unsigned y,
                        uint64_t *first)
{
    uint64_t cell = (uint64_t)y * m->columns + x;

    *first = m->first + cell * m->pages_per_cell;
    if (*first >= m->pages)
        return 0;
    return m->pages_per_cell < m->pages - *first ? m->pages_per_cell
                                                 : m->pages - *first;
}

unsigned cell_map_begin_row(const struct cell_map *m, unsigned y)
{
    uint64_t first;

    if (cell_map_pages(m, 0, y, &first))
        pane_printf(m->pane, place(1, HEAD_ROWS + y), STYLE_DIM, "%011" PRIx64,
                    first * PAGE_BYTES);
    return ADDRESS_WIDTH;
}

void cell_map_draw_scale(const struct cell_map *m, const char *what)
{
    char size[32];

    pane_printf(m->pane, place(1, m->pane->height - 1), STYLE_DIM,
                "each cell: %s of %s; z finer, Z coarser, t other maps",
                units_format(m->pages_per_cell * PAGE_BYTES, size, sizeof size),
                what);
}

void map_legend_draw(const struct pane *p, unsigned y,
                     const struct map_letter *letters, const uint64_t *counts,
                     unsigned count)
{
    unsigned x = 1;

    for (unsigned i = 0; i < count; i++) {
        if (counts[i] == 0)
            continue;
        x = pane_printf(p, place(x, y), letters[i].style, "%s ",
                        letters[i].letter);
        x = pane_printf(p, place(x, y), STYLE_PLAIN, "%s  ", letters[i].name);
    }
}

static void draw(const struct scene *s, const struct pane *p)
{
    static void (*const maps[])(const struct scene *, const struct pane *) = {
        map_host_draw, map_guest_draw, map_process_draw};

    if (p->width >= 40 && p->height >= 6)
        maps[view_part(&view_memory, s->look)](s, p);
}

static const char *const parts[] = {"host", "guest", "process", NULL};

const struct view view_memory = {
    .parts = parts,
    .name = "memory",
    .key = '5',
    .title = "Memory map",
    .sentence = "memory by owner and use: the host's, the guest's, a process's",
    .help =
        "Three maps; t turns to the next. Host: from the lowest address to the "
        "highest, a cell for as many frames as it takes, with the most telling "
        "of their uses; z looks closer (cells of 64 frames, 8, 1), j and k "
        "scroll. Tables are those of the address space that runs, and all "
        "that the hypervisor keeps or watches.\n"
        "Guest: the same of guest-physical memory: what the guest's tables map "
        "for programs (d written, a read, u neither yet), and what the host "
        "has not given yet.\n"
        "Process: the linear addresses that are mapped now, region by region, "
        "and its pages: D written, a read, . neither.\n"
        "Try: f steps to the next page fault: a page more; under shadow watch "
        "the tables come and go with a fork.",
    .draw = draw,
};
