/*
 * travel.h - --dir and --out: what goes to the guest, and what comes back.
 *
 * A directory is shown read-only: what the guest changes below it is its own
 * copy (a kernel without a driver for host files gets a copy at once).  Files
 * come back by the simulator's hand when the program has ended: to the places
 * that --out names, whole or not at all, and nowhere else.
 */
#ifndef SIM_MACHINE_TRAVEL_H
#define SIM_MACHINE_TRAVEL_H
#include <stdio.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"
#include "sim/machine/out_file.h"
#include "sim/machine/package.h"

/* From the command line; refuse what cannot be, with one line. */
enum status travel_add_dir(struct travel *t, const char *text, struct error *e);
enum status travel_add_out(struct travel *t, const char *text, struct error *e);

/* The directories and orders, into the package. */
enum status travel_pack(const struct travel *t, struct package *p, bool whole,
                        struct error *e);

/* Files on the host that --out names. */
struct travel_files {
    struct out_file files[CONFIG_MAX_TRAVEL];
};
enum status travel_open(struct travel_files *f, const struct travel *t,
                        struct error *e);
/* Writes what the guest saved, as the host-files device collected it. */
enum status travel_write(struct travel_files *f, const struct travel *t,
                         FILE *saved, struct error *e);
void travel_abandon(struct travel_files *f);

#endif
