/*
 * workload_choice.h - from WORKLOAD on the command line to what is run.
 *
 * NAME[:key=value,...]   a row of workloads/programs/programs.def
 * -- PROGRAM [ARG...]    a Linux program of the user's
 */
#ifndef SIM_MACHINE_WORKLOAD_CHOICE_H
#define SIM_MACHINE_WORKLOAD_CHOICE_H
#include <stdint.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"

struct built_in {
    const char *name, *sentence;
    const char *params; /* "key=default,key=default" */
    const char *example;
};

unsigned built_in_count(void);
const struct built_in *built_in_at(unsigned index);

/* Checks name, keys and values; fills in the defaults. */
enum status workload_built_in(struct workload *w, const char *text,
                              struct error *e);

/* Takes over the words after "--"; there must be one. */
enum status workload_program(struct workload *w, int argc, char **argv,
                             struct error *e);

/* A guest without one: text is what headings name instead. */
enum status workload_none(struct workload *w, const char *text,
                          struct error *e);

/* Guest memory that a built-in's footprint asks for; 0: the default will do. */
uint64_t workload_memory_bytes(const struct workload *w);

#endif
