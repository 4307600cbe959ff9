/*
 * script.h - a lecture: a text file that plays the screen.
 *
 * A line is one of:
 *   # ...            nothing: a remark
 *   run WORDS        first of all: what follows `ringside tui`
 *   caption TEXT     shown at the bottom until the next one
 *   key KEYS         keys by their names in help, or characters
 *   wait             until the user presses space
 *   pause MS         so long
 *   :COMMAND         as typed at the prompt; the colon may be left out
 * A line is done when the machine has arrived where the one before sent it.
 */
#ifndef VISUALIZER_SCRIPT_H
#define VISUALIZER_SCRIPT_H
#include <stdbool.h>

#include "sim/core/status.h"

enum { SCRIPT_LINES = 400, SCRIPT_WORDS = 64 };

struct script {
    char *text;                /* owned; the lines point into it */
    char *lines[SCRIPT_LINES]; /* but blank ones and remarks */
    unsigned numbers[SCRIPT_LINES];
    unsigned count, next;
    char *words[SCRIPT_WORDS]; /* of the run line */
    unsigned word_count;
};

/* Refuses with file and line. */
enum status script_load(struct script *s, const char *path, struct error *e);
void script_free(struct script *s);

/* line begins with the word; *rest is what follows it. */
bool script_is(const char *line, const char *word, const char **rest);

#endif
