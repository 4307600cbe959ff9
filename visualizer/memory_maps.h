/*
 * memory_maps.h - the parts of the view of memory: the host's frames, the
 * guest's physical memory, the address space that runs.
 */
#ifndef VISUALIZER_MEMORY_MAPS_H
#define VISUALIZER_MEMORY_MAPS_H
#include "visualizer/view.h"

/* Pages as cells, in rows: as many of them in a cell as zoom says. */
struct cell_map {
    const struct pane *pane;
    uint64_t pages, pages_per_cell;
    uint64_t first; /* of the first row that is shown */
    unsigned columns, rows;
};

/* Of so many pages, on the rows of a pane below its first two. */
struct cell_map cell_map_make(const struct scene *s, const struct pane *p,
                              uint64_t pages);

/* Page of a cell, and how many are there; 0: it is beyond the last one. */
uint64_t cell_map_pages(const struct cell_map *m, unsigned x, unsigned y,
                        uint64_t *first);

/* The address at which a row begins; returns the column of its first cell. */
unsigned cell_map_begin_row(const struct cell_map *m, unsigned y);

/* What a cell stands for, at the bottom. */
void cell_map_draw_scale(const struct cell_map *m, const char *what);

/* Letters with their names, of those that occur. */
struct map_letter {
    const char *letter, *name;
    enum style style;
};
void map_legend_draw(const struct pane *p, unsigned y,
                     const struct map_letter *letters, const uint64_t *counts,
                     unsigned count);

void map_host_draw(const struct scene *s, const struct pane *p);
void map_guest_draw(const struct scene *s, const struct pane *p);
void map_process_draw(const struct scene *s, const struct pane *p);

#endif
