/*
 * command.h - what run and compare share: the workload made ready, the files
 * that results go to, and their end.
 */
#ifndef SIM_MACHINE_COMMAND_H
#define SIM_MACHINE_COMMAND_H
#include "sim/core/status.h"
#include "sim/machine/config.h"
#include "sim/machine/guest_load.h"
#include "sim/machine/machine.h"
#include "sim/machine/out_file.h"
#include "sim/machine/report.h"
#include "sim/machine/session.h"
#include "sim/machine/travel.h"
#include "sim/record/trace.h"

struct command {
    const struct config *config;
    struct guest_load guest;
    struct out_file json, csv, trace;
    struct travel_files travel; /* of --out, and ... */
    FILE *saved;                /* ... what the guest hands out; or NULL */
    struct trace_chrome chrome; /* writes to trace, if that was asked for */
};

/*
 * Packages the workload and opens every output, so that a mistake shows
 * before a long run.  On failure nothing is left to free.
 */
enum status command_begin(struct command *cmd, const struct config *config,
                          struct error *e);

/* Writes what was asked for. */
enum status command_write(struct command *cmd, const struct results *r,
                          struct error *e);

/* Frees; files not written by then are not there. */
void command_free(struct command *cmd);

/* Prints the one line of a user's mistake; returns exit status 2. */
int command_fail(const struct error *e);

#endif
