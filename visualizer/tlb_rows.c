/*
 * tlb_rows.c - a TLB set by set, a paging-structure cache level by level.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "visualizer/places.h"
#include "visualizer/scene.h"

/* Where the next row goes, after those that are scrolled away. */
struct rows {
    const struct places *p;
    const struct scene *s;
    const struct pane *pane;
    unsigned skip, y;
};

/* The pane of the next row; false: it is not on the screen. */
static bool next_row(struct rows *r, struct pane *row)
{
    if (r->skip > 0) {
        r->skip--;
        return false;
    }
    if (r->y >= r->pane->height)
        return false;
    *row = pane_part(r->pane, 0, r->y++, r->pane->width, 1);
    return true;
}

static void put_order(const struct pane *row, unsigned x, const uint16_t *order,
                      uint32_t way)
{
    if (order)
        pane_printf(row, place(x, 0), order[way] == 0 ? STYLE_MISS : STYLE_DIM,
                    "%3u", order[way]);
}

static void put_tags(const struct pane *row, unsigned x, unsigned vpid,
                     unsigned pcid)
{
    pane_printf(row, place(x, 0), STYLE_PLAIN, "%3u%s", vpid % TLB_THREAD,
                vpid & TLB_THREAD ? "'" : "");
    if (pcid != TLB_NO_PAGING)
        pane_printf(row, place(x + 5, 0), STYLE_PLAIN, "%4u", pcid);
}

static void draw_entry(const struct tlb *t, const struct tlb_entry *e,
                       const struct pane *row)
{
    static const char *const sizes[PAGE_SIZES] = {"4K", "2M", "1G"};
    char perm[PERM_TEXT_BYTES];

    pane_printf(row, place(12, 0), STYLE_GUEST, "%016" PRIx64,
                tlb_address(t, e));
    pane_printf(row, place(29, 0), STYLE_PLAIN, "%010" PRIx64, e->gpa);
    pane_printf(row, place(40, 0), STYLE_HOST, "%010" PRIx64, e->frame);
    pane_printf(row, place(51, 0), STYLE_PLAIN, "%s %s", sizes[e->size],
                perm_text(e->perm, perm));
    put_tags(row, 63, e->vpid, e->global ? TLB_NO_PAGING : e->pcid);
    if (e->global)
        pane_put(row, place(68, 0), STYLE_DIM, "glob");
}

/* An address, written as the filter is: with no zeros before it; of an empty
   place only what happened there. */
static bool wanted(const struct scene *s, bool held, uint64_t address,
                   const char *mark)
{
    char text[20];

    if (!held)
        return mark[0] && !s->look->filter[0];
    snprintf(text, sizeof text, "%" PRIx64, address);
    return scene_wants(s, text);
}

static void draw_way(struct rows *r, uint32_t number, const uint16_t *order,
                     uint32_t ways)
{
    const struct tlb *t = r->p->tlb;
    const struct tlb_entry *e = tlb_at(t, number);
    struct pane row;
    enum style style;
    uint32_t first = 0;
    const char *mark = places_mark(r->p, number, &style);

    for (unsigned size = 0; size < PAGE_SIZES; size++) {
        uint32_t count = t->arrays[size].sets * t->arrays[size].ways;

        if (number - first < count)
            break;
        first += count;
    }
    if (!wanted(r->s, e != NULL, e ? tlb_address(t, e) : 0, mark))
        return;
    if (!next_row(r, &row))
        return;
    pane_printf(&row, place(0, 0), STYLE_STRONG, "%4" PRIu32,
                (number - first) / ways);
    pane_printf(&row, place(5, 0), STYLE_PLAIN, "%2" PRIu32,
                (number - first) % ways);
    pane_put(&row, place(74, 0), style, mark);
    if (!e)
        return;
    put_order(&row, 8, order, (number - first) % ways);
    draw_entry(t, e, &row);
}

void tlb_rows_draw(const struct places *p, const struct scene *s,
                   const struct pane *pane)
{
    struct rows r = {p, s, pane, s->look->top, 1};
    uint16_t *order = malloc(REPL_MAX_WAYS * sizeof *order);
    uint32_t number = 0;

    if (!order)
        return;
    pane_put(pane, place(0, 0), STYLE_DIM,
             " set way go address          gpa        hpa        sz rights"
             "   VPID PCID");
    for (unsigned size = 0; size < PAGE_SIZES; size++) {
        const struct tlb_array *a = &p->tlb->arrays[size];

        for (uint32_t set = 0; set < a->sets; set++) {
            bool known = repl_order(&a->repl, set, order);

            for (uint32_t way = 0; way < a->ways; way++)
                draw_way(&r, number++, known ? order : NULL, a->ways);
            if (r.y >= pane->height)
                break;
        }
        number = 0;
        for (unsigned i = 0; i <= size; i++)
            number += p->tlb->arrays[i].sets * p->tlb->arrays[i].ways;
    }
    free(order);
}

static void draw_psc_entry(struct rows *r, unsigned level, uint32_t i,
                           const uint16_t *order)
{
    static const char *const names[] = {"",      "",      "PDE",
                                        "PDPTE", "PML4E", "PML5E"};
    const struct psc_level *l = &r->p->psc->levels[level];
    const struct psc_entry *e = &l->entries[i];
    uint64_t address = psc_address(r->p->psc, level, i);
    char perm[PERM_TEXT_BYTES];
    enum style style;
    const char *mark = places_mark(r->p, psc_place(level, i), &style);
    struct pane row;

    if (!wanted(r->s, l->keys[i] != 0, address, mark))
        return;
    if (!next_row(r, &row))
        return;
    if (r->p->host)
        pane_printf(&row, place(0, 0), STYLE_HOST, "EPT%u", level);
    else
        pane_put(&row, place(0, 0), STYLE_GUEST, names[level]);
    pane_printf(&row, place(6, 0), STYLE_PLAIN, "%2" PRIu32, i);
    pane_put(&row, place(74, 0), style, mark);
    if (!l->keys[i])
        return;
    put_order(&row, 8, order, i);
    pane_printf(&row, place(12, 0), r->p->host ? STYLE_HOST : STYLE_GUEST,
                "%016" PRIx64, address);
    pane_printf(&row, place(29, 0), STYLE_PLAIN, "%010" PRIx64, e->table);
    pane_put(&row, place(51, 0), STYLE_PLAIN, perm_text(e->perm, perm));
    put_tags(&row, 63, e->vpid, e->pcid);
}

void psc_rows_draw(const struct places *p, const struct scene *s,
                   const struct pane *pane)
{
    struct rows r = {p, s, pane, s->look->top, 1};
    uint16_t *order = malloc(REPL_MAX_WAYS * sizeof *order);

    if (!order)
        return;
    pane_put(pane, place(0, 0), STYLE_DIM,
             p->host ? "level  at go gpa from         its table (hpa)       "
                       "rights      VPID PCID"
                     : "level  at go region from      its table (gpa)       "
                       "rights      VPID PCID");
    for (unsigned level = 2; level <= PT_MAX_LEVELS; level++) {
        const struct psc_level *l = &p->psc->levels[level];
        bool known = l->count && repl_order(&l->repl, 0, order);

        for (uint32_t i = 0; i < l->count; i++)
            draw_psc_entry(&r, level, i, known ? order : NULL);
    }
    free(order);
}
