/*
 * virtio_pci_common.c - the common configuration structure.
 *
 * Hardware  VIRTIO 1.1, "Common configuration structure layout".
 */
#include <linux/virtio_pci.h>

#include "sim/devices/virtio_pci.h"

void virtio_pci_forget_vectors(struct virtio_pci *p)
{
    p->config_vector = VIRTIO_MSI_NO_VECTOR;
    for (unsigned i = 0; i < VIRTIO_MOST_QUEUES; i++)
        p->queue_vectors[i] = VIRTIO_MSI_NO_VECTOR;
}

/* Fields of the selected queue; 0 if there is no such queue. */
static uint32_t read_queue_field(struct virtio_pci *p, uint32_t offset)
{
    struct virtio *v = &p->v;
    const struct virtqueue *q = virtio_queue(v);

    if (!q)
        return 0;
    switch (offset) {
    case VIRTIO_PCI_COMMON_Q_SIZE:
        return q->entries;
    case VIRTIO_PCI_COMMON_Q_MSIX:
        return p->queue_vectors[v->selected];
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        return q->ready;
    case VIRTIO_PCI_COMMON_Q_NOFF:
        return v->selected;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
        return (uint32_t)q->descriptors.v;
    case VIRTIO_PCI_COMMON_Q_DESCHI:
        return (uint32_t)(q->descriptors.v >> 32);
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
        return (uint32_t)q->available.v;
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
        return (uint32_t)(q->available.v >> 32);
    case VIRTIO_PCI_COMMON_Q_USEDLO:
        return (uint32_t)q->used.v;
    case VIRTIO_PCI_COMMON_Q_USEDHI:
        return (uint32_t)(q->used.v >> 32);
    default:
        return 0;
    }
}

uint32_t virtio_pci_common_read(struct virtio_pci *p, uint32_t offset)
{
    const struct virtio *v = &p->v;

    switch (offset) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        return v->feature_page;
    case VIRTIO_PCI_COMMON_DF:
        return virtio_read_features(v);
    case VIRTIO_PCI_COMMON_GFSELECT:
        return v->accepted_page;
    case VIRTIO_PCI_COMMON_GF:
        return v->accepted_page > 1
                   ? 0
                   : (uint32_t)(v->accepted >> (32 * v->accepted_page));
    case VIRTIO_PCI_COMMON_MSIX:
        return p->config_vector;
    case VIRTIO_PCI_COMMON_NUMQ:
        return v->ops->queues;
    case VIRTIO_PCI_COMMON_STATUS:
        return v->status;
    case VIRTIO_PCI_COMMON_CFGGENERATION:
        return v->generation;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        return v->selected;
    default:
        return read_queue_field(p, offset);
    }
}

/* A vector that is not there cannot be mapped, and reads back so. */
static uint16_t legal_vector(uint32_t value)
{
    return value < MSIX_VECTORS ? (uint16_t)value : VIRTIO_MSI_NO_VECTOR;
}

static void write_queue_field(struct virtio_pci *p, uint32_t offset,
                              uint32_t value)
{
    struct virtio *v = &p->v;

    switch (offset) {
    case VIRTIO_PCI_COMMON_Q_SIZE:
        virtio_queue_size(v, value);
        break;
    case VIRTIO_PCI_COMMON_Q_MSIX:
        if (virtio_queue(v))
            p->queue_vectors[v->selected] = legal_vector(value);
        break;
    case VIRTIO_PCI_COMMON_Q_ENABLE:
        if (value == 1) /* "The driver MUST NOT write a 0" */
            virtio_queue_ready(v, true);
        break;
    case VIRTIO_PCI_COMMON_Q_DESCLO:
    case VIRTIO_PCI_COMMON_Q_DESCHI:
        virtio_queue_address(v, RING_DESCRIPTORS,
                             offset == VIRTIO_PCI_COMMON_Q_DESCHI, value);
        break;
    case VIRTIO_PCI_COMMON_Q_AVAILLO:
    case VIRTIO_PCI_COMMON_Q_AVAILHI:
        virtio_queue_address(v, RING_AVAILABLE,
                             offset == VIRTIO_PCI_COMMON_Q_AVAILHI, value);
        break;
    case VIRTIO_PCI_COMMON_Q_USEDLO:
    case VIRTIO_PCI_COMMON_Q_USEDHI:
        virtio_queue_address(v, RING_USED, offset == VIRTIO_PCI_COMMON_Q_USEDHI,
                             value);
        break;
    default:
        break;
    }
}

void virtio_pci_common_write(struct virtio_pci *p, uint32_t offset,
                             uint32_t value)
{
    struct virtio *v = &p->v;

    switch (offset) {
    case VIRTIO_PCI_COMMON_DFSELECT:
        v->feature_page = value;
        break;
    case VIRTIO_PCI_COMMON_GFSELECT:
        v->accepted_page = value;
        break;
    case VIRTIO_PCI_COMMON_GF:
        virtio_write_features(v, value);
        break;
    case VIRTIO_PCI_COMMON_MSIX:
        p->config_vector = legal_vector(value);
        break;
    case VIRTIO_PCI_COMMON_STATUS:
        if ((uint8_t)value == 0)
            virtio_pci_forget_vectors(p);
        virtio_write_status(v, (uint8_t)value);
        break;
    case VIRTIO_PCI_COMMON_Q_SELECT:
        v->selected = (uint16_t)value;
        break;
    default:
        write_queue_field(p, offset, value);
    }
}
