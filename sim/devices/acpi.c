/*
 * acpi.c - RSDP, RSDT, XSDT, FADT, FACS and MADT.
 *
 * Hardware      ACPI 6.4, "ACPI System Description Tables".
 * Model         fields that are 0 are left out: each table is filled up to the
 *               next field that is not.
 */
#include "sim/devices/acpi.h"

#include "sim/core/macros.h"

enum {
    HEADER_BYTES = 36,
    HEADER_LENGTH = 4,
    HEADER_CHECKSUM = 9,
    RSDP_BYTES = 36,
    RSDP_V1_BYTES = 20,
    RSDP_CHECKSUM = 8,
    RSDP_CHECKSUM_ALL = 32,

    FADT_REVISION = 6,
    FADT_BYTES = 276,
    FADT_FACS = 36,
    FADT_SCI = 46,
    FADT_PM1A_EVENT = 56,
    FADT_PM1A_CONTROL = 64,
    FADT_PM_TIMER = 76,
    FADT_LENGTHS = 88, /* PM1 event, PM1 control, PM2, timer */
    FADT_LATENCIES = 96,
    FADT_CENTURY = 108,
    FADT_BOOT_ARCH = 109,
    FADT_FLAGS = 112,
    FADT_RESET = 116,
    FADT_X_DSDT = 140,
    FADT_X_PM1A_EVENT = 148,
    FADT_X_PM1A_CONTROL = 172,
    FADT_X_PM_TIMER = 208,
    FADT_SLEEP_CONTROL = 244,
    FADT_SLEEP_STATUS = 256,

    FLAG_WBINVD = 1 << 0,
    FLAG_C1 = 1 << 2,
    FLAG_NO_POWER_BUTTON = 1 << 4,
    FLAG_NO_SLEEP_BUTTON = 1 << 5,
    FLAG_TIMER_32 = 1 << 8,
    FLAG_RESET = 1 << 10,
    FLAG_REDUCED = 1 << 20,

    BOOT_LEGACY = 1 << 0,
    BOOT_I8042 = 1 << 1,
    BOOT_NO_VGA = 1 << 2,
    BOOT_NO_RTC = 1 << 5,

    GAS_IO = 1,
    LATENCY_NONE = 0xfff, /* C2 and C3 are not there */
    CMOS_CENTURY = 0x32,
    FACS_BYTES = 64,

    MADT_REVISION = 4,
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
    MADT_LAPIC_NMI = 4,
    MADT_PCAT = 1 << 0, /* there are 8259s too */
    LEVEL_HIGH = 0xd,
};

/* Offsets of the tables in the blob; 0: it is not there. */
struct layout {
    size_t rsdp, rsdt, xsdt, fadt, facs, madt, dsdt;
};

bool acpi_has_device(enum platform_id platform, const char *device)
{
    for (unsigned d = 0; d < DEVICE_COUNT; d++)
        if (strcmp(device_rows[d].name, device) == 0)
            return platform_has_device(platform, d);
    return false;
}

size_t acpi_table_open(struct blob *b, const char *signature, unsigned revision)
{
    size_t open;

    blob_align(b, 16);
    open = b->bytes;
    blob_text(b, signature, 4);
    blob_put(b, 4, 0); /* length */
    blob_put(b, 1, revision);
    blob_put(b, 1, 0); /* checksum */
    blob_text(b, "RINGSD", 6);
    blob_text(b, "RINGSIDE", 8);
    blob_put(b, 4, 1); /* OEM revision */
    blob_text(b, "RING", 4);
    blob_put(b, 4, 1);
    return open;
}

void acpi_table_close(struct blob *b, size_t open)
{
    blob_patch(b, open + HEADER_LENGTH, 4, b->bytes - open);
    blob_checksum(b, open, b->bytes - open, open + HEADER_CHECKSUM);
}

/* A generic address structure for ports. */
static void put_port(struct blob *b, uint16_t port, unsigned bits)
{
    blob_put(b, 1, GAS_IO);
    blob_put(b, 1, bits);
    blob_put(b, 1, 0);
    blob_put(b, 1, bits == 8 ? 1 : bits == 16 ? 2 : 3);
    blob_put(b, 8, port);
}

