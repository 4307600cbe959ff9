/*
 * units.h - sizes and counts as people write them: 512M, 4K, 1e6, 0x10.
 * Leading zeros mean nothing: 010 is ten.
 */
#ifndef SIM_CORE_UNITS_H
#define SIM_CORE_UNITS_H
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"

/*
 * Parses a non-negative number, decimal or 0x..., with an optional suffix K, M,
 * G, T (powers of 1024; a following B or iB is allowed) or eN (a power of ten;
 * decimal only).  what names it in the error text.
 */
enum status units_parse(const char *text, const char *what, uint64_t *value,
                        struct error *e);

/*
 * Parses a time as people write it: 1.5s, 20ms, 3us, 100ns; without a unit:
 * seconds, as perf has it.  In whole nanoseconds.
 */
enum status units_parse_ns(const char *text, const char *what, uint64_t *ns,
                           struct error *e);

/* Writes bytes as the shortest exact form: 4096 -> "4K".  Returns buffer. */
char *units_format(uint64_t bytes, char *buffer, size_t buffer_bytes);

#endif
