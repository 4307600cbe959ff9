/*
 * platform_access.c - which device answers a port or an address.
 *
 * Hardware    ISA and PCI buses: a byte that nobody drives reads as 0xff, and
 *             an access wider than a device is made of narrower ones.
 * INVARIANT   a device sees only accesses that its row allows.
 */
#include "sim/core/macros.h"
#include "sim/devices/platform.h"
#include "sim/devices/platform_internal.h"

/* Who answers at an address. */
struct target {
    enum platform_device device;
    unsigned range;
    uint32_t offset, bytes; /* of the range */
    unsigned width;
};

static void set_target(struct target *t, unsigned row, uint64_t address)
{
    const struct range_row *r = &range_rows[row];

    *t = (struct target){.device = r->device,
                         .range = range_row_number(row),
                         .offset = (uint32_t)(address - r->first),
                         .bytes = r->bytes,
                         .width = r->width};
}

/* A base address range of a PCI function. */
static bool find_bar(const struct platform *p, bool io, uint64_t address,
                     struct target *t)
{
    unsigned bar;
    uint32_t offset;
    const struct pci_function *f =
        pci_find(&p->bus.pci, io, address, &bar, &offset);

    if (!f)
        return false;
    *t = (struct target){.device = (enum platform_device)f->device,
                         .range = DEVICE_RANGE_BAR0 + bar,
                         .offset = offset,
                         .bytes = f->bars[bar].bytes,
                         .width = io ? 4 : 8};
    return true;
}

static bool find_port(const struct platform *p, uint16_t port, struct target *t)
{
    if (p->port_map[port] == 0)
        return find_bar(p, true, port, t);
    set_target(t, p->port_map[port] - 1u, port);
    return true;
}

static bool find_memory(const struct platform *p, uint64_t address,
                        struct target *t)
{
    for (unsigned i = 0; i < range_row_count; i++) {
        const struct range_row *r = &range_rows[i];

        if (r->space != SPACE_MEMORY || !p->states[r->device] ||
            address < r->first || address - r->first >= r->bytes)
            continue;
        set_target(t, i, address);
        return true;
    }
    return find_bar(p, false, address, t);
}

static bool find(const struct platform *p, enum platform_space space,
                 uint64_t address, struct target *t)
{
    return space == SPACE_PORT ? find_port(p, (uint16_t)address, t)
                               : find_memory(p, address, t);
}

/* Does the device take so many bytes at once? */
static bool takes(const struct target *t, unsigned bytes)
{
    if (bytes > t->width)
        return false;
    return t->bytes == 1 || bytes <= t->bytes - t->offset;
}

static uint64_t ones(unsigned bytes)
{
    return bytes >= 8 ? UINT64_MAX : ((uint64_t)1 << (8 * bytes)) - 1;
}

/* The first byte of an access begins a piece of so many bytes. */
static unsigned piece_bytes(const struct target *t, uint64_t address,
                            unsigned bytes)
{
    unsigned piece = 8;

    while (piece > bytes || address % piece != 0)
        piece /= 2;
    while (piece > 1 && !takes(t, piece))
        piece /= 2;
    return piece;
}

/* The owner of the PCI function whose configuration is accessed, if it has
 * hooks there. */
static bool find_config(struct platform *p, const struct target *t,
                        struct target *owner)
{
    enum { DATA = 4 };
    struct pci_function *f;
    unsigned at;

    if (t->device != DEVICE_PCI || t->range != 0 || t->offset < DATA)
        return false;
    f = pci_selected(&p->bus.pci, t->offset - DATA, &at);
    if (!f || !f->hooks || at < PCI_FIRST_FREE)
        return false;
    *owner = (struct target){.device = (enum platform_device)f->device,
                             .range = DEVICE_RANGE_CONFIG,
                             .offset = at};
    return true;
}

static uint64_t device_read(struct platform *p, const struct target *t,
                            unsigned bytes)
{
    const struct device_access a = {
        .range = t->range, .offset = t->offset, .bytes = bytes};
    struct target owner;

    if (find_config(p, t, &owner))
        return device_read(p, &owner, bytes);
    platform_select(p, t->device);
    return device_rows[t->device].ops->read(p->states[t->device], &p->bus, &a);
}

