/*
 * virtio_pci.c - virtio devices as PCI functions.
 *
 * Hardware      VIRTIO 1.1, "Virtio Over PCI Bus": "PCI Device Discovery",
 *               "Virtio Structure PCI Capabilities", "PCI-specific
 *               Initialization And Device Operation".
 * Model         base address 0 has the common, ISR, device and notification
 *               structures, each on a page of its own; base address 1 has
 *               MSI-X.  Without MSI-X the interrupt pin is high while the ISR
 *               status is not 0.  The row's parameter says which kind of
 *               device.
 * NOT MODELLED  the legacy interface (transitional devices), shared memory
 *               capabilities.
 */
#include "sim/devices/virtio_pci.h"

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "sim/core/macros.h"
#include "sim/devices/device_all.h"

enum {
    VENDOR = 0x1af4,
    FIRST_DEVICE = 0x1040, /* + the kind's id */
    BAR_STRUCTURES = 0,
    BAR_MSIX = 1,
    AT_COMMON = 0x0000,
    AT_ISR = 0x1000,
    AT_DEVICE = 0x2000,
    AT_NOTIFY = 0x3000,
    STRUCTURE_BYTES = 0x1000,
    BAR_BYTES = 0x4000,
    COMMON_BYTES = 0x38,
    NOTIFY_STRIDE = 4,
    CAP_BYTES = 16,
    WINDOW_DATA = 16, /* of VIRTIO_PCI_CAP_PCI_CFG */
    WINDOW_BYTES = 20,
    FIRST_SLOT = 3, /* + enum virtio_kind */
};

/* By kind: class, subclass, interface. */
static const uint32_t classes[VIRTIO_KINDS] = {
    [VIRTIO_KIND_NET] = 0x020000,
    [VIRTIO_KIND_BLK] = 0x010000,
    [VIRTIO_KIND_CONSOLE] = 0x078000,
    [VIRTIO_KIND_RNG] = 0x00ff00,
};

static struct pci_function *function_of(struct bus *bus)
{
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        struct pci_function *f = &bus->pci.functions[i];

        if (f->present && f->device == bus->device)
            return f;
    }
    return NULL;
}

static void put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* A capability that says where a structure is. */
static void add_structure(struct pci_function *f, unsigned type, uint32_t at,
                          uint32_t bytes)
{
    bool notify = type == VIRTIO_PCI_CAP_NOTIFY_CFG;
    uint8_t data[CAP_BYTES + 4] = {0};

    data[VIRTIO_PCI_CAP_LEN] = notify ? CAP_BYTES + 4 : CAP_BYTES;
    data[VIRTIO_PCI_CAP_CFG_TYPE] = (uint8_t)type;
    data[VIRTIO_PCI_CAP_BAR] = BAR_STRUCTURES;
    put32(data + VIRTIO_PCI_CAP_OFFSET, at);
    put32(data + VIRTIO_PCI_CAP_LENGTH, bytes);
    put32(data + VIRTIO_PCI_NOTIFY_CAP_MULT, NOTIFY_STRIDE);
    pci_add_capability(
        f, &(struct pci_capability){.id = PCI_CAP_ID_VNDR,
                                    .bytes = data[VIRTIO_PCI_CAP_LEN],
                                    .data = data});
}

/* Another way in: BAR, offset and length are the driver's to write. */
static unsigned add_window(struct pci_function *f)
{
    uint8_t data[WINDOW_BYTES] = {[VIRTIO_PCI_CAP_LEN] = WINDOW_BYTES,
                                  [VIRTIO_PCI_CAP_CFG_TYPE] =
                                      VIRTIO_PCI_CAP_PCI_CFG};
    uint8_t writable[WINDOW_BYTES] = {[VIRTIO_PCI_CAP_BAR] = 0xff};

    put32(writable + VIRTIO_PCI_CAP_OFFSET, UINT32_MAX);
    put32(writable + VIRTIO_PCI_CAP_LENGTH, UINT32_MAX);
    put32(writable + WINDOW_DATA, UINT32_MAX);
    return pci_add_capability(f, &(struct pci_capability){PCI_CAP_ID_VNDR,
                                                          WINDOW_BYTES, data,
                                                          writable});
}

