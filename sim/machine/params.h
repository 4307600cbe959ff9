/*
 * params.h - the rows of params.def: name, range, meaning, and access to the
 * field of struct config behind each.
 *
 * INVARIANTS  (tests/800-params-table.c)
 *   1. Names are unique; kind and field have the same width (compile time).
 *   2. text -> value -> text is the identity on what param_text() writes.
 */
#ifndef SIM_MACHINE_PARAMS_H
#define SIM_MACHINE_PARAMS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"

enum param_kind {
    PARAM_U32,
    PARAM_U64,
    PARAM_COUNT, /* 64 bits, written with K, M, G */
    PARAM_BYTES, /* likewise */
    PARAM_HEX,   /* 32 bits, written in hexadecimal */
    PARAM_BOOL,  /* on, off */
    PARAM_PAGE,  /* shift of 4K, 2M, 1G */
    PARAM_REPL,
    PARAM_TIMING,
    PARAM_SCHED,
    PARAM_UNPACK,
    PARAM_RUNQUEUE,
    PARAM_ITLB,
    PARAM_TEXT, /* char array */
};

enum { PARAM_TEXT_BYTES = 128 };

struct param {
    const char *name;
    enum param_kind kind;
    size_t offset, field_bytes;
    uint64_t min, max; /* numbers only */
    const char *unit;
    const char *preset; /* of a setting; NULL: the profile says the value */
    const char *sentence;
};

unsigned param_count(void);
const struct param *param_at(unsigned index);

/* Returns param_count() if there is no such name. */
unsigned param_find(const char *name);

/* A name that stands for several parameters. */
struct param_group {
    const char *name, *prefix, *suffix;
    const char *sentence;
};

unsigned param_group_count(void);
const struct param_group *param_group_at(unsigned index);
bool param_group_has(const struct param_group *g, const struct param *p);

/* Refuses a value of the wrong kind or out of range with one line. */
enum status param_set(struct config *c, unsigned index, const char *value,
                      struct error *e);

/* The legal values in words: "0 .. 65536", "lru plru random", "on off". */
char *param_range(const struct param *p, char *buffer, size_t buffer_bytes);

#endif
