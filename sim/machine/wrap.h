/*
 * wrap.h - text in lines of at most 78 characters.
 */
#ifndef SIM_MACHINE_WRAP_H
#define SIM_MACHINE_WRAP_H
#include <stdio.h>

/*
 * Prints text, of which the first line begins at column indent already, and
 * ends the last line.  Breaks at spaces only.
 */
void wrap_print(FILE *out, const char *text, int indent);

#endif
