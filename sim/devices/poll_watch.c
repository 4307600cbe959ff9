#include "sim/devices/poll_watch.h"

#include <stddef.h>

static bool holds(const struct poll_slot *s, bool memory, uint64_t address)
{
    return s->reads != 0 && s->memory == memory && s->address == address;
}

/* The address's slot, or else the one with the fewest reads. */
static struct poll_slot *find(struct poll_watch *w, bool memory,
                              uint64_t address)
{
    struct poll_slot *coldest = &w->slots[0];

    for (unsigned i = 0; i < POLL_SLOTS; i++) {
        struct poll_slot *s = &w->slots[i];

        if (holds(s, memory, address))
            return s;
        if (s->reads < coldest->reads)
            coldest = s;
    }
    return coldest;
}

void poll_watch_read(struct poll_watch *w, bool memory, uint64_t address,
                     uint64_t value)
{
    struct poll_slot *s = find(w, memory, address);

    if (holds(s, memory, address) && s->value == value) {
        s->reads++;
        return;
    }
    *s = (struct poll_slot){
        .address = address, .value = value, .reads = 1, .memory = memory};
}

const struct poll_slot *poll_watch_busiest(const struct poll_watch *w)
{
    const struct poll_slot *busiest = &w->slots[0];

    for (unsigned i = 1; i < POLL_SLOTS; i++)
        if (w->slots[i].reads > busiest->reads)
            busiest = &w->slots[i];
    return busiest->reads > 1 ? busiest : NULL;
}
