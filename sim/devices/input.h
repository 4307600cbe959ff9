/*
 * input.h - bytes that somebody typed, until a device takes them.
 *
 * INVARIANT  head - tail <= INPUT_BYTES; both only grow (modulo 2^32).
 */
#ifndef SIM_DEVICES_INPUT_H
#define SIM_DEVICES_INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INPUT_BYTES = 4096 }; /* a power of two */

struct input {
    uint8_t data[INPUT_BYTES];
    uint32_t head, tail;
};

static inline uint32_t input_waiting(const struct input *q)
{
    return q->head - q->tail;
}

/* How many of them were taken: the rest can be offered again later. */
static inline size_t input_put(struct input *q, const uint8_t *data,
                               size_t bytes)
{
    size_t taken = 0;

    while (taken < bytes && input_waiting(q) < INPUT_BYTES)
        q->data[q->head++ % INPUT_BYTES] = data[taken++];
    return taken;
}

/* The byte that is n behind the next; false: nothing waits there. */
static inline bool input_peek(const struct input *q, uint32_t n, uint8_t *byte)
{
    if (n >= input_waiting(q))
        return false;
    *byte = q->data[(q->tail + n) % INPUT_BYTES];
    return true;
}

/* False: nothing waits. */
static inline bool input_take(struct input *q, uint8_t *byte)
{
    if (input_waiting(q) == 0)
        return false;
    *byte = q->data[q->tail++ % INPUT_BYTES];
    return true;
}

#endif
