/*
 * map_process.c - the address space that runs: regions of neighbouring pages
 * with the same rights, and the pages of each.
 *
 * What a region is for follows from its rights and its place; the guest's
 * kernel knows better.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim/core/units.h"
#include "visualizer/memory_maps.h"
#include "visualizer/scene.h"

struct region {
    uint64_t begin, bytes;
    uint64_t offset; /* physical address minus linear one, while linear */
    uint64_t rights; /* W, U, NX, G of its entries */
    uint64_t pages, read, written, large; /* leaves; these of 2M or more */
    bool linear;
    bool started;
};

enum { STRIP_X = 64, SHORT_LINEAR_BYTES = 16 << 20 };

static const uint64_t region_rights = PTE_W | PTE_U | PTE_NX;

static void begin(struct region *r, const struct table_row *row)
{
    *r = (struct region){.begin = row->address,
                         .offset = row->target - row->address,
                         .rights = row->entry & region_rights,
                         .linear = true,
                         .started = true};
}

static void add(struct region *r, const struct pt_geom *g,
                const struct table_row *row)
{
    uint64_t leaves = row->last - row->first + 1;

    r->bytes += leaves * pt_span_bytes(g, row->level);
    r->pages += leaves;
    r->large += row->level > 1 ? leaves : 0;
    r->read += row->entry & PTE_A ? leaves : 0;
    r->written += row->entry & PTE_D ? leaves : 0;
    r->linear = r->linear && row->target - row->address == r->offset;
}

static bool continues(const struct region *r, const struct table_row *row)
{
    return row->address == r->begin + r->bytes &&
           (row->entry & region_rights) == r->rights;
}

static bool holds(const struct region *r, uint64_t address)
{
    return address - r->begin < r->bytes;
}

static const char *purpose(const struct region *r, const struct cpu_state *c)
{
    bool user = r->rights & PTE_U, kernel_linear;

    if (user && !(r->rights & PTE_NX) && !(r->rights & PTE_W))
        return "code";
    if (user && (holds(r, c->gpr[REG_RSP]) || (r->begin + r->bytes) >> 44 == 7))
        return r->rights & PTE_W ? "stack, or near it" : "near the stack";
    if (user && !(r->rights & PTE_W))
        return "read-only, or shared";
    if (user)
        return r->begin >> 40 ? "mapped" : "data, heap";
    kernel_linear = r->linear && r->bytes > SHORT_LINEAR_BYTES;
    if (!(r->rights & PTE_NX))
        return r->rights & PTE_W ? "kernel, any use" : "kernel code";
    return kernel_linear ? "kernel: linear" : "kernel data";
}

struct drawing {
    const struct scene *s;
    const struct pane *pane;
    const struct table_root *root;
    unsigned skip, y;
};

/* A cell for each page, from the region's first on. */
static void draw_strip(const struct drawing *d, const struct region *r,
                       unsigned y)
{
    struct table_walk walk;
    struct table_row row;
    unsigned width = d->pane->width;
    uint64_t page_bytes =
        r->large == r->pages ? pt_span_bytes(d->root->g, 2) : PAGE_BYTES;

    table_walk_begin(&walk, d->root);
    walk.by_flags = true;
    while (table_walk_next(&walk, &row)) {
        uint64_t bytes =
            (row.last - row.first + 1) * pt_span_bytes(d->root->g, row.level);
        const char *sign = row.entry & PTE_D   ? "D"
                           : row.entry & PTE_A ? "a"
                                               : ".";

        if (!row.leaf || !holds(r, row.address))
            continue;
        for (uint64_t at = row.address; at < row.address + bytes;
             at += page_bytes) {
            uint64_t x = STRIP_X + (at - r->begin) / page_bytes;

            if (x >= width)
                return;
            pane_put(d->pane, place((unsigned)x, y),
                     sign[0] == 'D' ? STYLE_CHANGED : STYLE_DIM, sign);
        }
    }
}

static void draw_region(struct drawing *d, const struct region *r)
{
    const struct cpu_state *c = cpu_state_peek(scene_pcpu(d->s)->cpu);
    enum style style = r->rights & PTE_U ? STYLE_USER : STYLE_KERNEL;
    bool faulted = holds(r, c->cr2) && c->cr2;
    unsigned y = d->y;
    char size[16];

    if (!r->started)
        return;
    if (d->skip > 0) {
        d->skip--;
        return;
    }
    if (y >= d->pane->height)
        return;
    d->y++;
    pane_printf(d->pane, place(0, y), style, "%016" PRIx64, r->begin);
    pane_printf(d->pane, place(17, y), STYLE_PLAIN,
                "%9s %6" PRIu64 " %c%c%c %5" PRIu64 " %5" PRIu64,
                units_format(r->bytes, size, sizeof size), r->pages,
                r->rights & PTE_U ? 'u' : '-', r->rights & PTE_W ? 'w' : '-',
                r->rights & PTE_NX ? '-' : 'x', r->read, r->written);
    pane_put(d->pane, place(50, y), style, purpose(r, c));
    if (faulted)
        pane_put(d->pane, place(49, y), STYLE_FAULT, "!");
    if (d->pane->width > STRIP_X + 20)
        draw_strip(d, r, y);
}

static void draw_regions(struct drawing *d)
{
    struct region region = {.started = false};
    struct table_walk walk;
    struct table_row row;

    table_walk_begin(&walk, d->root);
    walk.by_flags = true;
    while (table_walk_next(&walk, &row)) {
        if (!row.leaf)
            continue;
        if (!region.started || !continues(&region, &row)) {
            draw_region(d, &region);
            begin(&region, &row);
        }
        add(&region, d->root->g, &row);
    }
    draw_region(d, &region);
}

void map_process_draw(const struct scene *s, const struct pane *p)
{
    const struct cpu_state *c = cpu_state_peek(scene_pcpu(s)->cpu);
    const struct pane body = pane_part(p, 1, 2, p->width - 2, p->height - 2);
    struct table_root root;
    struct drawing d = {s, &body, &root, s->look->top, 0};

    scene_tables(s, TREE_GUEST, &root);
    if (!root.g) {
        pane_put(p, place(1, 0), STYLE_DIM,
                 "no paging: linear addresses are physical ones");
        return;
    }
    pane_printf(p, place(1, 0), STYLE_PLAIN,
                "address space with its root at %" PRIx64
                "; last page fault at %" PRIx64 " (!)",
                root.table & PTE_ADDRESS, c->cr2);
    pane_put(
        p, place(1, 1), STYLE_DIM,
        "from                 size  pages      read write  what it may be");
    if (p->width > STRIP_X + 20)
        pane_put(p, place(1 + STRIP_X, 1), STYLE_DIM,
                 "its pages: D written, a read, . neither");
    draw_regions(&d);
}
