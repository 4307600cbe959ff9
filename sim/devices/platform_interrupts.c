/*
 * platform_interrupts.c - from lines and messages to a vCPU's vector.
 *
 * Hardware  Intel MultiProcessor Specification 1.4, "Interrupt Modes"; Intel
 *           82371SB data sheet, "Interrupt Controller".
 * Model     ISA lines go to the 8259s and to the I/O APIC's inputs of the same
 *           number, line 0 to input 2; the PCI wires 16..19 to inputs 16..19,
 *           and to IRQs 10 and 11 of the 8259s.  The 8259s' output is every
 *           local APIC's LINT0: firmware has set the first one's to take it
 *           ("virtual wire mode").
 */
#include "sim/devices/ioapic.h"
#include "sim/devices/pci_routing.h"
#include "sim/devices/pic.h"
#include "sim/devices/platform.h"
#include "sim/devices/platform_internal.h"

enum { TIMER_LINE = 0, TIMER_INPUT = 2 };

/* NULL: this platform has none. */
static struct pic *platform_pic(const struct platform *p)
{
    return p->states[DEVICE_PIC];
}

static struct ioapic *platform_ioapic(const struct platform *p)
{
    return p->states[DEVICE_IOAPIC];
}

static struct lapic_group group_of(struct platform *p)
{
    return (struct lapic_group){p->lapics, p->vcpu_count};
}

/* The lines that reach IRQ irq of the 8259s. */
static uint32_t lines_of_irq(unsigned irq)
{
    uint32_t lines = (uint32_t)1 << irq;

    for (unsigned wire = 0; wire < PCI_PINS; wire++)
        if (pci_line(0, wire, false) == irq)
            lines |= (uint32_t)1 << pci_line(0, wire, true);
    return lines;
}

static uint32_t high_lines(const struct bus *b)
{
    uint32_t high = 0;

    for (unsigned i = 0; i < BUS_LINES; i++)
        high |= (uint32_t)bus_line_high(b, i) << i;
    return high;
}

static void route_to_pic(struct platform *p, uint32_t lines)
{
    struct pic *pic = platform_pic(p);

    for (unsigned irq = 0; pic && irq < PIC_INPUTS; irq++) {
        uint32_t mine = lines_of_irq(irq);
        bool high = (lines & mine) != 0;
        bool was_high = pic_line_high(pic, irq);

        if (irq == PIC_CASCADE)
            continue;
        if (p->bus.line_edges & mine && (was_high || !high))
            pic_pulse(pic, irq);
        if (high != was_high)
            pic_set_line(pic, irq, high);
    }
}

/* The 8259s' output may change by lines, commands and acknowledge cycles. */
static void follow_pic(struct platform *p)
{
    const struct pic *pic = platform_pic(p);
    bool asks = pic && pic_output(pic);

    for (unsigned i = 0; i < p->vcpu_count; i++)
        if (p->lapics[i].lint0_high != asks)
            lapic_set_lint0(&p->lapics[i], asks);
}

/* The same for the I/O APIC's inputs. */
static uint32_t inputs_of_lines(uint32_t lines)
{
    const uint32_t moved = 1u << TIMER_LINE | 1u << TIMER_INPUT;

    return (lines & ~moved) | (lines >> TIMER_LINE & 1) << TIMER_INPUT;
}

static void route_to_ioapic(struct platform *p, uint32_t lines)
{
    struct ioapic *io = platform_ioapic(p);
    uint32_t high = inputs_of_lines(lines);
    uint32_t rose = inputs_of_lines(p->bus.line_edges);

    for (unsigned i = 0; io && i < IOAPIC_INPUTS; i++)
        if (((high ^ io->lines) | rose) >> i & 1)
            ioapic_set_line(io, &p->bus, i, (high >> i & 1) != 0,
                            (rose >> i & 1) != 0);
}

static void deliver_messages(struct platform *p)
{
    const struct lapic_group group = group_of(p);

    for (unsigned i = 0; i < p->bus.msi_count; i++) {
        const struct bus_msi *msi = &p->bus.msis[i];
        struct apic_message m;

        if (apic_message_of_msi(msi->address, msi->data, &m))
            lapic_deliver(&group, &m);
    }
    p->bus.msi_count = 0;
}

void platform_route(struct platform *p)
{
    uint32_t lines = high_lines(&p->bus);

    if (lines != p->routed_lines || p->bus.line_edges != 0) {
        route_to_pic(p, lines);
        route_to_ioapic(p, lines);
        p->routed_lines = lines;
        p->bus.line_edges = 0;
    }
    follow_pic(p);
    deliver_messages(p);
}

/* What a local APIC has to say after it was written. */
static void carry_on(struct platform *p, struct lapic *l)
{
    const struct lapic_group group = group_of(p);
    int vector = l->eoi_vector;

    l->eoi_vector = -1;
    if (vector >= 0 && platform_ioapic(p))
        ioapic_eoi(platform_ioapic(p), &p->bus, (uint8_t)vector);
    lapic_deliver_command(&group, l);
    platform_settle(p);
}

