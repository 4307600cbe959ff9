/*
 * tui_commands.h - what may be typed behind the colon.
 */
#ifndef VISUALIZER_TUI_COMMANDS_H
#define VISUALIZER_TUI_COMMANDS_H
#include "visualizer/tui.h"

/* What follows a command's name; tui_complete.c knows what there is. */
enum argument {
    ARGUMENT_NONE,
    ARGUMENT_TEXT,
    ARGUMENT_WORD, /* one of form's, "a|b|c" */
    ARGUMENT_VIEW,
    ARGUMENT_PART, /* of the view that is shown */
    ARGUMENT_MOMENT,
    ARGUMENT_COUNTER,
    ARGUMENT_PLACE, /* an address or a symbol */
    ARGUMENT_EVENT, /* a counter, or an entry of a page table */
    ARGUMENT_BREAK, /* a place, or a counter */
    /* The machines must stand; it waits until they do: */
    ARGUMENT_PARAM, /* a parameter and a value */
    ARGUMENT_TIMELINE,
};

struct command_line {
    const char *name, *form; /* form: how its argument is written; "" */
    enum argument argument;
    void (*act)(struct tui *t, const char *argument);
    const char *sentence;
};

extern const struct command_line command_all[]; /* ends with a name of NULL */

/* The name may be cut short; NULL: there is none. */
const struct command_line *command_find_line(const char *line);

/* What each prompt but the colon's is short for. */
const struct command_line *command_of_prompt(char prompt);

/* A number or a name; false: says that it is none. */
bool tui_parse_address(struct tui *t, const char *text, uint64_t *address);

/* tui_stops.c */
void tui_add_break(struct tui *t, const char *text);
void tui_add_watch(struct tui *t, const char *text);
void tui_delete_stops(struct tui *t, const char *text);
void tui_list_stops(struct tui *t, const char *text);

/* tui_past.c */
void tui_back_to(struct tui *t, const char *text);
void tui_next_of(struct tui *t, const char *text);
void tui_find_cause(struct tui *t, const char *text);
void tui_tell_digest(struct tui *t, const char *text);

/* tui_marks.c */
void tui_set_mark(struct tui *t, const char *text);
void tui_list_marks(struct tui *t, const char *text);
void tui_go_to_mark(struct tui *t, const char *text);

/* Lists that cover the last rows until the next key. */
void tui_draw_stops(const struct tui *t, const struct pane *all);
void tui_draw_marks(const struct tui *t, const struct pane *all);

/* Completions of what is typed so far. */
enum { CANDIDATES = 600 };
struct candidates {
    const char *names[CANDIDATES]; /* in order */
    unsigned count, left_out;
    unsigned from;           /* of the line: where the word begins */
    char common[LINE_BYTES]; /* what all of them begin with */
    char words[LINE_BYTES];  /* names may point into it */
    char hint[LINE_BYTES];   /* of what may be written there; "" */
    bool goes_on;            /* a space follows */
};
void tui_find_candidates(const struct tui *t, struct candidates *c);

/* Tab: as much as is certain; true: there are several. */
bool tui_complete(struct tui *t);

/* Above the last row, if there are several. */
void tui_draw_candidates(const struct tui *t, const struct pane *all);

#endif
