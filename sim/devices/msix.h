/*
 * msix.h - the MSI-X table of a PCI function.
 *
 * Hardware      PCI Local Bus Specification 3.0, "MSI-X Capability and Table
 *               Structure": one entry a vector (address, data, mask), a bit
 *               that says it waits; a mask and an enable bit for all.
 * Model         table and pending bits lie in a memory range of 4 KiB.
 * INVARIANT     a pending bit is set only while its vector, or all, is masked.
 */
#ifndef SIM_DEVICES_MSIX_H
#define SIM_DEVICES_MSIX_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/device.h"
#include "sim/devices/pci.h"

enum {
    MSIX_VECTORS = 4,
    MSIX_ENTRY_BYTES = 16,
    MSIX_PENDING_AT = 0x800, /* in the range */
    MSIX_BAR_BYTES = 0x1000,
};

struct msix {
    uint8_t table[MSIX_VECTORS * MSIX_ENTRY_BYTES];
    uint32_t pending;
    uint8_t capability; /* where it is in configuration space */
};

/* All masked; adds the capability.  The range is base address `bar`. */
void msix_reset(struct msix *m, struct pci_function *f, unsigned bar);

bool msix_enabled(const struct msix *m, const struct pci_function *f);

/* The device has something to say by a vector; one too high says nothing. */
void msix_raise(struct msix *m, struct bus *b, const struct pci_function *f,
                unsigned vector);

/* What was masked may be sent now; after any change of masks. */
void msix_unmask(struct msix *m, struct bus *b, const struct pci_function *f);

/* Accesses to the range; msix_unmask() after a write. */
uint64_t msix_read(const struct msix *m, const struct device_access *a);
void msix_write(struct msix *m, const struct device_access *a, uint64_t value);

#endif
