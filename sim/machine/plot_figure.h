/*
 * plot_figure.h - one figure: a .csv with the numbers, a .gp with the script
 * that draws them, and the pictures that gnuplot makes of it.
 *
 * Anybody can change the script and draw again: gnuplot NAME.gp.
 */
#ifndef SIM_MACHINE_PLOT_FIGURE_H
#define SIM_MACHINE_PLOT_FIGURE_H
#include <stdio.h>

#include "sim/core/status.h"

struct plot_figure {
    const char *name;
    void (*csv)(FILE *out, const void *data);
    /* Ends with `figure = '...'`, what gnuplot's plot is to draw, and
       plot_put_tail(). */
    void (*script)(FILE *out, const void *data);
};

/*
 * NAME.csv, NAME.gp, NAME.png and NAME.svg into folder.  Without gnuplot the
 * first two are left, and the error says so.
 */
enum status plot_draw(const char *folder, const struct plot_figure *f,
                      const void *data, struct error *e);

/* Text inside a gnuplot string in double quotes. */
void plot_put_quoted(FILE *out, const char *text);

/* A text between double quotes, as CSV wants it. */
void plot_put_csv(FILE *out, const char *text);

/* Inside the macro figure: a name as the title of what is plotted. */
void plot_put_title(FILE *out, const char *name);

/* Draws @figure into both pictures; so many pixels high. */
void plot_put_tail(FILE *out, const char *name);
void plot_put_tail_high(FILE *out, const char *name, unsigned height_pixels);

enum { PLOT_COLOURS = 12 };

/* The nth of twelve colours, "#RRGGBB", that all readers can tell apart (Paul
   Tol); the first eight best. */
const char *plot_colour(unsigned n);

#endif
