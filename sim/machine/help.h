/*
 * help.h - texts made from the tables of options.h: --help, the manual page
 * and the bash completion.
 */
#ifndef SIM_MACHINE_HELP_H
#define SIM_MACHINE_HELP_H
#include <stdio.h>

#include "sim/machine/options.h"

/* All commands; COMMAND_COUNT as command means the same. */
void help_print(FILE *out, enum command command);

/* roff with man macros: ringside.1 */
void help_man(FILE *out);

void help_bash(FILE *out);

/* `ringside help [COMMAND]` and `ringside generate man|bash`. */
int cmd_help(const struct request *r);
int cmd_generate(const struct request *r);

#endif
