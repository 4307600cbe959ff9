/*
 * acpi.h - the ACPI tables that tell a kernel what the machine has.
 *
 * Hardware      ACPI 6.4, "Root System Description Pointer", "FADT", "MADT",
 *               "DSDT", "Hardware-Reduced ACPI".
 * Model         RSDP, RSDT, XSDT, FADT, FACS (pc), MADT and DSDT in one piece,
 *               made from the rows of platform_rows.def: a device that the
 *               platform has is in the tables, another is not.  The `pc` has
 *               the fixed hardware of acpi_pm.c; `microvm` is
 *               hardware-reduced; `isa` has no tables.
 * NOT MODELLED  MCFG, HPET, SRAT, processor objects, sleep states but S5.
 */
#ifndef SIM_DEVICES_ACPI_H
#define SIM_DEVICES_ACPI_H
#include <stddef.h>
#include <stdint.h>

#include "sim/core/addr.h"
#include "sim/devices/blob.h"
#include "sim/devices/platform_profile.h"

/* Where firmware keeps tables: read-only memory below 1 MiB, to its end. */
enum {
    ACPI_TABLES_AT = 0xe0000,
    ACPI_TABLES_BYTES = 0x10000,
};

/* Addresses that the tables name. */
#define ACPI_LAPIC_AT        0xfee00000u
#define ACPI_IOAPIC_AT       0xfec00000u
#define ACPI_PCI_WINDOW      0xe0000000u /* up to the I/O APIC */
#define ACPI_PCI_WINDOW_LAST 0xfebfffffu

enum {
    ACPI_IOAPIC_ID = 0,
    ACPI_SCI_LINE = 9,
    /* The ports of acpi_pm.c, from ACPI_PORT on. */
    ACPI_PORT = 0x600,
    ACPI_PORTS = 0x10,
    ACPI_PORT_EVENT = 0x600,   /* PM1 status and enable, 16 bits each */
    ACPI_PORT_CONTROL = 0x604, /* PM1 control, 16 bits */
    ACPI_PORT_TIMER = 0x608,   /* 32 bits */
    ACPI_PORT_SLEEP = 0x60c,   /* hardware-reduced: sleep control, 8 bits */
    ACPI_PORT_SLEEP_STATUS = 0x60d,
    ACPI_PORT_RESET = 0x60e,
    ACPI_RESET_VALUE = 0x01,
    ACPI_SLEEP_TYPE_OFF = 5, /* of S5 */
};

struct acpi_config {
    enum platform_id platform;
    unsigned vcpus; /* local APIC ids 0 to vcpus - 1 */
    gpa_t at;       /* where out will lie: ACPI_TABLES_AT; 16-byte aligned */
};

/*
 * Writes the tables, RSDP first, and returns their length; 0: the platform has
 * none.  ACPI_TABLES_BYTES hold them for any configuration.
 */
size_t acpi_build(const struct acpi_config *c, uint8_t *out, size_t room);

/* True if the platform has the device of that name. */
bool acpi_has_device(enum platform_id platform, const char *device);

/* The head of a table, and its length and checksum once it is complete. */
size_t acpi_table_open(struct blob *b, const char *signature,
                       unsigned revision);
void acpi_table_close(struct blob *b, size_t open);

/* The DSDT; its offset in b. */
size_t acpi_build_dsdt(const struct acpi_config *c, struct blob *b);

#endif
