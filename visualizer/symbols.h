/*
 * symbols.h - names of functions and data: of the minikernel and the program.
 *
 * Model     the symbol tables of the ELF files that the guest was loaded from,
 *           read with libelf.  Files that may lie anywhere (ET_DYN) are left
 *           out: where they are is the guest's to decide.
 */
#ifndef VISUALIZER_SYMBOLS_H
#define VISUALIZER_SYMBOLS_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/machine/config.h"
#include "visualizer/lines.h"

struct symbol {
    uint64_t value, bytes;
    char *name; /* owned */
};

struct symbols {
    struct symbol *all; /* by value; owned */
    unsigned count, room;
    struct lines lines;
};

/* What there is; none of it is no mistake. */
void symbols_load(struct symbols *s, const struct config *config);
void symbols_free(struct symbols *s);

/* False: there is no such name. */
bool symbols_find(const struct symbols *s, const char *name, uint64_t *value);

/* What an address lies in; NULL: nothing known. */
const struct symbol *symbols_at(const struct symbols *s, uint64_t address);

#endif
