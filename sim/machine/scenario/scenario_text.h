/*
 * scenario_text.h - a scenario file's text, made fit for libconfig.
 *
 * libconfig 1.5 cuts integers to 32 bits without a word, ends the program when
 * @include names a folder, and takes time squared for long texts.  So long
 * integers get the L that they need, @include is refused (a scenario is one
 * file, which a log can name), and there is a greatest size.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_TEXT_H
#define SIM_MACHINE_SCENARIO_SCENARIO_TEXT_H
#include "sim/core/status.h"

enum { SCENARIO_FILE_BYTES = 1 << 20 };

/* The text of the file at path, with its lines where they were; free() it. */
enum status scenario_text_read(char **text, const char *path, struct error *e);

#endif
