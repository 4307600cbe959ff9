/*
 * poll_watch.h - which address a guest reads again and again without news.
 *
 * Model  a few slots by address; a slot counts reads that gave the same value
 *        as the one before.  A colder address gives way to a newer one, so
 *        that the space is bounded and the busiest stays.
 */
#ifndef SIM_DEVICES_POLL_WATCH_H
#define SIM_DEVICES_POLL_WATCH_H
#include <stdbool.h>
#include <stdint.h>

enum { POLL_SLOTS = 16 };

struct poll_slot {
    uint64_t address;
    uint64_t value; /* of the last read */
    uint64_t reads; /* that gave it, in a row; 0: the slot is free */
    bool memory;
};

struct poll_watch {
    struct poll_slot slots[POLL_SLOTS];
};

void poll_watch_read(struct poll_watch *w, bool memory, uint64_t address,
                     uint64_t value);

/* The slot with the most reads; NULL: nothing was read twice. */
const struct poll_slot *poll_watch_busiest(const struct poll_watch *w);

#endif
