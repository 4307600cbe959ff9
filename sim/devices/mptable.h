/*
 * mptable.h - the table of Intel's MultiProcessor Specification, for kernels
 * without ACPI.
 *
 * Hardware      Intel MultiProcessor Specification 1.4, "MP Floating Pointer
 *               Structure", "MP Configuration Table Header", "Base MP
 *               Configuration Table Entries".
 * Model         processors, the ISA bus and, on the pc, the PCI bus; one I/O
 *               APIC, all its interrupts, ExtINT and NMI at the local APICs.
 * NOT MODELLED  extended entries, default configurations.
 */
#ifndef SIM_DEVICES_MPTABLE_H
#define SIM_DEVICES_MPTABLE_H
#include <stddef.h>
#include <stdint.h>

#include "sim/core/addr.h"
#include "sim/devices/platform_profile.h"

/* In the ROM's second half, where kernels look for it. */
enum { MPTABLE_AT = 0xf0000, MPTABLE_BYTES = 0x2000 };

struct mptable_config {
    enum platform_id platform;
    unsigned vcpus;
    uint32_t signature; /* CPUID leaf 1: EAX and EDX */
    uint32_t features;
    gpa_t at; /* where out will lie: MPTABLE_AT */
};

/*
 * Writes the floating pointer, then the table, and returns their length; 0:
 * the platform has no APICs.  MPTABLE_BYTES are enough.
 */
size_t mptable_build(const struct mptable_config *c, uint8_t *out, size_t room);

#endif
