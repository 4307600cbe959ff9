/*
 * map_host.c - the host's memory, frame by frame: whose it is, and for what.
 *
 * Of many frames in a cell, a sample.
 */
#include "visualizer/frame_uses.h"
#include "visualizer/memory_maps.h"
#include "visualizer/scene.h"

static void draw_cells(const struct frame_uses *u, const struct cell_map *m,
                       uint64_t counts[FRAME_USES])
{
    for (unsigned y = 0; y < m->rows; y++) {
        unsigned from = cell_map_begin_row(m, y);

        for (unsigned x = 0; x < m->columns; x++) {
            uint64_t first, frames = cell_map_pages(m, x, y, &first);
            enum frame_use use;

            if (frames == 0)
                return;
            use = frame_use_among(u, first, frames);
            counts[use]++;
            pane_put(m->pane, place(from + x, 2 + y),
                     frame_use_infos[use].style, frame_use_infos[use].letter);
        }
    }
}

void map_host_draw(const struct scene *s, const struct pane *p)
{
    const struct memory *dram = scene_pcpu(s)->vcpu->vm->hv->dram;
    const struct cell_map m = cell_map_make(s, p, dram->bytes / PAGE_BYTES);
    struct frame_uses *u = frame_uses_new(s);
    uint64_t counts[FRAME_USES] = {0};

    if (!u)
        return;
    draw_cells(u, &m, counts);
    map_legend_draw(p, 0, frame_use_infos, counts, FRAME_USES);
    cell_map_draw_scale(&m, "the host's memory");
    frame_uses_free(u);
}
