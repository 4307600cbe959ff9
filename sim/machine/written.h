/*
 * written.h - what a guest's program wrote to one of its outputs: the checksum
 * of all of it, and where it went.
 */
#ifndef SIM_MACHINE_WRITTEN_H
#define SIM_MACHINE_WRITTEN_H
#include <sha2.h>
#include <stdint.h>

#include "sim/devices/output.h"

struct written {
    SHA2_CTX sum;
    uint64_t bytes;
    uint64_t shown; /* of these, written already by a run that went back */
    int error; /* errno of the write that failed; then nothing more is written
                */
};

void written_init(struct written *w);

/* Takes what is in o: to fd, if that is not -1. */
void written_take(struct written *w, struct output *o, int fd);

#endif
