/*
 * mptable.c - the MP table's bytes.
 *
 * Hardware  Intel MultiProcessor Specification 1.4, chapter "MP Configuration
 *           Table".
 */
#include "sim/devices/mptable.h"

#include "sim/core/macros.h"
#include "sim/devices/acpi.h"
#include "sim/devices/blob.h"
#include "sim/devices/pci_routing.h"

enum {
    POINTER_BYTES = 16,
    POINTER_CHECKSUM = 10,
    HEADER_LENGTH = 4,
    HEADER_CHECKSUM = 7,
    HEADER_ENTRIES = 34,
    ENTRY_PROCESSOR = 0,
    ENTRY_BUS = 1,
    ENTRY_IOAPIC = 2,
    ENTRY_INTERRUPT = 3,
    ENTRY_LOCAL = 4,
    PROCESSOR_ENABLED = 1,
    PROCESSOR_BOOT = 2,
    LAPIC_VERSION = 0x14,
    IOAPIC_VERSION = 0x11,
    TYPE_INT = 0,
    TYPE_NMI = 1,
    TYPE_EXTINT = 3,
    AS_BUS_SAYS = 0,
    LEVEL_HIGH = 0xd,
    ALL_APICS = 0xff,
    BUS_PCI = 0,
    BUS_ISA = 1,
    ISA_LINES = 16,
    ISA_CASCADE = 2,
};

struct table {
    struct blob *b;
    unsigned entries;
};

struct interrupt {
    unsigned entry, type, flags, bus, source, apic, pin;
};

static void put_interrupt(struct table *t, const struct interrupt *i)
{
    blob_put(t->b, 1, i->entry);
    blob_put(t->b, 1, i->type);
    blob_put(t->b, 2, i->flags);
    blob_put(t->b, 1, i->bus);
    blob_put(t->b, 1, i->source);
    blob_put(t->b, 1, i->apic);
    blob_put(t->b, 1, i->pin);
    t->entries++;
}

static void put_processors(struct table *t, const struct mptable_config *c)
{
    for (unsigned i = 0; i < c->vcpus; i++) {
        blob_put(t->b, 1, ENTRY_PROCESSOR);
        blob_put(t->b, 1, i);
        blob_put(t->b, 1, LAPIC_VERSION);
        blob_put(t->b, 1, PROCESSOR_ENABLED | (i == 0 ? PROCESSOR_BOOT : 0));
        blob_put(t->b, 4, c->signature);
        blob_put(t->b, 4, c->features);
        blob_put(t->b, 8, 0);
        t->entries++;
    }
}

static void put_bus(struct table *t, unsigned id, const char *name)
{
    blob_put(t->b, 1, ENTRY_BUS);
    blob_put(t->b, 1, id);
    blob_text(t->b, name, 6);
    t->entries++;
}

static void put_ioapic(struct table *t)
{
    blob_put(t->b, 1, ENTRY_IOAPIC);
    blob_put(t->b, 1, ACPI_IOAPIC_ID);
    blob_put(t->b, 1, IOAPIC_VERSION);
    blob_put(t->b, 1, 1); /* usable */
    blob_put(t->b, 4, ACPI_IOAPIC_AT);
    t->entries++;
}

static void put_isa_interrupts(struct table *t, const struct mptable_config *c)
{
    bool has_sci = c->platform == PLATFORM_PC;

    for (unsigned line = 0; line < ISA_LINES; line++) {
        struct interrupt i = {.entry = ENTRY_INTERRUPT,
                              .type = TYPE_INT,
                              .bus = BUS_ISA,
                              .source = line,
                              .apic = ACPI_IOAPIC_ID,
                              .pin = line == 0 ? ISA_CASCADE : line};

        if (line == ISA_CASCADE)
            continue;
        if (line == ACPI_SCI_LINE && has_sci)
            i.flags = LEVEL_HIGH;
        put_interrupt(t, &i);
    }
}

static void put_pci_interrupts(struct table *t)
{
    for (unsigned slot = 1; slot < PCI_SLOTS; slot++)
        for (unsigned pin = 0; pin < PCI_PINS; pin++)
            put_interrupt(
                t, &(struct interrupt){.entry = ENTRY_INTERRUPT,
                                       .type = TYPE_INT,
                                       .flags = LEVEL_HIGH,
                                       .bus = BUS_PCI,
                                       .source = slot << 2 | pin,
                                       .apic = ACPI_IOAPIC_ID,
                                       .pin = pci_line(slot, pin, true)});
}

/* LINT0 is where the 8259s come in, LINT1 where NMI does. */
static void put_local_interrupts(struct table *t)
{
    put_interrupt(t, &(struct interrupt){.entry = ENTRY_LOCAL,
                                         .type = TYPE_EXTINT,
                                         .flags = AS_BUS_SAYS,
                                         .bus = BUS_ISA,
                                         .apic = ALL_APICS,
                                         .pin = 0});
    put_interrupt(t, &(struct interrupt){.entry = ENTRY_LOCAL,
                                         .type = TYPE_NMI,
                                         .flags = AS_BUS_SAYS,
                                         .bus = BUS_ISA,
                                         .apic = ALL_APICS,
                                         .pin = 1});
}

static void put_pointer(const struct mptable_config *c, struct blob *b)
{
    blob_text(b, "_MP_", 4);
    blob_put(b, 4, c->at.v + POINTER_BYTES);
    blob_put(b, 1, 1); /* paragraphs */
    blob_put(b, 1, 4); /* specification 1.4 */
    blob_put(b, 1, 0);
    blob_put(b, 5, 0); /* a table is present; virtual wire mode */
    blob_checksum(b, 0, POINTER_BYTES, POINTER_CHECKSUM);
}

static void put_header(struct blob *b)
{
    blob_text(b, "PCMP", 4);
    blob_put(b, 2, 0); /* length */
    blob_put(b, 1, 4);
    blob_put(b, 1, 0); /* checksum */
    blob_text(b, "RINGSIDE", 8);
    blob_text(b, "RINGSIDE", 12);
    blob_put(b, 4, 0);
    blob_put(b, 2, 0);
    blob_put(b, 2, 0); /* entries */
    blob_put(b, 4, ACPI_LAPIC_AT);
    blob_put(b, 4, 0); /* no extended entries */
}

size_t mptable_build(const struct mptable_config *c, uint8_t *out, size_t room)
{
    struct blob b = {out, room, 0};
    struct table t = {&b, 0};
    bool has_pci = c->platform == PLATFORM_PC;

    if (c->platform == PLATFORM_ISA)
        return 0;
    put_pointer(c, &b);
    put_header(&b);
    put_processors(&t, c);
    if (has_pci)
        put_bus(&t, BUS_PCI, "PCI");
    put_bus(&t, BUS_ISA, "ISA");
    put_ioapic(&t);
    put_isa_interrupts(&t, c);
    if (has_pci)
        put_pci_interrupts(&t);
    put_local_interrupts(&t);
    blob_patch(&b, POINTER_BYTES + HEADER_LENGTH, 2, b.bytes - POINTER_BYTES);
    blob_patch(&b, POINTER_BYTES + HEADER_ENTRIES, 2, t.entries);
    blob_checksum(&b, POINTER_BYTES, b.bytes - POINTER_BYTES,
                  POINTER_BYTES + HEADER_CHECKSUM);
    if (b.bytes > room)
        BUG("the MP table is larger than the room for it");
    return b.bytes;
}
