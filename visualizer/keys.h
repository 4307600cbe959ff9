/*
 * keys.h - keys and what they do: rows of keys.def.
 */
#ifndef VISUALIZER_KEYS_H
#define VISUALIZER_KEYS_H

enum action {
    ACTION_RUN,
    ACTION_STOP,
    ACTION_MOVE, /* argument: enum seat_act */
    ACTION_MICRO,
    ACTION_NEXT,        /* argument: enum counter */
    ACTION_PREVIOUS,    /* likewise */
    ACTION_NEXT_PICKED, /* of what the row that is chosen counts */
    ACTION_PREVIOUS_PICKED,
    ACTION_HOST_NEXT,     /* argument: enum figure, a scenario's */
    ACTION_HOST_PREVIOUS, /* likewise */
    ACTION_SPEED,
    ACTION_SCROLL, /* argument: rows */
    ACTION_PCPU,
    ACTION_PART,
    ACTION_OPEN,
    ACTION_PIN,
    ACTION_ZOOM,
    ACTION_FOCUS,
    ACTION_VIEW,
    ACTION_PROMPT, /* argument: of struct tui */
    ACTION_HELP,
    ACTION_QUIT,
    ACTION_SUSPEND,
    ACTION_REDRAW,
};

struct key_info {
    int key; /* a character or enum screen_key */
    const char *name;
    enum action action;
    int argument;
    const char *sentence; /* NULL: as the one before */
};

extern const struct key_info key_all[]; /* ends with a name of NULL */

#endif
