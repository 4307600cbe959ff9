/*
 * virtio_net.c - a network card with one other host on its wire.
 *
 * Hardware      VIRTIO 1.1, "Network Device".
 * Model         a receive and a transmit queue; frames go to net_responder.c,
 *               whose answers wait in a ring until the driver has a buffer
 *               for them.  10 us a frame and 10 Gbit/s.
 * NOT MODELLED  checksum and segmentation offload, merged receive buffers,
 *               control queue, several queues.
 * INVARIANT     given - taken <= WAITING_FRAMES; a frame too many is lost, as
 *               on any wire.
 */
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "sim/devices/net_responder.h"
#include "sim/devices/virtio.h"
#include "sim/devices/virtio_kinds.h"

enum {
    RECEIVE_QUEUE = 0,
    TRANSMIT_QUEUE = 1,
    HEADER_BYTES = 12, /* struct virtio_net_hdr_v1 */
    HEADER_NUM_BUFFERS = 10,
    CONFIG_STATUS = 6,
    CONFIG_BYTES = 8,
    WAITING_FRAMES = 16, /* a power of two */
};

struct frame {
    size_t bytes;
    uint8_t data[NET_FRAME_MOST_BYTES];
};

struct net {
    struct frame waiting[WAITING_FRAMES];
    uint32_t given, taken;
};

static struct net *net_of(struct virtio *v)
{
    _Static_assert(sizeof(struct net) <= VIRTIO_STATE_BYTES, "fits");
    return (struct net *)(void *)v->state;
}

static void net_open(struct virtio *v, const struct bus *b)
{
    static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    (void)b;
    memcpy(v->config, mac, sizeof mac);
    v->config[CONFIG_STATUS] = VIRTIO_NET_S_LINK_UP;
}

/* What waited for the last driver is lost. */
static void net_start(struct virtio *v)
{
    struct net *net = net_of(v);

    net->taken = net->given;
}

/* False: shorter than its own header, or not in memory. */
static bool send_frame(struct net *net, const struct guest_memory *m,
                       const struct virtq_chain *c)
{
    uint8_t frame[NET_FRAME_MOST_BYTES];
    struct frame *answer = &net->waiting[net->given % WAITING_FRAMES];
    size_t bytes;

    if (c->readable_bytes < HEADER_BYTES)
        return false;
    bytes = (size_t)c->readable_bytes - HEADER_BYTES;
    if (bytes > sizeof frame)
        return true; /* longer than the wire carries: lost */
    if (!virtq_read(c, m, HEADER_BYTES, frame, bytes))
        return false;
    if (net->given - net->taken == WAITING_FRAMES)
        return true;
    answer->bytes = net_answer(frame, bytes, answer->data);
    net->given += answer->bytes != 0;
    return true;
}

static void serve_receive(struct virtio *v, struct bus *b)
{
    struct net *net = net_of(v);
    struct virtq_chain chain;

    while (net->given != net->taken &&
           virtio_pop(v, b, RECEIVE_QUEUE, &chain) == VIRTQ_CHAIN) {
        const struct frame *f = &net->waiting[net->taken % WAITING_FRAMES];
        uint8_t header[HEADER_BYTES] = {[HEADER_NUM_BUFFERS] = 1};

        if (!virtq_write(&chain, &b->memory, 0, header, sizeof header) ||
            !virtq_write(&chain, &b->memory, sizeof header, f->data,
                         f->bytes)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, RECEIVE_QUEUE, &chain, sizeof header + f->bytes);
        net->taken++;
    }
}

static void serve_transmit(struct virtio *v, struct bus *b)
{
    struct virtq_chain chain;

    while (virtio_pop(v, b, TRANSMIT_QUEUE, &chain) == VIRTQ_CHAIN) {
        if (!send_frame(net_of(v), &b->memory, &chain)) {
            virtio_broken(v);
            return;
        }
        virtio_push(v, b, TRANSMIT_QUEUE, &chain, 0);
        serve_receive(v, b);
    }
}

static void net_serve(struct virtio *v, struct bus *b, unsigned queue)
{
    if (queue == TRANSMIT_QUEUE)
        serve_transmit(v, b);
    else
        serve_receive(v, b);
}

const struct virtio_ops virtio_net = {
    .name = "net",
    .sentence = "a network card; 10.0.2.2 answers ARP, ping and UDP echo",
    .id = VIRTIO_ID_NET,
    .queues = TRANSMIT_QUEUE + 1,
    .features = (uint64_t)1 << VIRTIO_NET_F_MAC | (uint64_t)1
                                                      << VIRTIO_NET_F_STATUS,
    .service_us = 10,
    .bytes_per_us = 1250,
    .config_bytes = CONFIG_BYTES,
    .open = net_open,
    .start = net_start,
    .serve = net_serve,
};
