/*
 * view_walk.c - a page walk, reference by reference.
 *
 * In one dimension a row for each step; in two also the grid of both stages:
 * guest levels down, host levels across, in each cell the number of the
 * reference and the cache that served it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "visualizer/pt_words.h"
#include "visualizer/view.h"
#include "visualizer/walk_words.h"

static unsigned shown_steps(const struct scene *s, const struct walk_story *w)
{
    return s->look->steps < w->count ? s->look->steps : w->count;
}

/* Which access it was, and the address in its parts. */
static void draw_address(const struct walk_story *w, const struct pane *p)
{
    const struct pt_geom *g = w->regime.guest;
    const char *who =
        w->walk.request.mode == ACCESS_USER ? "a program" : "the kernel";
    unsigned x;

    pane_printf(p, place(1, 0), STYLE_PLAIN,
                "walk %" PRIu64 ": %s of gva 0x%016" PRIx64 " by %s", w->number,
                pt_access_name(w->walk.request.kind), w->walk.request.va.v,
                who);
    x = pane_put(p, place(1, 1), STYLE_DIM, "its parts: ");
    for (unsigned level = g ? g->levels : 0; level >= 1; level--)
        x = pane_printf(p, place(x, 1), STYLE_GUEST, "%s %" PRIu64 "  ",
                        pt_level_name(g, level),
                        pt_index(g, level, w->walk.request.va.v));
    pane_printf(p, place(x, 1), STYLE_PLAIN, "offset 0x%" PRIx64,
                w->walk.request.va.v & (PAGE_BYTES - 1));
}

static const char *served_text(enum cache_level level)
{
    static const char *const names[] = {[CACHE_L1] = "L1",
                                        [CACHE_L2] = "L2",
                                        [CACHE_L3] = "L3",
                                        [CACHE_DRAM] = "DRAM",
                                        [CACHE_NONE] = "-"};

    return names[level];
}

static enum style served_style(enum cache_level level)
{
    return level == CACHE_L1     ? STYLE_HIT
           : level == CACHE_DRAM ? STYLE_MISS
                                 : STYLE_PLAIN;
}

/* --- the grid of both dimensions ----------------------------------------- */

enum { GRID_CELL_WIDTH = 10, GRID_NAME_WIDTH = 7 };

/* The row of the grid that the steps before and with `at` came to: the level
   of the guest's entry that is looked for; 0: the page. */
static unsigned guest_level_at(const struct walk_story *w, unsigned at)
{
    unsigned level = w->regime.guest ? w->regime.guest->levels : 0;

    for (unsigned i = 0; i < at; i++) {
        const struct walk_step *step = &w->steps[i];

        if (step->host || step->kind == WALK_STEP_FLAGS)
            continue;
        level = step->level - 1u;
        if (step->kind == WALK_STEP_REF &&
            pt_is_leaf(w->regime.guest, step->level, step->entry))
            level = 0;
    }
    return level;
}

static void draw_grid_heads(const struct walk_story *w, const struct pane *p)
{
    const struct pt_geom *host = w->regime.stage2;
    unsigned levels = host->levels;

    for (unsigned level = levels; level >= 1; level--)
        pane_put(p,
                 place(GRID_NAME_WIDTH + (levels - level) * GRID_CELL_WIDTH, 0),
                 STYLE_HOST, pt_level_name(host, level));
    pane_put(p, place(GRID_NAME_WIDTH + levels * GRID_CELL_WIDTH, 0),
             STYLE_GUEST, "guest entry");
    for (unsigned level = w->regime.guest->levels, y = 1;; level--, y++) {
        pane_put(p, place(0, y), STYLE_GUEST,
                 pt_level_name(w->regime.guest, level));
        if (level == 0)
            break;
    }
}

static void draw_grid_step(const struct walk_story *w, unsigned at,
                           unsigned number, const struct pane *p)
{
    const struct walk_step *step = &w->steps[at];
    unsigned host_levels = w->regime.stage2->levels;
    unsigned y = 1 + w->regime.guest->levels - guest_level_at(w, at);
    unsigned column = step->host ? host_levels - step->level : host_levels;
    unsigned x = GRID_NAME_WIDTH + column * GRID_CELL_WIDTH;

    switch (step->kind) {
    case WALK_STEP_REF:
        pane_printf(p, place(x, y), served_style(step->served), "%2u %s",
                    number, served_text(step->served));
        break;
    case WALK_STEP_PSC:
        if (!step->host) /* its row, and those above it, were not read */
            y = 1u + w->regime.guest->levels - step->level;
        pane_put(p, place(x, y), STYLE_HIT, " = psc");
        break;
    case WALK_STEP_NTLB:
        pane_put(p, place(GRID_NAME_WIDTH, y), STYLE_HIT, " = nested TLB");
        break;
    case WALK_STEP_FLAGS:
        break;
    }
}

