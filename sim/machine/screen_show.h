/*
 * screen_show.h - the guest's VGA text screen, printed.
 */
#ifndef SIM_MACHINE_SCREEN_SHOW_H
#define SIM_MACHINE_SCREEN_SHOW_H
#include <stdio.h>

struct platform;

/* Its rows between two rules, without the blank ones at the end; or that there
 * is none. */
void screen_show(const struct platform *p, FILE *to);

#endif