bool platform_tell(struct platform *p, unsigned vcpu,
                   const struct apic_message *m)
{
    struct lapic *l = &p->lapics[vcpu];
    const struct lapic_group one = {l, 1};
    struct apic_message own = *m;

    if (!lapic_is_on(l) ||
        (m->mode == APIC_FIXED && !(l->spurious & LAPIC_SVR_ENABLE)))
        return false;
    own.logical = false;
    own.wide = true;
    own.destination = l->id;
    lapic_deliver(&one, &own);
    platform_settle(p);
    return true;
}

bool platform_has_lapic_page(const struct platform *p, uint64_t address)
{
    return lapic_has_page(&p->lapics[p->bus.vcpu], address);
}

uint32_t platform_lapic_read(struct platform *p, uint64_t address)
{
    return lapic_read_memory(&p->lapics[p->bus.vcpu],
                             (uint32_t)(address % LAPIC_PAGE_BYTES),
                             p->vcpu_cycle);
}

void platform_lapic_write(struct platform *p, uint64_t address, unsigned bytes,
                          uint32_t value)
{
    struct lapic *l = &p->lapics[p->bus.vcpu];

    lapic_write_memory(l, (uint32_t)(address % LAPIC_PAGE_BYTES), bytes, value,
                       p->vcpu_cycle);
    carry_on(p, l);
}

bool platform_msr_read(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                       uint32_t msr, uint64_t *value)
{
    platform_begin(p, vcpu, now_cycle);
    return lapic_read_msr(&p->lapics[vcpu], msr, now_cycle, value);
}

bool platform_msr_write(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                        uint32_t msr, uint64_t value)
{
    struct lapic *l = &p->lapics[vcpu];

    platform_begin(p, vcpu, now_cycle);
    if (!lapic_write_msr(l, msr, value, now_cycle))
        return false;
    carry_on(p, l);
    return true;
}

uint32_t platform_task_priority(const struct platform *p, unsigned vcpu)
{
    return p->lapics[vcpu].task_priority;
}

void platform_set_task_priority(struct platform *p, unsigned vcpu,
                                uint32_t priority)
{
    p->lapics[vcpu].task_priority = priority & 0xff;
}

struct lapic *platform_lapic(struct platform *p, unsigned vcpu)
{
    return &p->lapics[vcpu];
}

/* In x2APIC mode the register is an MSR; what is illegal there has raised #GP
 * before it got into the page. */
void platform_virtual_write(struct platform *p, unsigned vcpu,
                            uint64_t now_cycle, uint32_t offset, uint64_t value)
{
    struct lapic *l = &p->lapics[vcpu];

    platform_begin(p, vcpu, now_cycle);
    if (lapic_is_x2apic(l))
        (void)lapic_write_msr(l, MSR_X2APIC_FIRST + offset / 16, value,
                              now_cycle);
    else
        lapic_write_memory(l, offset, 4, (uint32_t)value, now_cycle);
    carry_on(p, l);
}

void platform_virtual_eoi(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                          uint8_t vector)
{
    platform_begin(p, vcpu, now_cycle);
    lapic_ended(&p->lapics[vcpu], vector);
    carry_on(p, &p->lapics[vcpu]);
}

bool platform_lapic_pending(const struct platform *p, unsigned vcpu)
{
    return lapic_pending(&p->lapics[vcpu]) >= 0;
}

bool platform_extint(const struct platform *p, unsigned vcpu)
{
    return lapic_takes_extint(&p->lapics[vcpu]) && platform_pic(p);
}

int platform_interrupt(const struct platform *p, unsigned vcpu)
{
    const struct lapic *l = &p->lapics[vcpu];
    int vector = lapic_pending(l);

    if (vector < 0 && lapic_takes_extint(l) && platform_pic(p))
        vector = pic_vector(platform_pic(p));
    return vector;
}

uint8_t platform_acknowledge(struct platform *p, unsigned vcpu)
{
    struct lapic *l = &p->lapics[vcpu];
    int vector = lapic_pending(l);
    uint8_t asked;

    if (vector >= 0) {
        lapic_accept(l, (uint8_t)vector);
        return (uint8_t)vector;
    }
    if (!platform_pic(p) || !(l->extint || lapic_is_wired_to_pic(l)))
        return (uint8_t)l->spurious;
    l->extint = false;
    asked = pic_acknowledge(platform_pic(p));
    follow_pic(p);
    return asked;
}

bool platform_nmi_pending(const struct platform *p, unsigned vcpu)
{
    return p->lapics[vcpu].nmi;
}

void platform_nmi_take(struct platform *p, unsigned vcpu)
{
    p->lapics[vcpu].nmi = false;
}

bool platform_take_init(struct platform *p, unsigned vcpu)
{
    bool init = p->lapics[vcpu].init;

    p->lapics[vcpu].init = false;
    return init;
}

bool platform_take_startup(struct platform *p, unsigned vcpu, uint8_t *vector)
{
    struct lapic *l = &p->lapics[vcpu];
    bool startup = l->startup;

    *vector = l->startup_vector;
    l->startup = false;
    return startup;
}

bool platform_signalled(const struct platform *p, unsigned vcpu)
{
    return p->lapics[vcpu].init || p->lapics[vcpu].startup;
}

bool platform_wakes(const struct platform *p, unsigned vcpu)
{
    return platform_interrupt(p, vcpu) >= 0 || p->lapics[vcpu].nmi ||
           platform_signalled(p, vcpu);
}
