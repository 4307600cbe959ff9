/*
 * pv_event.c - event channels: Xen's interrupts.
 *
 * Source  Xen public event_channel.h; xen.h, struct shared_info and struct
 *         vcpu_info.
 * Model   the two-level bitmaps in the shared page: a port's pending bit,
 *         the selector bit of its word, the vCPU's upcall flag; the guest's
 *         mask bits decide how far an event gets.
 * NOT MODELLED  the FIFO interface, more than PV_MAX_PORTS ports.
 */
#include "hypervisor-model/pv/pv_event.h"

#include <stddef.h>

#include "hypervisor-model/pv/pv_guest.h"

static hpa_t shared_word(const struct pv_domain *d, size_t array, unsigned port)
{
    return hpa_add(hfn_to_hpa(d->shared_info), array + port / 64 * 8);
}

static hpa_t pending_word(const struct pv_domain *d, unsigned port)
{
    return shared_word(d, offsetof(struct shared_info, evtchn_pending), port);
}

static hpa_t mask_word(const struct pv_domain *d, unsigned port)
{
    return shared_word(d, offsetof(struct shared_info, evtchn_mask), port);
}

unsigned pv_event_free_port(const struct pv_domain *d)
{
    for (unsigned port = 1; port < PV_MAX_PORTS; port++)
        if (d->ports[port].kind == PV_PORT_CLOSED)
            return port;
    return 0;
}

bool pv_event_masked(const struct pv_domain *d, unsigned port)
{
    return memory_read64(d->dram, mask_word(d, port)) >> port % 64 & 1;
}

/* Selector bit and upcall flag: an unmasked port is pending. */
static void ask_for_upcall(struct pv_turn *t, unsigned port)
{
    struct memory *dram = t->domain->dram;
    hpa_t selector =
        hpa_add(t->vcpu->info, offsetof(struct vcpu_info, evtchn_pending_sel));
    hpa_t pending = hpa_add(t->vcpu->info,
                            offsetof(struct vcpu_info, evtchn_upcall_pending));

    pv_touch(t, selector, ACCESS_WRITE);
    memory_write64(dram, selector,
                   memory_read64(dram, selector) | (uint64_t)1 << port / 64);
    *memory_at(dram, pending) = 1;
    t->vcpu->blocked = false;
}

void pv_event_raise(struct pv_turn *t, unsigned port)
{
    struct memory *dram = t->domain->dram;
    hpa_t word = pending_word(t->domain, port);
    uint64_t bits = memory_read64(dram, word);
    uint64_t bit = (uint64_t)1 << port % 64;

    pv_touch(t, word, ACCESS_WRITE);
    if (bits & bit)
        return;
    memory_write64(dram, word, bits | bit);
    if (!pv_event_masked(t->domain, port))
        ask_for_upcall(t, port);
}

bool pv_event_virq(struct pv_turn *t, unsigned virq)
{
    for (unsigned port = 1; port < PV_MAX_PORTS; port++) {
        const struct pv_port *p = &t->domain->ports[port];

        if (p->kind != PV_PORT_VIRQ || p->virq != virq || p->vcpu != t->v->id)
            continue;
        pv_event_raise(t, port);
        return true;
    }
    return false;
}

void pv_event_unmask(struct pv_turn *t, unsigned port)
{
    struct memory *dram = t->domain->dram;
    hpa_t word = mask_word(t->domain, port);
    uint64_t bit = (uint64_t)1 << port % 64;
    uint64_t mask = memory_read64(dram, word);

    pv_touch(t, word, ACCESS_WRITE);
    memory_write64(dram, word, mask & ~bit);
    if (mask & bit && memory_read64(dram, pending_word(t->domain, port)) & bit)
        ask_for_upcall(t, port);
}

void pv_event_clear(struct pv_turn *t, unsigned port)
{
    struct memory *dram = t->domain->dram;
    hpa_t word = pending_word(t->domain, port);

    memory_write64(dram, word,
                   memory_read64(dram, word) & ~((uint64_t)1 << port % 64));
}

bool pv_event_deliverable(const struct pv_domain *d, const struct pv_vcpu *pv)
{
    const uint8_t *info = memory_at(d->dram, pv->info);

    return info[offsetof(struct vcpu_info, evtchn_upcall_pending)] &&
           !info[offsetof(struct vcpu_info, evtchn_upcall_mask)];
}

void pv_event_deliver(struct pv_turn *t)
{
    struct pv_bounce b = {
        .handler = t->vcpu->event.address,
        .mask_events = true,
    };

    if (!b.handler || !pv_event_deliverable(t->domain, t->vcpu))
        return;
    counter_add(&t->v->counters, COUNTER_GUEST_INTERRUPT, 1);
    pv_bounce(t, &b);
}
