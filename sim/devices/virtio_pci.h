/*
 * virtio_pci.h - a virtio device that is a PCI function, for the files of it.
 */
#ifndef SIM_DEVICES_VIRTIO_PCI_H
#define SIM_DEVICES_VIRTIO_PCI_H
#include "sim/devices/msix.h"
#include "sim/devices/virtio.h"

struct virtio_pci {
    struct virtio v; /* v.ops NULL: there is none, and no function */
    struct msix msix;
    uint16_t config_vector;
    uint16_t queue_vectors[VIRTIO_MOST_QUEUES];
    uint8_t window; /* capability VIRTIO_PCI_CAP_PCI_CFG */
};

/* The common configuration structure; an access is of a whole field. */
uint32_t virtio_pci_common_read(struct virtio_pci *p, uint32_t offset);
void virtio_pci_common_write(struct virtio_pci *p, uint32_t offset,
                             uint32_t value);

/* All vectors as after a reset: none. */
void virtio_pci_forget_vectors(struct virtio_pci *p);

#endif
