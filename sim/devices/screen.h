/*
 * screen.h - what the VGA text screen shows, for whoever wants to print it.
 *
 * Model  cells of the text memory at 0xb8000, from the address that the CRT
 *        controller starts at, in its columns; the cursor.
 */
#ifndef SIM_DEVICES_SCREEN_H
#define SIM_DEVICES_SCREEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCREEN_ROWS = 25, SCREEN_COLUMNS = 80 };

struct screen {
    uint8_t characters[SCREEN_ROWS][SCREEN_COLUMNS]; /* code page 437 */
    uint8_t attributes[SCREEN_ROWS][SCREEN_COLUMNS];
    bool cursor_on;
    unsigned cursor_row, cursor_column; /* valid if cursor_on */
};

/* Each row as UTF-8 with a newline, blanks at its end left out; returns the
 * bytes, less than SCREEN_TEXT_BYTES; text ends with a zero. */
enum { SCREEN_TEXT_BYTES = SCREEN_ROWS * (3 * SCREEN_COLUMNS + 1) + 1 };
size_t screen_text(const struct screen *s, char text[SCREEN_TEXT_BYTES]);

struct platform;

/* False: the platform has no screen, or it is not in text mode. */
bool platform_screen(const struct platform *p, struct screen *s);

#endif