static void device_write(struct platform *p, const struct target *t,
                         unsigned bytes, uint64_t value)
{
    const struct device_access a = {
        .range = t->range, .offset = t->offset, .bytes = bytes};
    struct target owner;

    platform_select(p, t->device);
    device_rows[t->device].ops->write(p->states[t->device], &p->bus, &a,
                                      value & ones(bytes));
    if (find_config(p, t, &owner))
        device_write(p, &owner, bytes, value);
}

/* 1, 2, 4 or 8 bytes. */
static uint64_t space_read(struct platform *p, enum platform_space space,
                           uint64_t address, unsigned bytes)
{
    uint64_t value = 0;
    struct target t;

    for (unsigned done = 0, piece; done < bytes; done += piece) {
        uint64_t part = UINT64_MAX;

        piece = 1;
        if (find(p, space, address + done, &t)) {
            piece = done == 0 && takes(&t, bytes)
                        ? bytes
                        : piece_bytes(&t, address + done, bytes - done);
            part = device_read(p, &t, piece);
        }
        value |= (part & ones(piece)) << (8 * done);
    }
    return value;
}

static void space_write(struct platform *p, enum platform_space space,
                        uint64_t address, unsigned bytes, uint64_t value)
{
    struct target t;

    for (unsigned done = 0, piece; done < bytes; done += piece) {
        piece = 1;
        if (!find(p, space, address + done, &t))
            continue;
        piece = done == 0 && takes(&t, bytes)
                    ? bytes
                    : piece_bytes(&t, address + done, bytes - done);
        device_write(p, &t, piece, value >> (8 * done));
    }
}

static uint64_t load(const uint8_t *data, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)data[i] << (8 * i);
    return value;
}

static void store(uint8_t *data, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        data[i] = (uint8_t)(value >> (8 * i));
}

static void port_element(struct platform *p, const struct port_access *a,
                         uint8_t *data)
{
    uint64_t value;

    if (!a->in) {
        space_write(p, SPACE_PORT, a->port, a->bytes, load(data, a->bytes));
        return;
    }
    value = space_read(p, SPACE_PORT, a->port, a->bytes);
    poll_watch_read(&p->polls, false, a->port, value);
    store(data, a->bytes, value);
}

void platform_port_access(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                          const struct port_access *a)
{
    if (a->bytes != 1 && a->bytes != 2 && a->bytes != 4)
        BUG("a port access has 1, 2 or 4 bytes");
    platform_begin(p, vcpu, now_cycle);
    for (uint32_t i = 0; i < a->count; i++)
        port_element(p, a, a->data + (size_t)i * a->bytes);
    platform_settle(p);
}

bool platform_is_device(const struct platform *p, gpa_t a)
{
    return !guest_memory_has(&p->bus.memory, a);
}

/* Bytes of the next naturally aligned piece, at most 8. */
static unsigned aligned_piece(uint64_t address, unsigned bytes)
{
    unsigned piece = 8;

    while (piece > bytes || address % piece != 0)
        piece /= 2;
    return piece;
}

/* Registers of the local APIC take 32 bits at a time. */
static uint64_t memory_read(struct platform *p, uint64_t at, unsigned bytes)
{
    if (!platform_has_lapic_page(p, at))
        return space_read(p, SPACE_MEMORY, at, bytes);
    return platform_lapic_read(p, at) & ones(bytes);
}

static void memory_write(struct platform *p, uint64_t at, unsigned bytes,
                         uint64_t value)
{
    if (!platform_has_lapic_page(p, at))
        space_write(p, SPACE_MEMORY, at, bytes, value);
    else
        platform_lapic_write(p, at, bytes, (uint32_t)value);
}

void platform_memory_access(struct platform *p, unsigned vcpu,
                            uint64_t now_cycle, const struct memory_access *a)
{
    platform_begin(p, vcpu, now_cycle);
    for (unsigned done = 0, piece; done < a->bytes; done += piece) {
        uint64_t at = a->at.v + done;
        uint64_t value;

        piece = aligned_piece(at, a->bytes - done);
        if (a->write) {
            memory_write(p, at, piece, load(a->data + done, piece));
            continue;
        }
        value = memory_read(p, at, piece);
        poll_watch_read(&p->polls, true, at, value);
        store(a->data + done, piece, value);
    }
    platform_settle(p);
}
