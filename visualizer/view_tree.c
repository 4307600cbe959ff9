/*
 * view_tree.c - page tables, entry by entry.
 */
#include <inttypes.h>

#include "visualizer/pt_words.h"
#include "visualizer/scene.h"

extern const struct view view_tree;

static void draw_row(const struct table_root *root, const struct table_row *row,
                     const struct pane *p, unsigned y)
{
    const struct pt_geom *g = root->g;
    enum style style = g->format == PT_FORMAT_EPT ? STYLE_HOST : STYLE_GUEST;
    unsigned depth = g->levels - row->level, x;
    uint64_t bytes =
        (uint64_t)(row->last - row->first + 1) * pt_span_bytes(g, row->level);
    char bits[PT_BITS_BYTES];

    x = pane_printf(p, place(1 + 2 * depth, y), style, "%s %u",
                    pt_level_name(g, row->level), row->first);
    if (row->last > row->first)
        pane_printf(p, place(x, y), style, "-%u", row->last);
    pane_printf(p, place(20, y), STYLE_PLAIN, "%016" PRIx64, row->address);
    pane_put(p, place(37, y), row->leaf ? STYLE_PLAIN : STYLE_DIM,
             pt_bits_text(g, row->level, row->entry, bits));
    if (row->leaf)
        pane_printf(p, place(57, y), STYLE_PLAIN, "%" PRIu64 "K to %" PRIx64,
                    bytes / 1024, row->target);
    else
        pane_printf(p, place(57, y), STYLE_DIM, "table at %" PRIx64,
                    row->target);
}

static void draw(const struct scene *s, const struct pane *p)
{
    struct table_root root;
    struct table_walk walk;
    struct table_row row;
    unsigned skip = s->look->top, y = 2;

    scene_tables(s, (enum tree)view_part(&view_tree, s->look), &root);
    if (!root.g) {
        pane_put(p, place(1, 0), STYLE_DIM, "there are no such tables now");
        return;
    }
    pane_printf(p, place(1, 0), STYLE_PLAIN, "%s, root at 0x%" PRIx64,
                root.title, root.table & PTE_ADDRESS);
    pane_put(
        p, place(1, 1), STYLE_DIM,
        "table and index    address          bits                leads to");
    table_walk_begin(&walk, &root);
    while (y < p->height && table_walk_next(&walk, &row)) {
        if (skip > 0)
            skip--;
        else
            draw_row(&root, &row, p, y++);
    }
}

static const char *const parts[] = {"guest", "shadow", "nested", NULL};

const struct view view_tree = {
    .parts = parts,
    .name = "tree",
    .key = '6',
    .title = "Page tables",
    .sentence = "the tree of page tables, entry by entry",
    .help = "Each row is an entry that is present, indented by its level: a "
            "table, or pages. Neighbours that map a stretch of memory with the "
            "same rights share a row. Absent entries are left out.\n"
            "t turns to the other tables that there are: the guest's own, the "
            "shadow of them, the nested ones.\n"
            "Try: find the program's code, its stack, and the kernel.",
    .draw = draw,
};
