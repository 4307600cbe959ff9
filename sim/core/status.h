/*
 * status.h - how a user's mistake travels: a status and one line of text.
 *
 * Guest events (faults, exits) are part of result values and never use this;
 * our own bugs use BUG().  See STYLE: three kinds of error.
 */
#ifndef SIM_CORE_STATUS_H
#define SIM_CORE_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 2,  /* bad option, parameter, value: exit status 2 */
    STATUS_FILE = 3,   /* missing, unreadable, truncated or wrong file */
    STATUS_MEMORY = 4, /* the host has no memory for it */
};

/* One line: what, where, what to do.  No trailing newline. */
struct error {
    char text[512];
};

/* Formats into e->text and returns s, so that callers can `return` it. */
enum status error_set(struct error *e, enum status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
