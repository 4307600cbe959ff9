/*
 * walk_words.h - a walk's steps in words.
 */
#ifndef VISUALIZER_WALK_WORDS_H
#define VISUALIZER_WALK_WORDS_H
#include "mmu/walk_log.h"

enum { WALK_SENTENCE_BYTES = 400 };

const char *walk_step_name(enum walk_step_kind kind);

/* What the last of so many steps did; with all of them also how the walk
 * ended.  Returns text. */
char *walk_sentence(const struct walk_story *w, unsigned steps,
                    char text[static WALK_SENTENCE_BYTES]);

#endif
