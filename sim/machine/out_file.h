/*
 * out_file.h - files that are written whole or not at all.
 *
 * Opened before a run, so that a path that cannot be written is refused at
 * once; written to a temporary file beside the target; renamed at the end.
 * A symbolic link stays: the file that it names is replaced.  What is no file
 * (a terminal, a pipe, /dev/stdout) cannot be replaced: it is written directly.
 */
#ifndef SIM_MACHINE_OUT_FILE_H
#define SIM_MACHINE_OUT_FILE_H
#include <stdbool.h>
#include <stdio.h>

#include "sim/core/status.h"

enum { OUT_PATH_BYTES = 4096 };

struct out_file {
    FILE *stream; /* NULL: not asked for */
    char path[OUT_PATH_BYTES];
    char temporary[OUT_PATH_BYTES + 8]; /* empty: written directly */
};

/* path NULL: nothing is asked for, and the other functions do nothing. */
enum status out_file_open(struct out_file *f, const char *path,
                          struct error *e);
/* True if the second to be committed would take the first one's place. */
bool out_file_same(const struct out_file *a, const struct out_file *b);
/* Refuses files of which one would take another's place. */
enum status out_files_differ(const struct out_file *const *files,
                             unsigned count, struct error *e);
enum status out_file_commit(struct out_file *f, struct error *e);
void out_file_abandon(struct out_file *f);

#endif
