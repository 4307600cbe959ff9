/*
 * screen.h - a grid on a terminal, and the keys that come from it.
 *
 * Interface  ncurses, wide (X/Open Curses).
 */
#ifndef VISUALIZER_SCREEN_H
#define VISUALIZER_SCREEN_H
#include <termios.h>

#include "sim/core/status.h"
#include "visualizer/grid.h"

/* Keys that are no characters; below are those of Unicode. */
enum screen_key {
    SCREEN_NO_KEY = 0,
    SCREEN_UP = 0x110000,
    SCREEN_DOWN,
    SCREEN_LEFT,
    SCREEN_RIGHT,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_BACKSPACE,
    SCREEN_DELETE,
    SCREEN_RESIZED,
};

struct screen {
    const struct termios *shell; /* the terminal's modes before us */
    bool ascii;
    short pairs[STYLE_COUNT]; /* of colours */
};

/* Why this terminal will not do. */
enum status screen_check(struct error *e);

/* shell: the modes to put back. */
void screen_open(struct screen *s, const struct termios *shell, bool ascii,
                 bool colours);
void screen_close(const struct screen *s);

/* SIGTERM or SIGHUP came. */
bool screen_must_leave(void);

/* For somebody else's terminal that was left without screen_close(). */
void screen_rescue(void);

void screen_size(unsigned *width, unsigned *height);

void screen_draw(const struct screen *s, const struct grid *g);

/* All of it, whatever the terminal shows now. */
void screen_redraw(void);

/* The next key, if there is one. */
unsigned screen_key(void);

/* Off and on again around a stop by ^Z. */
void screen_suspend(const struct screen *s);

#endif