static bool has(const struct acpi_config *c, const char *device)
{
    return acpi_has_device(c->platform, device);
}

static uint32_t boot_architecture(const struct acpi_config *c)
{
    uint32_t flags = BOOT_LEGACY; /* the serial line */

    flags |= has(c, "i8042") ? BOOT_I8042 : 0;
    flags |= has(c, "vga") ? 0 : BOOT_NO_VGA;
    flags |= has(c, "rtc") ? 0 : BOOT_NO_RTC;
    return flags;
}

/* The fixed hardware of a PC, in the fields of 1996 and in those of today. */
static void put_fixed_hardware(struct blob *b, size_t fadt)
{
    blob_patch(b, fadt + FADT_SCI, 2, ACPI_SCI_LINE);
    blob_patch(b, fadt + FADT_PM1A_EVENT, 4, ACPI_PORT_EVENT);
    blob_patch(b, fadt + FADT_PM1A_CONTROL, 4, ACPI_PORT_CONTROL);
    blob_patch(b, fadt + FADT_PM_TIMER, 4, ACPI_PORT_TIMER);
    blob_patch(b, fadt + FADT_LENGTHS, 4, 0x04000204);
    blob_patch(b, fadt + FADT_LATENCIES, 2, LATENCY_NONE);
    blob_patch(b, fadt + FADT_LATENCIES + 2, 2, LATENCY_NONE);
    blob_patch(b, fadt + FADT_CENTURY, 1, CMOS_CENTURY);
}

/* What is 0 at first, with the address structures at their places. */
static void put_extended(struct blob *b, size_t fadt, bool reduced)
{
    blob_zero_to(b, fadt + FADT_RESET);
    put_port(b, ACPI_PORT_RESET, 8);
    blob_put(b, 1, ACPI_RESET_VALUE);
    if (!reduced) {
        blob_zero_to(b, fadt + FADT_X_PM1A_EVENT);
        put_port(b, ACPI_PORT_EVENT, 32);
        blob_zero_to(b, fadt + FADT_X_PM1A_CONTROL);
        put_port(b, ACPI_PORT_CONTROL, 16);
        blob_zero_to(b, fadt + FADT_X_PM_TIMER);
        put_port(b, ACPI_PORT_TIMER, 32);
    } else {
        blob_zero_to(b, fadt + FADT_SLEEP_CONTROL);
        put_port(b, ACPI_PORT_SLEEP, 8);
        blob_zero_to(b, fadt + FADT_SLEEP_STATUS);
        put_port(b, ACPI_PORT_SLEEP_STATUS, 8);
    }
    blob_zero_to(b, fadt + FADT_BYTES);
}

static size_t build_fadt(const struct acpi_config *c, struct blob *b,
                         const struct layout *at)
{
    bool reduced = c->platform == PLATFORM_MICROVM;
    size_t fadt = acpi_table_open(b, "FACP", FADT_REVISION);
    uint32_t flags = FLAG_WBINVD | FLAG_C1 | FLAG_NO_SLEEP_BUTTON | FLAG_RESET;

    put_extended(b, fadt, reduced);
    blob_patch(b, fadt + FADT_BOOT_ARCH, 2, boot_architecture(c));
    blob_patch(b, fadt + FADT_X_DSDT, 8, c->at.v + at->dsdt);
    blob_patch(b, fadt + FADT_FACS + 4, 4, c->at.v + at->dsdt);
    if (reduced) {
        flags |= FLAG_REDUCED | FLAG_NO_POWER_BUTTON;
    } else {
        flags |= FLAG_TIMER_32;
        blob_patch(b, fadt + FADT_FACS, 4, c->at.v + at->facs);
        put_fixed_hardware(b, fadt);
    }
    blob_patch(b, fadt + FADT_FLAGS, 4, flags);
    acpi_table_close(b, fadt);
    return fadt;
}

/* Firmware and kernel share it; 64-byte aligned, no checksum. */
static size_t build_facs(struct blob *b)
{
    size_t facs;

    blob_align(b, FACS_BYTES);
    facs = b->bytes;
    blob_text(b, "FACS", 4);
    blob_put(b, 4, FACS_BYTES);
    blob_zero_to(b, facs + 32);
    blob_put(b, 1, 2); /* version */
    blob_zero_to(b, facs + FACS_BYTES);
    return facs;
}

