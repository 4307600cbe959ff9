/*
 * suggest.h - the name that was probably meant.
 *
 * Source  Damerau: "A technique for computer detection and correction of
 *         spelling errors", CACM 1964 (edits: insert, delete, replace,
 *         transpose), in its restricted form.
 */
#ifndef SIM_MACHINE_SUGGEST_H
#define SIM_MACHINE_SUGGEST_H
#include <stddef.h>

/* The nearest name so far; start with {0}. */
struct suggestion {
    const char *name; /* not owned */
    unsigned distance;
};

/* Edits between two words; 99 if either is longer than 63 characters. */
unsigned suggest_distance(const char *a, const char *b);

/* Keeps candidate if it is near enough to typed, and nearest. */
void suggest_offer(struct suggestion *s, const char *typed,
                   const char *candidate);

/* "; did you mean NAME?" or "".  Returns buffer. */
char *suggest_text(const struct suggestion *s, char *buffer,
                   size_t buffer_bytes);

#endif
