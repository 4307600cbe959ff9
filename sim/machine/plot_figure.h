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

/* Draws @figure into both pictures. */
void plot_put_tail(FILE *out, const char *name);

/* The nth of eight colours that all readers can tell apart (Paul Tol). */
const char *plot_colour(unsigned n);

#endif
