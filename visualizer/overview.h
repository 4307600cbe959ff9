/*
 * overview.h - what the files of the overview share.
 */
#ifndef VISUALIZER_OVERVIEW_H
#define VISUALIZER_OVERVIEW_H
#include "visualizer/view.h"

struct vm;

/* A scenario's host: pCPUs, VMs, and the console of who has look->pcpu. */
void overview_draw_host(const struct scene *s, const struct pane *p);

/* The last lines that a guest said on its console; returns the rows used. */
unsigned overview_draw_console(const struct vm *vm, const struct pane *p);

#endif
