/*
 * output.c - bytes that a guest wrote, kept until someone takes them.
 *
 * Growth doubles, so that a byte at a time costs little; what the host has no
 * memory for is dropped and counted like what goes beyond the limit.
 */
#include "sim/devices/output.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool output_reserve(struct output *o, size_t wanted_bytes)
{
    size_t capacity = o->capacity_bytes ? o->capacity_bytes : 4096;
    uint8_t *grown;

    if (wanted_bytes <= o->capacity_bytes)
        return true;
    while (capacity < wanted_bytes)
        capacity *= 2;
    grown = realloc(o->data, capacity);
    if (!grown)
        return false;
    o->data = grown;
    o->capacity_bytes = capacity;
    return true;
}

void output_append(struct output *o, const uint8_t *data, size_t bytes)
{
    size_t room = o->limit_bytes - o->bytes;
    size_t kept = bytes < room ? bytes : room;

    if (kept != 0 && !output_reserve(o, o->bytes + kept))
        kept = 0;
    if (kept != 0)
        memcpy(o->data + o->bytes, data, kept);
    o->bytes += kept;
    o->dropped_bytes += bytes - kept;
}

void output_free(struct output *o)
{
    free(o->data);
    *o = (struct output){.limit_bytes = o->limit_bytes};
}
