#include "visualizer/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define STYLE(id, name, attributes, eight, sixteen, many, rgb)                 \
    {name, attributes, eight, sixteen, many, rgb},
static const struct style_info styles[STYLE_COUNT] = {
#include "visualizer/styles.def"
};
#undef STYLE

const struct style_info *style_info(enum style style)
{
    return &styles[style];
}

bool grid_init(struct grid *g, unsigned width, unsigned height)
{
    *g = (struct grid){width, height, NULL};
    if (width == 0 || height == 0 || width > GRID_MAX_WIDTH ||
        height > GRID_MAX_HEIGHT)
        return false;
    g->cells = calloc((size_t)width * height, sizeof *g->cells);
    return g->cells != NULL;
}

void grid_free(struct grid *g)
{
    free(g->cells);
    g->cells = NULL;
}

void grid_clear(struct grid *g)
{
    memset(g->cells, 0, (size_t)g->width * g->height * sizeof *g->cells);
}

struct pane grid_pane(struct grid *g)
{
    return (struct pane){g, 0, 0, g->width, g->height};
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

struct pane pane_part(const struct pane *p, unsigned x, unsigned y,
                      unsigned width, unsigned height)
{
    x = smaller(x, p->width);
    y = smaller(y, p->height);
    return (struct pane){p->grid, p->x + x, p->y + y,
                         smaller(width, p->width - x),
                         smaller(height, p->height - y)};
}

struct pane pane_below(const struct pane *p, unsigned rows)
{
    return pane_part(p, 0, rows, p->width, p->height);
}

/* The next character of UTF-8; what is none is a question mark. */
static uint32_t next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    unsigned more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
    uint32_t character = more == 0 ? *at : *at & (0x3fu >> more);

    (*text)++;
    if (*at >= 0x80 && *at < 0xc0)
        return '?';
    for (; more > 0; more--, (*text)++) {
        if (((unsigned char)**text & 0xc0) != 0x80)
            return '?';
        character = character << 6 | ((unsigned char)**text & 0x3f);
    }
    return character < 0x20 || character == 0x7f ? '?' : character;
}

static void put_cell(const struct pane *p, unsigned x, unsigned y,
                     struct cell cell)
{
    if (x < p->width && y < p->height)
        p->grid->cells[(size_t)(p->y + y) * p->grid->width + p->x + x] = cell;
}

unsigned pane_put(const struct pane *p, struct place place, enum style style,
                  const char *text)
{
    while (*text)
        put_cell(p, place.x++, place.y,
                 (struct cell){next_character(&text), style});
    return place.x;
}

unsigned pane_printf(const struct pane *p, struct place place, enum style style,
                     const char *format, ...)
{
    char text[4 * GRID_MAX_WIDTH];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return pane_put(p, place, style, text);
}

/* Bytes of text that fit a row, and where the next row begins. */
static size_t row_bytes(const char *text, unsigned width, const char **next)
{
    const char *at = text, *space = NULL;
    unsigned chars = 0;

    while (*at && *at != '\n' && chars <= width) {
        if (*at == ' ')
            space = at;
        next_character(&at);
        chars++;
    }
    if (chars > width) {
        const char *end = space && space > text ? space : at - 1;

        *next = end + (*end == ' ');
        return (size_t)(end - text);
    }
    *next = at + (*at == '\n');
    return (size_t)(at - text);
}

unsigned pane_wrap(const struct pane *p, unsigned y, enum style style,
                   const char *text)
{
    unsigned rows = 0;

    while (*text && p->width > 1) {
        const char *next;
        size_t bytes = row_bytes(text, p->width, &next);

        pane_printf(p, place(0, y + rows++), style, "%.*s", (int)bytes, text);
        text = next;
    }
    return rows;
}

void pane_fill(const struct pane *p, unsigned x, unsigned y, enum style style,
               uint32_t character)
{
    for (; x < p->width; x++)
        put_cell(p, x, y, (struct cell){character, style});
}

void pane_bar(const struct pane *p, const struct bar *bar)
{
    static const uint32_t eighths[] = {0,      0x258f, 0x258e, 0x258d,
                                       0x258c, 0x258b, 0x258a, 0x2589};
    double share = bar->share < 0 ? 0 : bar->share > 1 ? 1 : bar->share;
    unsigned units = (unsigned)(share * bar->width * 8 + 0.5);

    for (unsigned i = 0; i < bar->width; i++, units -= smaller(units, 8)) {
        uint32_t character = units >= 8 ? 0x2588 : eighths[units];

        put_cell(p, bar->x + i, bar->y,
                 (struct cell){character, (uint8_t)bar->style});
    }
}

uint32_t grid_ascii(uint32_t character)
{
    static const struct {
        uint32_t character;
        char likeness;
    } known[] = {
        {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'},
        {0x2514, '+'}, {0x2518, '+'}, {0x251c, '+'}, {0x2524, '+'},
        {0x252c, '+'}, {0x2534, '+'}, {0x253c, '+'}, {0x2190, '<'},
        {0x2192, '>'}, {0x2193, 'v'}, {0x2191, '^'}, {0x00b7, '.'},
        {0x25cf, '*'}, {0x25b6, '>'}, {0x2588, '#'}, {0x2589, '#'},
        {0x258a, '#'}, {0x258b, '#'}, {0x258c, '='}, {0x258d, '='},
        {0x258e, '-'}, {0x258f, '-'}, {0x00d7, 'x'}, {0x2026, '.'},
        {0x2581, '_'}, {0x2582, '_'}, {0x2583, '.'}, {0x2584, '.'},
        {0x2585, '-'}, {0x2586, '='}, {0x2587, '='},
    };

    if (character < 0x80)
        return character;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].character == character)
            return (uint32_t)known[i].likeness;
    return '?';
}