static struct pci_function *add_function(struct bus *bus,
                                         const struct virtio_ops *ops)
{
    const struct pci_identity id = {
        .slot = (uint8_t)(FIRST_SLOT + bus->parameter),
        .vendor = VENDOR,
        .device = (uint16_t)(FIRST_DEVICE + ops->id),
        .class_code = classes[bus->parameter],
        .revision = 1,
        .subsystem_vendor = VENDOR,
        .subsystem = (uint16_t)(FIRST_DEVICE + ops->id),
        .pin = 1};
    struct pci_function *f = pci_add(&bus->pci, bus->device, &id);

    if (!f)
        return NULL;
    pci_add_bar(&bus->pci, f, BAR_STRUCTURES,
                &(struct pci_bar){.bytes = BAR_BYTES});
    pci_add_bar(&bus->pci, f, BAR_MSIX,
                &(struct pci_bar){.bytes = MSIX_BAR_BYTES});
    add_structure(f, VIRTIO_PCI_CAP_COMMON_CFG, AT_COMMON, COMMON_BYTES);
    add_structure(f, VIRTIO_PCI_CAP_ISR_CFG, AT_ISR, 1);
    if (ops->config_bytes != 0)
        add_structure(f, VIRTIO_PCI_CAP_DEVICE_CFG, AT_DEVICE,
                      ops->config_bytes);
    add_structure(f, VIRTIO_PCI_CAP_NOTIFY_CFG, AT_NOTIFY,
                  (uint32_t)ops->queues * NOTIFY_STRIDE);
    f->hooks = true;
    return f;
}

static void virtio_pci_reset(void *state, struct bus *bus)
{
    struct virtio_pci *p = state;
    const struct virtio_ops *ops = virtio_all[bus->parameter];
    struct pci_function *f = NULL;

    p->v.ops = NULL;
    if (!ops->absent || !ops->absent(bus))
        f = add_function(bus, ops);
    if (!f)
        return;
    virtio_init(&p->v, ops, bus);
    msix_reset(&p->msix, f, BAR_MSIX);
    p->window = (uint8_t)add_window(f);
    virtio_pci_forget_vectors(p);
}

/* What the device has to say, by MSI-X or by its pin. */
static void show_interrupts(struct virtio_pci *p, struct bus *bus,
                            const struct pci_function *f)
{
    uint32_t raised = p->v.interrupts;
    bool by_pin = !msix_enabled(&p->msix, f) &&
                  !(f->config[PCI_COMMAND + 1] & PCI_COMMAND_NO_INTX >> 8);

    p->v.interrupts = 0;
    bus_set_line(bus, pci_function_line(f), by_pin && p->v.isr != 0);
    if (raised >> VIRTIO_INTERRUPT_CONFIG & 1)
        msix_raise(&p->msix, bus, f, p->config_vector);
    for (unsigned i = 0; i < VIRTIO_MOST_QUEUES; i++)
        if (raised >> i & 1)
            msix_raise(&p->msix, bus, f, p->queue_vectors[i]);
    msix_unmask(&p->msix, bus, f);
}

/* Reading the ISR status acknowledges it. */
static uint8_t take_isr(struct virtio_pci *p)
{
    uint8_t isr = p->v.isr;

    p->v.isr = 0;
    return isr;
}

static uint64_t read_structure(struct virtio_pci *p, uint32_t offset,
                               unsigned bytes)
{
    switch (offset & ~(uint32_t)(STRUCTURE_BYTES - 1)) {
    case AT_COMMON:
        return virtio_pci_common_read(p, offset);
    case AT_ISR:
        return offset == AT_ISR ? take_isr(p) : 0;
    case AT_DEVICE:
        return virtio_config_read(&p->v, offset - AT_DEVICE, bytes);
    default:
        return 0;
    }
}

static void write_structure(struct virtio_pci *p, struct bus *bus,
                            const struct device_access *a, uint64_t value)
{
    switch (a->offset & ~(uint32_t)(STRUCTURE_BYTES - 1)) {
    case AT_COMMON:
        virtio_pci_common_write(p, a->offset, (uint32_t)value);
        break;
    case AT_DEVICE:
        virtio_config_write(&p->v, bus, a->offset - AT_DEVICE, a->bytes,
                            (uint32_t)value);
        break;
    case AT_NOTIFY:
        virtio_notify(&p->v, bus, (a->offset - AT_NOTIFY) / NOTIFY_STRIDE);
        break;
    default:
        break;
    }
}