static void put_override(struct blob *b, unsigned irq, unsigned gsi,
                         unsigned flags)
{
    blob_put(b, 1, MADT_OVERRIDE);
    blob_put(b, 1, 10);
    blob_put(b, 1, 0); /* the ISA bus */
    blob_put(b, 1, irq);
    blob_put(b, 4, gsi);
    blob_put(b, 2, flags);
}

static void put_lapics(const struct acpi_config *c, struct blob *b)
{
    for (unsigned i = 0; i < c->vcpus; i++) {
        blob_put(b, 1, MADT_LAPIC);
        blob_put(b, 1, 8);
        blob_put(b, 1, i);
        blob_put(b, 1, i);
        blob_put(b, 4, 1); /* enabled */
    }
}

static size_t build_madt(const struct acpi_config *c, struct blob *b)
{
    size_t madt = acpi_table_open(b, "APIC", MADT_REVISION);

    blob_put(b, 4, ACPI_LAPIC_AT);
    blob_put(b, 4, has(c, "pic") ? MADT_PCAT : 0);
    put_lapics(c, b);
    blob_put(b, 1, MADT_IOAPIC);
    blob_put(b, 1, 12);
    blob_put(b, 1, ACPI_IOAPIC_ID);
    blob_put(b, 1, 0);
    blob_put(b, 4, ACPI_IOAPIC_AT);
    blob_put(b, 4, 0); /* its first interrupt */
    if (has(c, "pit"))
        put_override(b, 0, 2, 0);
    if (c->platform == PLATFORM_PC)
        put_override(b, ACPI_SCI_LINE, ACPI_SCI_LINE, LEVEL_HIGH);
    blob_put(b, 1, MADT_LAPIC_NMI);
    blob_put(b, 1, 6);
    blob_put(b, 1, 0xff); /* every processor's */
    blob_put(b, 2, 0);
    blob_put(b, 1, 1); /* LINT1 */
    acpi_table_close(b, madt);
    return madt;
}

/* RSDT or XSDT: the same list with pointers of 4 or 8 bytes. */
static size_t build_root(const struct acpi_config *c, struct blob *b,
                         const struct layout *at, unsigned pointer_bytes)
{
    size_t root = acpi_table_open(b, pointer_bytes == 8 ? "XSDT" : "RSDT", 1);

    blob_put(b, pointer_bytes, c->at.v + at->fadt);
    blob_put(b, pointer_bytes, c->at.v + at->madt);
    acpi_table_close(b, root);
    return root;
}

static void build_rsdp(const struct acpi_config *c, struct blob *all,
                       const struct layout *at)
{
    struct blob b = {all->out, all->room, 0};

    blob_text(&b, "RSD PTR ", 8);
    blob_put(&b, 1, 0);
    blob_text(&b, "RINGSD", 6);
    blob_put(&b, 1, 2);
    blob_put(&b, 4, c->at.v + at->rsdt);
    blob_put(&b, 4, RSDP_BYTES);
    blob_put(&b, 8, c->at.v + at->xsdt);
    blob_put(&b, 4, 0);
    blob_checksum(&b, 0, RSDP_V1_BYTES, RSDP_CHECKSUM);
    blob_checksum(&b, 0, RSDP_BYTES, RSDP_CHECKSUM_ALL);
}

size_t acpi_build(const struct acpi_config *c, uint8_t *out, size_t room)
{
    struct blob b = {out, room, 0};
    struct layout at = {0};

    if (c->platform == PLATFORM_ISA)
        return 0;
    blob_zero_to(&b, RSDP_BYTES);
    if (c->platform == PLATFORM_PC)
        at.facs = build_facs(&b);
    at.dsdt = acpi_build_dsdt(c, &b);
    at.fadt = build_fadt(c, &b, &at);
    at.madt = build_madt(c, &b);
    at.rsdt = build_root(c, &b, &at, 4);
    at.xsdt = build_root(c, &b, &at, 8);
    build_rsdp(c, &b, &at);
    if (b.bytes > room)
        BUG("ACPI tables are larger than the room for them");
    return b.bytes;
}