/* Returns the rows it took. */
static unsigned draw_grid(const struct scene *s, const struct walk_story *w,
                          const struct pane *p)
{
    unsigned number = 0;

    if (!w->regime.stage2 || !w->regime.guest)
        return 0;
    draw_grid_heads(w, p);
    for (unsigned i = 0; i < shown_steps(s, w); i++) {
        number += w->steps[i].kind == WALK_STEP_REF;
        draw_grid_step(w, i, number, p);
    }
    return w->regime.guest->levels + 3u;
}

/* --- step by step -------------------------------------------------------- */

static void draw_step(const struct walk_story *w, unsigned at, unsigned number,
                      const struct pane *row)
{
    const struct walk_step *step = &w->steps[at];
    const struct pt_geom *g = step->host ? w->regime.stage2 : w->regime.guest;
    enum style stage = step->host ? STYLE_HOST : STYLE_GUEST;
    char bits[PT_BITS_BYTES];

    if (step->kind != WALK_STEP_REF) {
        pane_put(row, place(4, 0), stage, pt_level_name(g, step->level));
        pane_put(row, place(10, 0), STYLE_HIT, walk_step_name(step->kind));
        return;
    }
    pane_printf(row, place(0, 0), STYLE_PLAIN, "%3u", number);
    pane_put(row, place(4, 0), stage, pt_level_name(g, step->level));
    pane_printf(row, place(10, 0), STYLE_PLAIN, "%012" PRIx64 "  %016" PRIx64,
                step->at.v, step->entry);
    pane_put(row, place(42, 0), STYLE_PLAIN,
             pt_bits_text(g, step->level, step->entry, bits));
    pane_put(row, place(61, 0), served_style(step->served),
             served_text(step->served));
    pane_printf(row, place(66, 0), STYLE_PLAIN, "%6" PRIu64 " %5" PRIu64,
                step->end_cycle - step->begin_cycle,
                step->end_cycle - w->walk.request.start_cycle);
}

static unsigned references(const struct walk_story *w, unsigned steps)
{
    unsigned refs = 0;

    for (unsigned i = 0; i < steps; i++)
        refs += w->steps[i].kind == WALK_STEP_REF;
    return refs;
}

/* The steps that fit, the last ones if not all do. */
static void draw_steps(const struct scene *s, const struct walk_story *w,
                       const struct pane *p)
{
    unsigned shown = shown_steps(s, w),
             rows = p->height > 1 ? p->height - 1 : 0;
    unsigned first = shown > rows ? shown - rows : 0;

    pane_put(p, place(0, 0), STYLE_DIM,
             "  # table entry at      entry             bits"
             "               from  cycles   sum");
    for (unsigned i = first; i < shown; i++) {
        struct pane row = pane_part(p, 0, 1 + i - first, p->width, 1);

        draw_step(w, i, references(w, i + 1), &row);
    }
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct walk_story *w =
        s->walks ? walk_log_back(s->walks, s->look->walk) : NULL;
    char sentence[WALK_SENTENCE_BYTES];
    unsigned grid_rows, words = 3;
    struct pane below;

    if (!w || !w->regime.guest) {
        pane_put(p, place(1, 0), STYLE_DIM,
                 w ? "the last walk was without paging in the guest"
                   : "no page walk yet on this pCPU");
        return;
    }
    draw_address(w, p);
    below = pane_part(p, 1, 3, p->width, p->height);
    grid_rows = draw_grid(s, w, &below);
    below = pane_part(p, 1, 3 + grid_rows, p->width - 1,
                      p->height > 3 + grid_rows + words
                          ? p->height - 3 - grid_rows - words
                          : 0);
    draw_steps(s, w, &below);
    below = pane_part(p, 1, p->height - (p->height < words ? p->height : words),
                      p->width - 2, words);
    pane_wrap(&below, 0, STYLE_STRONG,
              walk_sentence(w, shown_steps(s, w), sentence));
}

const struct view view_walk = {
    .name = "walk",
    .key = '2',
    .title = "Walk",
    .sentence = "the last page walk, reference by reference",
    .help =
        "Each row is one step of the walk: which table, where its entry lies "
        "in host memory, the entry with its bits, which data cache had the "
        "line, how long that took and how long the walk had taken by then.\n"
        "Under nested paging the grid shows both dimensions: guest levels "
        "down, host levels across. To read an entry of the guest's table, its "
        "guest-physical address goes through the host's table first, so "
        "that 4 levels over 4 make 24 references. psc and nested TLB mark "
        "what a cache of walks made unnecessary.\n"
        "Try: step by micro-step and read the sentence; then the same with "
        "--set psc.enabled=off; then paging.host_page=2M.",
    .draw = draw,
};
