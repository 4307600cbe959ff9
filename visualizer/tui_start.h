/*
 * tui_start.h - the machine's process and the screen's.
 */
#ifndef VISUALIZER_TUI_START_H
#define VISUALIZER_TUI_START_H
#include <stdbool.h>
#include <termios.h>

#include "sim/machine/milestone.h"
#include "visualizer/screen.h"

struct script;

struct tui_options {
    const struct config *config;
    struct milestone begin; /* where the user comes in */
    struct script *script;  /* NULL: no lecture */
    struct screen_options screen;
    struct termios shell; /* tui_start()'s own */
};

/* Until the user leaves: the exit status. */
int tui_start(const struct tui_options *options);

#endif
