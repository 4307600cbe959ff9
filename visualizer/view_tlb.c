/*
 * view_tlb.c - TLBs, paging-structure caches, data caches: how full, how
 * often they help, what happened last; and one of them place by place.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sim/machine/report.h"
#include "visualizer/places.h"
#include "visualizer/scene.h"

enum { LAST_X = 71, INLINE_WIDTH = 120, TALL = 40, LAST_EVENTS = 3 };

extern const struct view view_tlb;

static void draw_rates(const struct places *p, const struct pane *row)
{
    char count[32];
    struct place_rate late;

    pane_printf(row, place(43, 0), STYLE_PLAIN, "%13s",
                format_count(p->lookups, count, sizeof count));
    if (p->lookups)
        pane_printf(row, place(57, 0), STYLE_PLAIN, "%6.2f",
                    scene_percent(p->misses, p->lookups));
    if (p->log && place_log_rate(p->log, p->lookups_ever, &late))
        pane_printf(row, place(64, 0), STYLE_PLAIN, "%6.2f",
                    scene_percent(late.misses, late.lookups));
}

static void draw_sum(const struct places *p, const struct pane *row)
{
    const struct place_event *last = places_last(p, 0);
    uint64_t reach_bytes = places_reach_bytes(p);
    char text[PLACE_TEXT_BYTES];

    pane_put(row, place(0, 0), STYLE_STRONG, p->name);
    pane_printf(row, place(14, 0), STYLE_PLAIN, "%8" PRIu64 " %8" PRIu64,
                places_total(p), places_held(p));
    if (reach_bytes)
        pane_printf(row, place(33, 0), STYLE_PLAIN, "%8" PRIu64 "K",
                    reach_bytes / 1024);
    draw_rates(p, row);
    if (last)
        pane_put(row, place(LAST_X + 1, 0), STYLE_CHANGED,
                 places_event(p, last, text));
}

/* All structures; returns the rows it took. */
static unsigned draw_sums(const struct scene *s, const struct pane *p)
{
    unsigned y = 0;

    pane_put(p, place(0, y++), STYLE_DIM,
             "structure       places     held    reach"
             "       lookups  miss %  lately  last");
    for (unsigned i = 0; i < PLACES_ALL; i++) {
        struct pane row = pane_part(p, 0, y, p->width, 1);
        struct places one;

        if (!places_of(s, i, &one))
            continue;
        draw_sum(&one, &row);
        y++;
    }
    if (y == 1)
        pane_put(p, place(0, y++), STYLE_DIM, "all of them are switched off");
    return y + 1;
}

/* What happened last in each, where the table has no room for it. */
static void draw_lasts(const struct scene *s, const struct pane *p)
{
    unsigned y = 0;

    for (unsigned i = 0; i < PLACES_ALL && y < p->height; i++) {
        const struct place_event *last;
        char text[PLACE_TEXT_BYTES];
        struct places one;

        if (!places_of(s, i, &one))
            continue;
        last = places_last(&one, 0);
        if (!last)
            continue;
        pane_put(p, place(0, y), STYLE_STRONG, one.name);
        pane_put(p, place(14, y++), STYLE_PLAIN,
                 places_event(&one, last, text));
    }
}

static void draw_places(const struct places *p, const struct scene *s,
                        const struct pane *pane)
{
    if (p->tlb)
        tlb_rows_draw(p, s, pane);
    else if (p->psc)
        psc_rows_draw(p, s, pane);
    else
        cache_rows_draw(p, s, pane);
}

static void draw_one(const struct places *p, const struct scene *s,
                     const struct pane *pane)
{
    char text[PLACE_TEXT_BYTES], count[2][32];
    struct place_rate late;
    struct pane below = pane_below(pane, 2 + LAST_EVENTS);
    unsigned x = pane_printf(pane, place(0, 0), STYLE_STRONG, "%s: ", p->name);

    pane_put(pane, place(x, 0), STYLE_PLAIN, places_geometry(p, text));
    x = pane_printf(pane, place(0, 1), STYLE_PLAIN,
                    "%s lookups, %.2f %% missed; ",
                    format_count(p->lookups, count[0], sizeof count[0]),
                    scene_percent(p->misses, p->lookups));
    if (p->log && place_log_rate(p->log, p->lookups_ever, &late))
        pane_printf(pane, place(x, 1), STYLE_PLAIN,
                    "lately %" PRIu64 " of %s: %.2f %%", late.misses,
                    format_count(late.lookups, count[1], sizeof count[1]),
                    scene_percent(late.misses, late.lookups));
    for (unsigned i = 0; i < LAST_EVENTS; i++) {
        const struct place_event *e = places_last(p, i);

        if (e)
            pane_put(pane, place(2, 2 + i), i == 0 ? STYLE_CHANGED : STYLE_DIM,
                     places_event(p, e, text));
    }
    draw_places(p, s, &below);
}

static void draw(const struct scene *s, const struct pane *p)
{
    unsigned part = view_part(&view_tlb, s->look);
    struct pane pane = pane_part(p, 1, 0, p->width - 1, p->height);
    struct places one;

    if (part == 0 || p->height >= TALL)
        pane = pane_below(&pane, draw_sums(s, &pane));
    if (part == 0 && p->width < INLINE_WIDTH) {
        draw_lasts(s, &pane);
        return;
    }
    if (!places_of(s, part ? part - 1 : 0, &one))
        pane_put(&pane, place(0, 0), STYLE_DIM,
                 "there is none, or it is switched off");
    else if (pane.height > 2 + LAST_EVENTS)
        draw_one(&one, s, &pane);
}

static const char *const parts[] = {
    "all",        "l1d-tlb", "l1i-tlb", "l2-tlb", "nested-tlb", "psc",
    "nested-psc", "l1d",     "l1i",     "l2",     "l3",         NULL};

const struct view view_tlb = {
    .parts = parts,
    .name = "tlb",
    .key = '4',
    .title = "TLBs and caches",
    .sentence = "TLBs, walk caches, data caches: what they hold, tags, rates",
    .help =
        "All: how many places each has and holds, its reach (memory that it "
        "covers), lookups and how many missed since the program began, and "
        "lately (the last 64 misses), and what happened last.\n"
        "t turns to one of them, j and k scroll its sets. go: how many ways of "
        "the set would be replaced before this one; 0 is next. new, hit, "
        "gone (in caches + and =): by one of the last 8 operations; hits of "
        "first-level ones are only counted. Tags: VPID (whose; ' the core's "
        "other thread), PCID (address space; glob: any). Rights: W U X D of "
        "the guest's tables, r w x d of the host's.\n"
        "Data caches: a cell for each way, by what its line is: T S N are page "
        "tables. / wants addresses that contain ...\n"
        "Try: --part l1d --at dtlb.l2.miss:5000; step over a context switch.",
    .draw = draw,
};
