/*
 * guest_load.h - a guest's software made ready: its kernel, and the workload in
 * what that unpacks.
 */
#ifndef SIM_MACHINE_GUEST_LOAD_H
#define SIM_MACHINE_GUEST_LOAD_H
#include "sim/machine/config.h"
#include "sim/machine/guest_image.h"
#include "sim/machine/package.h"

struct guest_load {
    struct package package;
    struct guest_files files;
    struct bundle initramfs;    /* of a real kernel */
    struct machine_image image; /* points into the others */
};

/*
 * stdin_fd: whose bytes travel as the program's input; -1: none.  On failure
 * nothing is left to free.
 */
enum status guest_load(struct guest_load *g, const struct config *config,
                       int stdin_fd, struct error *e);
void guest_load_free(struct guest_load *g);

#endif
