/*
 * view_tree.c - page tables, entry by entry.
 */
#include <inttypes.h>

#include "hypervisor-model/paging/shadow.h"
#include "sim/core/units.h"
#include "visualizer/pt_words.h"
#include "visualizer/scene.h"

extern const struct view view_tree;

enum { LEAST_OTHERS = 100 };

/* What a shadow makes of a table: of the guest's, or of the shadow itself. */
struct guard {
    enum shadow_guard guard;
    gfn_t guest; /* the guest's table, if it is another */
    bool other;
};

static const struct shadow *shadow_here(const struct scene *s)
{
    const struct pcpu *p = scene_pcpu(s);

    return cpu_control(p->cpu)->virt == VIRT_GUEST ? shadow_peek(p->vcpu->vm)
                                                   : NULL;
}

static struct guard guard_of(const struct scene *s, enum tree which,
                             uint64_t table)
{
    const struct shadow *shadow = shadow_here(s);
    const struct shadow_page *page;
    struct guard g = {.guard = SHADOW_NO_GUARD};

    if (!shadow || which == TREE_NESTED)
        return g;
    if (which == TREE_GUEST) {
        g.guard = shadow_guard_of(shadow, gpa_to_gfn(gpa(table)));
        return g;
    }
    page = shadow_page_at(shadow, hpa(table));
    if (page && !page->role.direct) {
        g.guard = page->unsync ? SHADOW_OUT_OF_STEP : SHADOW_WRITE_PROTECTED;
        g.guest = page->gfn;
        g.other = true;
    }
    return g;
}

static void draw_guard(const struct guard *g, const struct pane *p, unsigned x,
                       unsigned y)
{
    static const char *const letters[] = {"", " w", " u"};

    x = pane_put(p, place(x, y),
                 g->guard == SHADOW_OUT_OF_STEP ? STYLE_FAULT : STYLE_STRONG,
                 letters[g->guard]);
    if (g->other && p->width >= LEAST_OTHERS)
        pane_printf(p, place(x + 1, y), STYLE_DIM, "of the guest's %" PRIx64,
                    gfn_to_gpa(g->guest).v);
}

static unsigned draw_row(const struct table_root *root,
                         const struct table_row *row, const struct pane *p,
                         unsigned y)
{
    const struct pt_geom *g = root->g;
    enum style style = g->format == PT_FORMAT_EPT ? STYLE_HOST : STYLE_GUEST;
    unsigned depth = g->levels - row->level, x;
    uint64_t bytes =
        (uint64_t)(row->last - row->first + 1) * pt_span_bytes(g, row->level);
    char bits[PT_BITS_BYTES], size[16];

    x = pane_printf(p, place(1 + 2 * depth, y), style, "%s %u",
                    pt_level_name(g, row->level), row->first);
    if (row->last > row->first)
        pane_printf(p, place(x, y), style, "-%u", row->last);
    pane_printf(p, place(20, y), STYLE_PLAIN, "%016" PRIx64, row->address);
    pane_put(p, place(37, y), row->leaf ? STYLE_PLAIN : STYLE_DIM,
             pt_bits_text(g, row->level, row->entry, bits));
    if (row->leaf)
        return pane_printf(p, place(57, y), STYLE_PLAIN, "%s to %" PRIx64,
                           units_format(bytes, size, sizeof size), row->target);
    return pane_printf(p, place(57, y), STYLE_DIM, "table at %" PRIx64,
                       row->target);
}

static void draw_line(const struct scene *s, const struct table_root *root,
                      const struct table_row *row, const struct pane *p,
                      unsigned y)
{
    enum tree which = (enum tree)view_part(&view_tree, s->look);
    struct guard g = {.guard = SHADOW_NO_GUARD};
    unsigned x = draw_row(root, row, p, y);

    if (!row->leaf)
        g = guard_of(s, which, row->target);
    draw_guard(&g, p, x, y);
}

static void draw_head(const struct scene *s, const struct table_root *root,
                      const struct pane *p)
{
    enum tree which = (enum tree)view_part(&view_tree, s->look);
    const struct guard g = guard_of(s, which, root->table & PTE_ADDRESS);
    unsigned x =
        pane_printf(p, place(1, 0), STYLE_PLAIN, "%s, root at 0x%" PRIx64,
                    root->title, root->table & PTE_ADDRESS);

    draw_guard(&g, p, x, 0);
    if (shadow_here(s) && which != TREE_NESTED)
        pane_put(p, place(p->width > 42 ? p->width - 34 : x + 4, 0), STYLE_DIM,
                 "w write-protected, u out of step");
    pane_put(
        p, place(1, 1), STYLE_DIM,
        "table and index    address          bits                leads to");
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
    draw_head(s, &root, p);
    table_walk_begin(&walk, &root);
    while (y < p->height && table_walk_next(&walk, &row)) {
        if (skip > 0)
            skip--;
        else
            draw_line(s, &root, &row, p, y++);
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
            "shadow of them, the nested ones. w: the hypervisor has shadowed "
            "this table of the guest's, and write-protects it: each change is "
            "an exit. u: it lets the guest write (shadow.unsync), and the "
            "shadow is out of step until the guest flushes.\n"
            "Try: find the program's code, its stack, and the kernel.",
    .draw = draw,
};
