/*
 * pci_routing.h - which interrupt line a PCI function's INTx pin is wired to.
 *
 * Hardware  PCI Local Bus Specification 3.0, "Interrupt Pin"; the wiring of
 *           the host bus's slots is the board's.
 * Model     pin A of slot n is on the bus's INTA# + n mod 4, so that functions
 *           share lines evenly; the four wires are lines 16..19 of the bus
 *           (I/O APIC inputs 16..19), and reach the 8259s as IRQ 10 and 11.
 */
#ifndef SIM_DEVICES_PCI_ROUTING_H
#define SIM_DEVICES_PCI_ROUTING_H
#include <stdbool.h>

enum { PCI_SLOTS = 32, PCI_PINS = 4, PCI_FIRST_LINE = 16, PCI_FIRST_IRQ = 10 };

/* pin 0 is INTA#; apic: the I/O APIC's input, else the 8259s' IRQ. */
static inline unsigned pci_line(unsigned slot, unsigned pin, bool apic)
{
    unsigned wire = (slot + pin) % PCI_PINS;

    return apic ? PCI_FIRST_LINE + wire : PCI_FIRST_IRQ + wire % 2;
}

#endif
