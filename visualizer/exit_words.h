/*
 * exit_words.h - an exit in words: why, and what was done about it.
 */
#ifndef VISUALIZER_EXIT_WORDS_H
#define VISUALIZER_EXIT_WORDS_H
#include "sim/record/exit_log.h"

enum { EXIT_WORDS_BYTES = 300 };

/* "write to ffff880000108000 (#PF), not mapped"; returns text. */
char *exit_cause_words(const struct exit_entry *e,
                       char text[static EXIT_WORDS_BYTES]);

/* "built 1 shadow entry"; returns text. */
char *exit_deed_words(const struct exit_entry *e,
                      char text[static EXIT_WORDS_BYTES]);

/* Of Xen's hypercalls, by number: "mmu_update". */
const char *exit_xen_call_name(uint64_t number);

#endif
