/*
 * explanation.h - what `ringside explain NAME` says, on a pane.
 */
#ifndef VISUALIZER_EXPLANATION_H
#define VISUALIZER_EXPLANATION_H
#include "visualizer/view.h"

/* Returns the rows that it took. */
unsigned explanation_draw(const struct scene *s, const char *name,
                          const struct pane *p);

#endif