/* The access that the window capability describes; false: it is none. */
static bool window_access(const struct virtio_pci *p,
                          const struct pci_function *f, struct device_access *a)
{
    uint32_t bar = f->config[p->window + VIRTIO_PCI_CAP_BAR];

    a->range = DEVICE_RANGE_BAR0 + BAR_STRUCTURES;
    a->offset =
        pci_config_get(f, p->window + (unsigned)VIRTIO_PCI_CAP_OFFSET, 4);
    a->bytes =
        pci_config_get(f, p->window + (unsigned)VIRTIO_PCI_CAP_LENGTH, 4);
    return bar == BAR_STRUCTURES && a->offset < BAR_BYTES &&
           (a->bytes == 1 || a->bytes == 2 || a->bytes == 4);
}

static bool is_window_data(const struct virtio_pci *p,
                           const struct device_access *a)
{
    return a->offset == p->window + (uint32_t)WINDOW_DATA;
}

static uint64_t read_config(struct virtio_pci *p, const struct pci_function *f,
                            const struct device_access *a)
{
    struct device_access inner;

    if (is_window_data(p, a) && window_access(p, f, &inner))
        return read_structure(p, inner.offset, inner.bytes);
    return pci_config_get(f, a->offset, a->bytes);
}

static void write_config(struct virtio_pci *p, struct bus *bus,
                         const struct pci_function *f,
                         const struct device_access *a)
{
    struct device_access inner;

    if (is_window_data(p, a) && window_access(p, f, &inner))
        write_structure(p, bus, &inner,
                        pci_config_get(f, a->offset, inner.bytes));
}

static uint64_t virtio_pci_read(void *state, struct bus *bus,
                                const struct device_access *a)
{
    struct virtio_pci *p = state;
    const struct pci_function *f = function_of(bus);
    uint64_t value;

    if (!p->v.ops || !f)
        return UINT64_MAX;
    if (a->range == DEVICE_RANGE_BAR0 + BAR_MSIX)
        return msix_read(&p->msix, a);
    value = a->range == DEVICE_RANGE_CONFIG
                ? read_config(p, f, a)
                : read_structure(p, a->offset, a->bytes);
    show_interrupts(p, bus, f);
    return value;
}

static void virtio_pci_write(void *state, struct bus *bus,
                             const struct device_access *a, uint64_t value)
{
    struct virtio_pci *p = state;
    const struct pci_function *f = function_of(bus);

    if (!p->v.ops || !f)
        return;
    if (a->range == DEVICE_RANGE_BAR0 + BAR_MSIX)
        msix_write(&p->msix, a, value);
    else if (a->range == DEVICE_RANGE_CONFIG)
        write_config(p, bus, f, a);
    else
        write_structure(p, bus, a, value);
    show_interrupts(p, bus, f);
}

static void virtio_pci_advance(void *state, struct bus *bus)
{
    struct virtio_pci *p = state;
    const struct pci_function *f = function_of(bus);

    if (!p->v.ops || !f)
        return;
    virtio_advance(&p->v, bus);
    show_interrupts(p, bus, f);
}

static uint64_t virtio_pci_next_cycle(const void *state, const struct bus *bus)
{
    const struct virtio_pci *p = state;

    (void)bus;
    return p->v.ops ? virtio_next_cycle(&p->v) : UINT64_MAX;
}

const struct device_ops device_virtio_pci = {
    .name = "virtio-pci",
    .sentence = "a virtio device as a PCI function, with MSI-X",
    .source = "VIRTIO 1.1, \"Virtio Over PCI Bus\"",
    .state_bytes = sizeof(struct virtio_pci),
    .reset = virtio_pci_reset,
    .read = virtio_pci_read,
    .write = virtio_pci_write,
    .advance = virtio_pci_advance,
    .next_cycle = virtio_pci_next_cycle,
};
