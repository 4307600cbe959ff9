/*
 * output.h - bytes that a guest wrote, kept until someone takes them.
 *
 * No device writes to a file or a terminal: whoever owns the platform takes
 * the bytes (and sets bytes to 0) between runs.
 */
#ifndef SIM_DEVICES_OUTPUT_H
#define SIM_DEVICES_OUTPUT_H
#include <stddef.h>
#include <stdint.h>

/* A write beyond limit_bytes is dropped, counted. */
struct output {
    uint8_t *data;
    size_t bytes, capacity_bytes, limit_bytes;
    uint64_t dropped_bytes;
};

void output_append(struct output *o, const uint8_t *data, size_t bytes);
void output_free(struct output *o);

#endif
