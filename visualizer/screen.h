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
    SCREEN_WHEEL_UP,
    SCREEN_WHEEL_DOWN,
    SCREEN_CLICK, /* at click_x, click_y */
    SCREEN_RESIZED,
};

/* Which column of styles.def; AUTO: as many colours as there are, and none if
 * the environment has NO_COLOR (no-color.org). */
enum screen_palette {
    SCREEN_AUTO,
    SCREEN_MONO,
    SCREEN_8,
    SCREEN_16,
    SCREEN_256,
    SCREEN_PALETTES
};
extern const char *const screen_palette_names[SCREEN_PALETTES];

struct screen_options {
    bool ascii, mouse;
    enum screen_palette palette;
};

struct screen {
    const struct termios *shell; /* the terminal's modes before us */
    bool ascii;
    enum screen_palette palette; /* never AUTO */
    short pairs[STYLE_COUNT];    /* of colours */
    unsigned click_x, click_y;
};

/* Why this terminal will not do. */
enum status screen_check(struct error *e);

/* shell: the modes to put back. */
void screen_open(struct screen *s, const struct termios *shell,
                 const struct screen_options *options);
/* False: there is no such palette. */
bool screen_find_palette(const char *name, enum screen_palette *palette);
/* ... or the largest that the terminal has the colours for. */
void screen_set_palette(struct screen *s, enum screen_palette palette);
void screen_set_mouse(bool on);
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
unsigned screen_key(struct screen *s);

/* Off and on again around a stop by ^Z. */
void screen_suspend(const struct screen *s);

#endif
