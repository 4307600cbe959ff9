/*
 * acpi_dsdt.c - the DSDT: what a kernel cannot find by itself.
 *
 * Hardware      ACPI 6.4, "Definition Block Encoding", "\_Sx", "_PRT", "_PIC",
 *               "Device Identification Objects"; LNRO0005 is Linux's name for
 *               virtio-mmio.
 * Model         \_S5, the serial line and the virtio-mmio devices; on the pc
 *               the PCI root with its windows and interrupt routing too, and
 *               the ISA devices behind its bridge.
 * NOT MODELLED  PCI link devices: a line's place does not change.
 */
#include <stdio.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/devices/acpi.h"
#include "sim/devices/aml.h"
#include "sim/devices/device_all.h"
#include "sim/devices/pci_routing.h"

enum { ISA_BRIDGE_ADDRESS = 0x10000 /* device 1, function 0 */ };

/* ISA devices that kernels look for by these names. */
struct isa_device {
    const char *row; /* in platform_rows.def */
    const char *name, *id;
};

static const struct isa_device isa_devices[] = {
    {"serial0", "COM1", "PNP0501"},
    {"rtc", "RTC_", "PNP0B00"},
    {"i8042", "KBD_", "PNP0303"},
};

static void put_isa_resources(struct blob *b, unsigned d)
{
    size_t resources = aml_resources(b);

    for (unsigned r = 0; r < range_row_count; r++)
        if (range_rows[r].device == d && range_rows[r].space == SPACE_PORT)
            aml_io(b, (uint16_t)range_rows[r].first,
                   (uint8_t)range_rows[r].bytes);
    if (device_rows[d].line < BUS_LINES)
        aml_irq(b, device_rows[d].line);
    aml_close_resources(b, resources);
}

static void put_isa_device(struct blob *b, const struct isa_device *isa,
                           unsigned d)
{
    size_t device = aml_device(b, isa->name);

    aml_name(b, "_HID");
    aml_eisa_id(b, isa->id);
    aml_name_integer(b, "_UID", 1);
    aml_name_integer(b, "_STA", 0xf); /* there, enabled, shown, working */
    put_isa_resources(b, d);
    aml_close(b, device);
}

static void put_isa_devices(const struct acpi_config *c, struct blob *b)
{
    for (unsigned i = 0; i < ARRAY_LEN(isa_devices); i++)
        for (unsigned d = 0; d < DEVICE_COUNT; d++)
            if (strcmp(device_rows[d].name, isa_devices[i].row) == 0 &&
                platform_has_device(c->platform, d))
                put_isa_device(b, &isa_devices[i], d);
}

static void put_virtio(struct blob *b, unsigned number,
                       const struct range_row *range)
{
    char name[8];
    size_t device, resources;

    snprintf(name, sizeof name, "VR%02X", number & 0xff);
    device = aml_device(b, name);
    aml_name(b, "_HID");
    aml_string(b, "LNRO0005");
    aml_name_integer(b, "_UID", number);
    aml_name_integer(b, "_CCA", 1);
    resources = aml_resources(b);
    aml_memory(b, (uint32_t)range->first, range->bytes);
    aml_interrupt(b, device_rows[range->device].line);
    aml_close_resources(b, resources);
    aml_close(b, device);
}

static void put_virtio_devices(const struct acpi_config *c, struct blob *b)
{
    unsigned number = 0;

    for (unsigned r = 0; r < range_row_count; r++)
        if (device_rows[range_rows[r].device].ops == &device_virtio_mmio &&
            platform_has_device(c->platform, range_rows[r].device))
            put_virtio(b, number++, &range_rows[r]);
}

/* Package () { slot:any function, pin, 0, line }. */
static void put_route(struct blob *b, unsigned slot, unsigned pin,
                      unsigned line)
{
    size_t route = aml_package(b, 4);

    aml_integer(b, (uint32_t)slot << 16 | 0xffff);
    aml_integer(b, pin);
    aml_integer(b, 0);
    aml_integer(b, line);
    aml_close(b, route);
}

static void put_routes(struct blob *b, const char *name, bool apic)
{
    size_t routes;

    aml_name(b, name);
    routes = aml_package(b, PCI_SLOTS * PCI_PINS);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++)
        for (unsigned pin = 0; pin < PCI_PINS; pin++)
            put_route(b, slot, pin, pci_line(slot, pin, apic));
    aml_close(b, routes);
}

/* _PRT answers for the interrupt controllers that the kernel uses. */
static void put_routing(struct blob *b)
{
    size_t method;

    put_routes(b, "PRTA", true);
    put_routes(b, "PRTP", false);
    method = aml_method(b, "_PRT", 0);
    aml_return_either(b, "PICF", "PRTA", "PRTP");
    aml_close(b, method);
}

static void put_pci_root(const struct acpi_config *c, struct blob *b)
{
    size_t root = aml_device(b, "PCI0"), bridge, resources;

    aml_name(b, "_HID");
    aml_eisa_id(b, "PNP0A03");
    aml_name_integer(b, "_UID", 0);
    aml_name_integer(b, "_BBN", 0);
    resources = aml_resources(b);
    aml_window_bus(b, 0, 0xff);
    aml_io(b, 0xcf8, 8);
    aml_window_io(b, 0, 0xcf7);
    aml_window_io(b, 0xd00, 0xffff);
    aml_window_memory(b, 0xa0000, 0xbffff);
    aml_window_memory(b, ACPI_PCI_WINDOW, ACPI_PCI_WINDOW_LAST);
    aml_close_resources(b, resources);
    put_routing(b);
    bridge = aml_device(b, "ISA_");
    aml_name_integer(b, "_ADR", ISA_BRIDGE_ADDRESS);
    put_isa_devices(c, b);
    aml_close(b, bridge);
    aml_close(b, root);
}

static void put_soft_off(struct blob *b)
{
    size_t package;

    aml_name(b, "_S5_");
    package = aml_package(b, 4);
    aml_integer(b, ACPI_SLEEP_TYPE_OFF);
    aml_integer(b, ACPI_SLEEP_TYPE_OFF);
    aml_integer(b, 0);
    aml_integer(b, 0);
    aml_close(b, package);
}

/* The kernel says which interrupt controllers it uses: 1 is the I/O APIC. */
static void put_pic_method(struct blob *b)
{
    size_t method;

    aml_name_integer(b, "PICF", 0);
    method = aml_method(b, "_PIC", 1);
    aml_store_argument(b, "PICF");
    aml_close(b, method);
}

size_t acpi_build_dsdt(const struct acpi_config *c, struct blob *b)
{
    size_t table = acpi_table_open(b, "DSDT", 2), scope;

    put_soft_off(b);
    if (c->platform == PLATFORM_PC)
        put_pic_method(b);
    scope = aml_scope(b, "_SB_");
    if (c->platform == PLATFORM_PC)
        put_pci_root(c, b);
    else
        put_isa_devices(c, b);
    put_virtio_devices(c, b);
    aml_close(b, scope);
    acpi_table_close(b, table);
    return table;
}
