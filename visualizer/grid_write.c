/*
 * grid_write.c - a grid as text, with ANSI escapes, or as a picture.
 */
#include <string.h>

#include "visualizer/grid.h"

/* Of an SVG: a cell in units, and the text in it. */
enum { CELL_WIDTH = 8, CELL_HEIGHT = 17, BASE_LINE = 13, FONT_SIZE = 13 };

static const struct cell *cell_at(const struct grid *g, unsigned x, unsigned y)
{
    return &g->cells[(size_t)y * g->width + x];
}

static void put_utf8(FILE *out, uint32_t c)
{
    if (c < 0x80) {
        fputc((int)c, out);
    } else if (c < 0x800) {
        fprintf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        fprintf(out, "%c%c%c", (int)(0xe0 | c >> 12),
                (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
    } else {
        fprintf(out, "%c%c%c%c", (int)(0xf0 | c >> 18),
                (int)(0x80 | (c >> 12 & 0x3f)), (int)(0x80 | (c >> 6 & 0x3f)),
                (int)(0x80 | (c & 0x3f)));
    }
}

static uint32_t character_of(const struct cell *cell, bool ascii)
{
    uint32_t c = cell->character ? cell->character : ' ';

    return ascii ? grid_ascii(c) : c;
}

static bool is_blank(const struct cell *cell)
{
    return (cell->character == 0 || cell->character == ' ') &&
           !(style_info((enum style)cell->style)->attributes & CELL_REVERSE);
}

/* Cells of a row up to its last that shows something. */
static unsigned row_end(const struct grid *g, unsigned y)
{
    unsigned end = g->width;

    while (end > 0 && is_blank(cell_at(g, end - 1, y)))
        end--;
    return end;
}

static void put_escape(FILE *out, enum style style)
{
    const struct style_info *s = style_info(style);

    fputs("\033[0", out);
    if (s->attributes & CELL_BOLD)
        fputs(";1", out);
    if (s->attributes & CELL_DIM)
        fputs(";2", out);
    if (s->attributes & CELL_REVERSE)
        fputs(";7", out);
    if (s->many >= 0)
        fprintf(out, ";38;5;%d", s->many);
    fputc('m', out);
}

static void write_rows(FILE *out, const struct grid *g, bool ansi, bool ascii)
{
    for (unsigned y = 0; y < g->height; y++) {
        unsigned end = row_end(g, y), style = STYLE_PLAIN;

        for (unsigned x = 0; x < end; x++) {
            const struct cell *cell = cell_at(g, x, y);

            if (ansi && cell->style != style)
                put_escape(out, (enum style)cell->style);
            style = cell->style;
            put_utf8(out, character_of(cell, ascii));
        }
        if (ansi && style != STYLE_PLAIN)
            fputs("\033[0m", out);
        fputc('\n', out);
    }
}

static void put_xml(FILE *out, uint32_t c)
{
    switch (c) {
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '&':
        fputs("&amp;", out);
        break;
    default:
        put_utf8(out, c);
    }
}

/* Cells x .. end of a row, all of one style. */
struct stretch {
    unsigned x, end, y;
};

static void write_stretch(FILE *out, const struct grid *g,
                          const struct stretch *s, bool ascii)
{
    enum style style = (enum style)cell_at(g, s->x, s->y)->style;
    const struct style_info *info = style_info(style);
    bool reverse = (info->attributes & CELL_REVERSE) != 0;
    unsigned width = (s->end - s->x) * CELL_WIDTH;

    if (reverse)
        fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%d\"/>\n",
                s->x * CELL_WIDTH, s->y * CELL_HEIGHT, width, CELL_HEIGHT);
    fprintf(out, "<text x=\"%u\" y=\"%u\" textLength=\"%u\" class=\"%s\">",
            s->x * CELL_WIDTH, s->y * CELL_HEIGHT + BASE_LINE, width,
            info->name);
    for (unsigned x = s->x; x < s->end; x++)
        put_xml(out, character_of(cell_at(g, x, s->y), ascii));
    fputs("</text>\n", out);
}

static void write_svg_row(FILE *out, const struct grid *g, unsigned y,
                          bool ascii)
{
    unsigned end = row_end(g, y), x = 0;

    while (x < end) {
        struct stretch s = {x, x + 1, y};

        if (is_blank(cell_at(g, x, y))) {
            x++;
            continue;
        }
        while (s.end < end &&
               cell_at(g, s.end, y)->style == cell_at(g, x, y)->style)
            s.end++;
        write_stretch(out, g, &s, ascii);
        x = s.end;
    }
}

static void write_svg(FILE *out, const struct grid *g, bool ascii)
{
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
            "height=\"%u\">\n<style>\n"
            "text { font: %dpx monospace; white-space: pre; fill: #000 }\n",
            g->width * CELL_WIDTH, g->height * CELL_HEIGHT, FONT_SIZE);
    for (int i = 0; i < STYLE_COUNT; i++) {
        const struct style_info *s = style_info((enum style)i);

        fprintf(out, ".%s { fill: %s%s }\n", s->name,
                s->attributes & CELL_REVERSE ? "#fff"
                : s->rgb                     ? s->rgb
                                             : "#000",
                s->attributes & CELL_BOLD ? "; font-weight: bold" : "");
    }
    fputs("</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
          out);
    for (unsigned y = 0; y < g->height; y++)
        write_svg_row(out, g, y, ascii);
    fputs("</svg>\n", out);
}

void grid_write(FILE *out, const struct grid *g, enum grid_format format,
                bool ascii)
{
    switch (format) {
    case GRID_TEXT:
    case GRID_ANSI:
        write_rows(out, g, format == GRID_ANSI, ascii);
        break;
    case GRID_SVG:
        write_svg(out, g, ascii);
        break;
    }
}
