/*
 * virtio_kinds.h - the kinds of virtio device: one file, one line in each of
 * the two lists.
 */
#ifndef SIM_DEVICES_VIRTIO_KINDS_H
#define SIM_DEVICES_VIRTIO_KINDS_H

/* What a row of platform_rows.def names as its parameter. */
enum virtio_kind {
    VIRTIO_KIND_NET,
    VIRTIO_KIND_BLK,
    VIRTIO_KIND_CONSOLE,
    VIRTIO_KIND_RNG,
    VIRTIO_KINDS
};

struct virtio_ops;

extern const struct virtio_ops virtio_net;
extern const struct virtio_ops virtio_blk;
extern const struct virtio_ops virtio_console;
extern const struct virtio_ops virtio_rng;

#endif
