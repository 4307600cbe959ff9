/*
 * grid.h - what a view draws on: cells of a character and a meaning.
 *
 * Model     a grid knows no terminal: it is drawn on one (screen.h), or written
 *           as text, with ANSI escapes, or as SVG (grid_write()).  A pane is a
 *           part of a grid; what is drawn beyond its edge is cut.
 *           Characters are Unicode and one cell wide; those of grid_ascii()
 *           have a likeness in ASCII.
 */
#ifndef VISUALIZER_GRID_H
#define VISUALIZER_GRID_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How a terminal shows a style (styles.def). */
enum cell_attribute { CELL_BOLD = 1, CELL_DIM = 2, CELL_REVERSE = 4 };

#define STYLE(id, name, attributes, eight, sixteen, many, rgb) STYLE_##id,
enum style {
#include "visualizer/styles.def"
    STYLE_COUNT
};
#undef STYLE

struct style_info {
    const char *name;
    unsigned attributes;      /* CELL_* */
    int eight, sixteen, many; /* foreground, of so many colours (256); -1:
                                 default */
    const char *rgb;          /* NULL: that of the page */
};

const struct style_info *style_info(enum style style);

struct cell {
    uint32_t character; /* 0: a space */
    uint32_t style;     /* enum style; no padding: frames compare as bytes */
};

enum { GRID_MAX_WIDTH = 500, GRID_MAX_HEIGHT = 300 };

struct grid {
    unsigned width, height;
    struct cell *cells; /* rows of width; owned */
};

struct pane {
    struct grid *grid;
    unsigned x, y, width, height;
};

/* All spaces.  False: no memory, or a size that is 0 or too large. */
bool grid_init(struct grid *g, unsigned width, unsigned height);
void grid_free(struct grid *g);
void grid_clear(struct grid *g);

struct pane grid_pane(struct grid *g);

/* A part of a pane; what lies beyond its edge is cut off. */
struct pane pane_part(const struct pane *p, unsigned x, unsigned y,
                      unsigned width, unsigned height);
/* What is left of it below its first rows. */
struct pane pane_below(const struct pane *p, unsigned rows);

/* A place in a pane: column, row. */
struct place {
    unsigned x, y;
};

static inline struct place place(unsigned x, unsigned y)
{
    return (struct place){x, y};
}

/* UTF-8 at a place; returns the column behind it, cut or not. */
unsigned pane_put(const struct pane *p, struct place place, enum style style,
                  const char *text);
unsigned pane_printf(const struct pane *p, struct place place, enum style style,
                     const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Text over as many rows as it takes, broken at spaces; returns them. */
unsigned pane_wrap(const struct pane *p, unsigned y, enum style style,
                   const char *text);

/* A row of a style, from column x to the edge. */
void pane_fill(const struct pane *p, unsigned x, unsigned y, enum style style,
               uint32_t character);

/* A bar of share 0 .. 1 of width cells, with eighths of a cell. */
struct bar {
    unsigned x, y, width;
    double share;
    enum style style;
};
void pane_bar(const struct pane *p, const struct bar *bar);

/* A likeness in ASCII of a character of ours. */
uint32_t grid_ascii(uint32_t character);

enum grid_format { GRID_TEXT, GRID_ANSI, GRID_SVG };

/* Trailing spaces are left out of text. */
void grid_write(FILE *out, const struct grid *g, enum grid_format format,
                bool ascii);

#endif
