/*
 * lapic_message.c - what local APICs are told by each other, by an I/O APIC
 * and by message-signalled interrupts.
 *
 * Hardware      Intel SDM vol. 3, "Issuing Interprocessor Interrupts",
 *               "Determining IPI Destination", "Message Signalled Interrupts",
 *               "Logical Destination Mode in x2APIC Mode".
 * Model         A message arrives at once.  Of several that share the lowest
 *               processor priority, the one with the lowest number takes a
 *               lowest-priority interrupt.
 * NOT MODELLED  SMIs, INIT level de-assert (which does nothing since the
 *               Pentium 4), a focus processor, the redirection hint.
 */
#include <stddef.h>

#include "sim/devices/lapic_internal.h"

enum {
    ICR_LOGICAL = 1 << 11,
    ICR_ASSERT = 1 << 14,
    ICR_LEVEL = 1 << 15,
    FORMAT_FLAT = 0xf,
    CLUSTER_ALL = 0xf,
};

/* 8-bit logical destinations: a flat set, or a cluster and a set in it. */
static bool matches_logical_8(const struct lapic *l, uint8_t destination)
{
    uint8_t own = (uint8_t)(l->logical_id >> 24);

    if (l->logical_format >> 28 == FORMAT_FLAT)
        return (own & destination) != 0;
    return (destination >> 4 == own >> 4 || destination >> 4 == CLUSTER_ALL) &&
           (own & destination & 0x0f) != 0;
}

static bool matches_logical(const struct lapic *l, const struct apic_message *m)
{
    uint32_t own = (l->id >> 4) << 16 | (uint32_t)1 << (l->id & 15);

    if (!lapic_is_x2apic(l))
        return matches_logical_8(l, (uint8_t)m->destination);
    if (m->wide && m->destination == UINT32_MAX)
        return true;
    return m->destination >> 16 == own >> 16 &&
           (m->destination & own & 0xffff) != 0;
}

static bool matches(const struct lapic *l, const struct apic_message *m)
{
    uint32_t everybody = m->wide ? UINT32_MAX : 0xff;

    if (!lapic_is_on(l))
        return false;
    if (m->logical)
        return matches_logical(l, m);
    return m->destination == everybody || m->destination == l->id;
}

static void receive(struct lapic *l, const struct apic_message *m)
{
    switch (m->mode) {
    case APIC_FIXED:
    case APIC_LOWEST:
        if (l->spurious & LAPIC_SVR_ENABLE)
            lapic_request(l, m->vector, m->level);
        break;
    case APIC_NMI:
        l->nmi = true;
        break;
    case APIC_INIT:
        lapic_clear_registers(l);
        l->init = true;
        break;
    case APIC_STARTUP:
        l->startup = true;
        l->startup_vector = m->vector;
        break;
    case APIC_EXTINT:
        l->extint = true;
        break;
    default: /* SMI, and reserved ones */
        break;
    }
}

/* Whom a lowest-priority message goes to; NULL: nobody. */
static struct lapic *choose(const struct lapic_group *g,
                            const struct apic_message *m)
{
    struct lapic *best = NULL;

    for (unsigned i = 0; i < g->count; i++) {
        struct lapic *l = &g->lapics[i];

        if (!(l->spurious & LAPIC_SVR_ENABLE) || !matches(l, m))
            continue;
        if (!best || lapic_priority(l) < lapic_priority(best))
            best = l;
    }
    return best;
}

void lapic_deliver(const struct lapic_group *g, const struct apic_message *m)
{
    struct lapic *one;

    if (m->mode != APIC_LOWEST) {
        for (unsigned i = 0; i < g->count; i++)
            if (matches(&g->lapics[i], m))
                receive(&g->lapics[i], m);
        return;
    }
    one = choose(g, m);
    if (one)
        receive(one, m);
}

void lapic_deliver_command(const struct lapic_group *g, struct lapic *sender)
{
    struct apic_message m = sender->message;
    enum lapic_shorthand to = sender->send_to;

    if (!sender->sends)
        return;
    sender->sends = false;
    if (to == TO_DESTINATION) {
        lapic_deliver(g, &m);
        return;
    }
    for (unsigned i = 0; i < g->count; i++) {
        struct lapic *l = &g->lapics[i];
        bool is_self = l == sender;

        if (lapic_is_on(l) && (to == TO_ALL || is_self == (to == TO_SELF)))
            receive(l, &m);
    }
}

static bool has_vector(uint8_t mode)
{
    return mode == APIC_FIXED || mode == APIC_LOWEST;
}

void lapic_send_command(struct lapic *l)
{
    uint32_t low = (uint32_t)l->command;
    bool wide = lapic_is_x2apic(l);
    struct apic_message m = {
        .vector = (uint8_t)low,
        .mode = low >> 8 & 7,
        .logical = (low & ICR_LOGICAL) != 0,
        .wide = wide,
        .destination = (uint32_t)(l->command >> (wide ? 32 : 56)),
    };

    if (has_vector(m.mode) && m.vector < 16) {
        lapic_note_error(l, ESR_SENT_BAD_VECTOR);
        return;
    }
    if (m.mode == APIC_INIT && low & ICR_LEVEL && !(low & ICR_ASSERT))
        return; /* level de-assert */
    if (m.mode == APIC_EXTINT || m.mode == APIC_SMI)
        return;
    l->sends = true;
    l->send_to = (enum lapic_shorthand)(low >> 18 & 3);
    l->message = m;
}

bool apic_message_of_msi(uint64_t address, uint32_t data,
                         struct apic_message *m)
{
    if (address >> 20 != MSI_ADDRESS >> 20)
        return false;
    *m = (struct apic_message){
        .vector = (uint8_t)data,
        .mode = data >> 8 & 7,
        .logical = (address & MSI_LOGICAL) != 0,
        .level = (data & MSI_LEVEL) != 0,
        .destination = address >> 12 & 0xff,
    };
    return true;
}
