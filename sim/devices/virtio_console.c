/*
 * virtio_console.c - a console: the guest's hvc0.
 *
 * Hardware      VIRTIO 1.1, "Console Device".
 * Model         port 0 alone: what the guest sends joins the serial line's
 *               output; what is typed there comes in here, once a driver is
 *               there to take it.  The emergency-write register too.
 * NOT MODELLED  more ports, the screen's size.
 */
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>

#include "sim/devices/virtio.h"
#include "sim/devices/virtio_kinds.h"

enum {
    RECEIVE_QUEUE = 0,
    TRANSMIT_QUEUE = 1,
    CONFIG_EMERGENCY_WRITE = 8,
    CONFIG_BYTES = 12,
    PIECE_BYTES = 256,
};

static bool print_chain(struct bus *b, const struct virtq_chain *c)
{
    uint8_t piece[PIECE_BYTES];
    uint64_t done = 0;

    while (done < c->readable_bytes) {
        uint64_t left = c->readable_bytes - done;
        size_t n = left < sizeof piece ? (size_t)left : sizeof piece;

        if (!virtq_read(c, &b->memory, done, piece, n))
            return false;
        output_append(&b->console, piece, n);
        done += n;
    }
    return true;
}

static void serve_transmit(struct virtio *v, struct bus *b)
{
    struct virtq_chain chain;

    while (virtio_pop(v, b, TRANSMIT_QUEUE, &chain) == VIRTQ_CHAIN) {
        if (!print_chain(b, &chain)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, TRANSMIT_QUEUE, &chain, 0);
    }
}

/* As much of what was typed as fits into one buffer. */
static bool type_into(struct bus *b, const struct virtq_chain *c,
                      uint64_t *written_bytes)
{
    uint8_t byte;

    *written_bytes = 0;
    while (*written_bytes < c->writable_bytes && input_take(&b->input, &byte)) {
        if (!virtq_write(c, &b->memory, *written_bytes, &byte, 1))
            return false;
        ++*written_bytes;
    }
    return true;
}

static void serve_receive(struct virtio *v, struct bus *b)
{
    struct virtq_chain chain;
    uint64_t written_bytes;

    while (input_waiting(&b->input) != 0 &&
           virtio_pop(v, b, RECEIVE_QUEUE, &chain) == VIRTQ_CHAIN) {
        if (chain.writable_bytes == 0 ||
            !type_into(b, &chain, &written_bytes)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, RECEIVE_QUEUE, &chain, written_bytes);
    }
}

static void console_serve(struct virtio *v, struct bus *b, unsigned queue)
{
    if (queue == TRANSMIT_QUEUE)
        serve_transmit(v, b);
    else
        serve_receive(v, b);
}

static uint32_t console_wanted(const struct virtio *v, const struct bus *b)
{
    (void)v;
    return input_waiting(&b->input) != 0 ? 1u << RECEIVE_QUEUE : 0;
}

static void console_config_write(struct virtio *v, struct bus *b,
                                 unsigned offset, uint8_t value)
{
    (void)v;
    if (offset == CONFIG_EMERGENCY_WRITE)
        output_append(&b->console, &value, 1);
}

const struct virtio_ops virtio_console = {
    .name = "console",
    .sentence = "a console beside the serial line, with its output",
    .id = VIRTIO_ID_CONSOLE,
    .queues = TRANSMIT_QUEUE + 1,
    .features = (uint64_t)1 << VIRTIO_CONSOLE_F_EMERG_WRITE,
    .config_bytes = CONFIG_BYTES,
    .serve = console_serve,
    .wanted = console_wanted,
    .config_write = console_config_write,
};
