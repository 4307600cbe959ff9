/*
 * lapic_virtual.c - a local APIC as a virtual-APIC page, and back.
 *
 * Hardware      Intel SDM vol. 3, "Virtual APIC State"; the page has the
 *               layout of "Local APIC Register Address Map", and in x2APIC
 *               mode register N at 16 * N.
 * Model         The page is filled before the CPU may touch it; what the CPU
 *               alone may have changed comes back afterwards: the task
 *               priority, and if it has all registers IRR, ISR and, in the
 *               xAPIC's page, the interrupt command.
 */
#include <string.h>

#include "sim/devices/lapic_internal.h"

enum {
    REGISTERS = 0x40,
    STEP = 16, /* bytes from one register to the next */
};

static uint32_t get(const uint8_t *page, unsigned reg)
{
    uint32_t value;

    memcpy(&value, page + (size_t)reg * STEP, sizeof value);
    return value;
}

void lapic_fill_page(const struct lapic *l, uint8_t *page)
{
    uint64_t value;

    for (unsigned reg = 0; reg < REGISTERS; reg++)
        if (reg != REG_CURRENT_COUNT && lapic_read_register(l, reg, 0, &value))
            memcpy(page + (size_t)reg * STEP, &value, sizeof value);
}

/* An interrupt that the CPU sent to itself is one by edge. */
static void take_vectors(struct lapic *l, const uint8_t *page)
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t requests = get(page, REG_IRR + i);

        l->tmr[i] &= ~(requests & ~l->irr[i]);
        l->irr[i] = requests;
        l->isr[i] = get(page, REG_ISR + i);
    }
}

void lapic_take_page(struct lapic *l, const uint8_t *page, bool all)
{
    l->task_priority = get(page, REG_TPR) & 0xff;
    if (!all)
        return;
    take_vectors(l, page);
    if (!lapic_is_x2apic(l))
        l->command =
            (uint64_t)get(page, REG_ICR_HIGH) << 32 | get(page, REG_ICR);
}

bool lapic_msr_readable(unsigned number)
{
    const struct lapic any = {.base = LAPIC_BASE_ENABLE | LAPIC_BASE_X2APIC};
    uint64_t value;

    return lapic_read_register(&any, number, 0, &value);
}

int lapic_requested(const struct lapic *l)
{
    return lapic_is_on(l) && l->spurious & LAPIC_SVR_ENABLE
               ? vector_highest(l->irr)
               : -1;
}

int lapic_in_service(const struct lapic *l)
{
    return vector_highest(l->isr);
}
