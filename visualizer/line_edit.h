/*
 * line_edit.h - a line of text that is typed, and those typed before.
 *
 * Keys      as readline and shells have them: arrows, home, end, ^A ^E ^B ^F,
 *           backspace, delete, ^D, ^U and ^K to the line's ends, ^W a word, up
 *           and down through the lines of the same prompt.
 */
#ifndef VISUALIZER_LINE_EDIT_H
#define VISUALIZER_LINE_EDIT_H
#include <stdbool.h>

enum { LINE_BYTES = 200, LINE_HISTORY = 40 };

struct line_past {
    char prompt; /* where it was typed */
    char text[LINE_BYTES];
};

struct line_edit {
    char prompt;
    char text[LINE_BYTES];
    unsigned cursor;                     /* characters before it */
    struct line_past past[LINE_HISTORY]; /* oldest first */
    unsigned past_count;
    unsigned at;           /* the line of the past that is shown; past_count:
                              the new one */
    char kept[LINE_BYTES]; /* the new one, while another is shown */
};

/* An empty line; what was typed before stays known. */
void line_edit_begin(struct line_edit *l, char prompt);

/* False: the key means nothing here. */
bool line_edit_key(struct line_edit *l, unsigned key);

/* From a place of the line to the cursor, text instead; what has no room is
 * cut. */
void line_edit_replace(struct line_edit *l, unsigned from, const char *text);

/* It was entered: from now on it is one of the past. */
void line_edit_keep(struct line_edit *l);

#endif
