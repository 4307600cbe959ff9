/*
 * cache_rows.c - a data cache, a row for each set, a cell for each way.
 *
 * Of each line: what its frame is (frame_uses.h), which way goes next, what
 * happened there last; where there is room also its address.
 */
#include <inttypes.h>
#include <stdio.h>

#include "visualizer/frame_uses.h"
#include "visualizer/places.h"
#include "visualizer/scene.h"

enum { NAME_WIDTH = 6, SHORT_WIDTH = 4, LONG_WIDTH = 15, MOST_WAYS = 64 };

struct cells {
    const struct places *p;
    const struct frame_uses *uses;
    const struct pane *pane;
    unsigned width; /* of a cell */
};

/* 0 .. 9, then letters: one character. */
static char order_digit(unsigned order)
{
    return "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+"
        [order < 62 ? order : 62];
}

static void draw_cell(const struct cells *c, uint32_t set, uint32_t way,
                      const uint16_t *order, struct place at)
{
    const struct cache *cache = c->p->cache;
    const struct map_letter *use;
    enum style style;
    const char *mark = places_mark(c->p, set * cache_ways(cache) + way, &style);
    const char sign[2] = {mark[0] == 'n' ? '+' : mark[0] == 'h' ? '=' : '\0'};
    uint64_t line;
    unsigned x = at.x;

    if (!cache_line_at(cache, set, way, &line))
        return;
    use = &frame_use_infos[frame_use(c->uses,
                                     line * c->p->line_bytes / PAGE_BYTES)];
    if (c->width == LONG_WIDTH)
        x = pane_printf(c->pane, place(x, at.y), use->style, "%9" PRIx64 " ",
                        line * c->p->line_bytes);
    x = pane_put(c->pane, place(x, at.y), use->style, use->letter);
    if (order)
        x = pane_printf(c->pane, place(x, at.y),
                        order[way] == 0 ? STYLE_MISS : STYLE_DIM, "%c",
                        order_digit(order[way]));
    pane_put(c->pane, place(x, at.y), style, sign);
}

/* The line that would go last: mostly the one that was used last. */
static void draw_latest(const struct cells *c, uint32_t set,
                        const uint16_t *order, struct place at)
{
    uint32_t ways = cache_ways(c->p->cache), latest = 0;
    uint64_t line;

    for (uint32_t way = 1; way < ways; way++)
        if (order[way] > order[latest])
            latest = way;
    if (cache_line_at(c->p->cache, set, latest, &line))
        pane_printf(c->pane, at, STYLE_HOST, "%" PRIx64,
                    line * c->p->line_bytes);
}

static void draw_set(const struct cells *c, uint32_t set, unsigned y)
{
    uint32_t ways = cache_ways(c->p->cache);
    uint16_t order[MOST_WAYS];
    bool known = repl_order(cache_repl(c->p->cache), set, order);
    unsigned behind = NAME_WIDTH + ways * c->width + 1;

    pane_printf(c->pane, place(0, y), STYLE_STRONG, "%5" PRIu32, set);
    for (uint32_t way = 0; way < ways; way++)
        draw_cell(c, set, way, known ? order : NULL,
                  place(NAME_WIDTH + way * c->width, y));
    if (known && c->width == SHORT_WIDTH)
        draw_latest(c, set, order, place(behind, y));
}

static void draw_heads(const struct cells *c)
{
    uint32_t ways = cache_ways(c->p->cache);
    unsigned behind = NAME_WIDTH + ways * c->width + 1;

    pane_put(c->pane, place(0, 0), STYLE_DIM, "  set");
    for (uint32_t way = 0; way < ways; way++)
        pane_printf(c->pane, place(NAME_WIDTH + way * c->width, 0), STYLE_DIM,
                    c->width == LONG_WIDTH ? "way %" PRIu32 : "w%" PRIu32, way);
    if (c->width == SHORT_WIDTH)
        pane_put(c->pane, place(behind, 0), STYLE_DIM, "goes last");
}

/* What the lines of the whole cache are, most first by kind. */
static void draw_legend(const struct cells *c, unsigned y)
{
    const struct cache *cache = c->p->cache;
    uint64_t counts[FRAME_USES] = {0}, line;
    unsigned x = 0;

    for (uint32_t set = 0; set < cache_sets(cache); set++)
        for (uint32_t way = 0; way < cache_ways(cache); way++)
            if (cache_line_at(cache, set, way, &line))
                counts[frame_use(c->uses,
                                 line * c->p->line_bytes / PAGE_BYTES)]++;
    for (unsigned use = FRAME_USES; use-- > 0;)
        if (counts[use])
            x = pane_printf(c->pane, place(x, y), frame_use_infos[use].style,
                            "%s %s %" PRIu64 "  ", frame_use_infos[use].letter,
                            frame_use_infos[use].name, counts[use]);
}

void cache_rows_draw(const struct places *p, const struct scene *s,
                     const struct pane *pane)
{
    struct frame_uses *uses = frame_uses_new(s);
    uint32_t sets = cache_sets(p->cache), ways = cache_ways(p->cache);
    struct cells c = {p, uses, pane, LONG_WIDTH};
    const struct pane rows = pane_below(pane, 1);

    if (!uses || pane->height < 3) {
        frame_uses_free(uses);
        return;
    }
    if (NAME_WIDTH + ways * LONG_WIDTH > pane->width)
        c.width = SHORT_WIDTH;
    draw_legend(&c, 0);
    c.pane = &rows;
    draw_heads(&c);
    for (unsigned y = 1; y < rows.height; y++) {
        uint32_t set = s->look->top + y - 1;

        if (set < sets)
            draw_set(&c, set, y);
    }
    frame_uses_free(uses);
}
