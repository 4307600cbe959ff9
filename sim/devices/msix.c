#include "sim/devices/msix.h"

#include <linux/pci_regs.h>
#include <string.h>

static uint32_t field(const struct msix *m, unsigned vector, unsigned at)
{
    const uint8_t *from = m->table + vector * MSIX_ENTRY_BYTES + at;

    return (uint32_t)from[0] | (uint32_t)from[1] << 8 |
           (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static unsigned control(const struct msix *m, const struct pci_function *f)
{
    return pci_config_get(f, m->capability + (unsigned)PCI_MSIX_FLAGS, 2);
}

void msix_reset(struct msix *m, struct pci_function *f, unsigned bar)
{
    const uint8_t data[PCI_CAP_MSIX_SIZEOF] = {
        [PCI_MSIX_FLAGS] = MSIX_VECTORS - 1,
        [PCI_MSIX_TABLE] = (uint8_t)bar,
        [PCI_MSIX_PBA] = (uint8_t)bar,
        [PCI_MSIX_PBA + 1] = MSIX_PENDING_AT >> 8};
    static const uint8_t writable[PCI_CAP_MSIX_SIZEOF] = {
        [PCI_MSIX_FLAGS + 1] =
            (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8};

    memset(m, 0, sizeof *m);
    for (unsigned v = 0; v < MSIX_VECTORS; v++)
        m->table[v * MSIX_ENTRY_BYTES + PCI_MSIX_ENTRY_VECTOR_CTRL] =
            PCI_MSIX_ENTRY_CTRL_MASKBIT;
    m->capability = (uint8_t)pci_add_capability(
        f, &(struct pci_capability){.id = PCI_CAP_ID_MSIX,
                                    .bytes = PCI_CAP_MSIX_SIZEOF,
                                    .data = data,
                                    .writable = writable});
}

bool msix_enabled(const struct msix *m, const struct pci_function *f)
{
    return (control(m, f) & PCI_MSIX_FLAGS_ENABLE) != 0;
}

static bool is_masked(const struct msix *m, const struct pci_function *f,
                      unsigned vector)
{
    return control(m, f) & PCI_MSIX_FLAGS_MASKALL ||
           field(m, vector, PCI_MSIX_ENTRY_VECTOR_CTRL) &
               PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

void msix_raise(struct msix *m, struct bus *b, const struct pci_function *f,
                unsigned vector)
{
    uint64_t address;

    if (vector >= MSIX_VECTORS || !msix_enabled(m, f))
        return;
    if (is_masked(m, f, vector)) {
        m->pending |= (uint32_t)1 << vector;
        return;
    }
    m->pending &= ~((uint32_t)1 << vector);
    address = field(m, vector, PCI_MSIX_ENTRY_LOWER_ADDR) |
              (uint64_t)field(m, vector, PCI_MSIX_ENTRY_UPPER_ADDR) << 32;
    bus_send_msi(b, address, field(m, vector, PCI_MSIX_ENTRY_DATA));
}

void msix_unmask(struct msix *m, struct bus *b, const struct pci_function *f)
{
    for (unsigned v = 0; v < MSIX_VECTORS; v++)
        if (m->pending >> v & 1 && !is_masked(m, f, v))
            msix_raise(m, b, f, v);
}

uint64_t msix_read(const struct msix *m, const struct device_access *a)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < a->bytes; i++) {
        uint32_t at = a->offset + i;
        uint8_t byte = at < sizeof m->table    ? m->table[at]
                       : at == MSIX_PENDING_AT ? (uint8_t)m->pending
                                               : 0;

        value |= (uint64_t)byte << (8 * i);
    }
    return value;
}

void msix_write(struct msix *m, const struct device_access *a, uint64_t value)
{
    for (unsigned i = 0; i < a->bytes; i++)
        if (a->offset + i < sizeof m->table)
            m->table[a->offset + i] = (uint8_t)(value >> (8 * i));
}
