/*
 * virtio_registry.c - every kind of virtio device: one file, one line here.
 */
#include <string.h>

#include "sim/devices/virtio.h"
#include "sim/devices/virtio_kinds.h"

const struct virtio_ops *const virtio_all[] = {
    &virtio_net, &virtio_blk, &virtio_console, &virtio_rng, NULL,
};

const struct virtio_ops *virtio_find(const char *name)
{
    for (unsigned i = 0; virtio_all[i]; i++)
        if (strcmp(virtio_all[i]->name, name) == 0)
            return virtio_all[i];
    return NULL;
}
