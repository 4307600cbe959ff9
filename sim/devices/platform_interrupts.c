/*
 * platform_interrupts.c - from lines and messages to a vCPU's vector.
 */
#include "sim/core/macros.h"
#include "sim/devices/pic.h"
#include "sim/devices/platform.h"
#include "sim/devices/platform_internal.h"

/* The 8259 pair; NULL: this platform has none. */
static struct pic *platform_pic(const struct platform *p)
{
    return p->states[DEVICE_PIC];
}

static void route_to_pic(const struct platform *p)
{
    struct pic *pic = platform_pic(p);

    for (unsigned irq = 0; pic && irq < PIC_INPUTS; irq++) {
        bool high = bus_line_high(&p->bus, irq);
        bool was_high = pic_line_high(pic, irq);
        bool rose = (p->bus.line_edges >> irq & 1) != 0;

        if (irq == PIC_CASCADE)
            continue;
        if (rose && (was_high || !high))
            pic_pulse(pic, irq);
        if (high != was_high)
            pic_set_line(pic, irq, high);
    }
}

void platform_route(struct platform *p)
{
    route_to_pic(p);
    p->bus.line_edges = 0;
    p->bus.msi_count = 0;
}

int platform_interrupt(const struct platform *p, unsigned vcpu)
{
    const struct pic *pic = platform_pic(p);
    int vector = lapic_pending(&p->lapics[vcpu]);

    if (vector < 0 && vcpu == 0 && pic && pic_output(pic))
        vector = pic_vector(pic);
    return vector;
}

uint8_t platform_acknowledge(struct platform *p, unsigned vcpu)
{
    struct lapic *l = &p->lapics[vcpu];
    int vector = lapic_pending(l);

    if (vector < 0 && vcpu == 0 && platform_pic(p))
        return pic_acknowledge(platform_pic(p));
    if (vector < 0)
        return (uint8_t)l->spurious;
    lapic_accept(l, (uint8_t)vector);
    return (uint8_t)vector;
}

bool platform_nmi_pending(const struct platform *p, unsigned vcpu)
{
    (void)p;
    (void)vcpu;
    return false;
}

void platform_nmi_take(struct platform *p, unsigned vcpu)
{
    (void)p;
    (void)vcpu;
}

bool platform_take_init(struct platform *p, unsigned vcpu)
{
    (void)p;
    (void)vcpu;
    return false;
}

bool platform_take_startup(struct platform *p, unsigned vcpu, uint8_t *vector)
{
    (void)p;
    (void)vcpu;
    (void)vector;
    return false;
}

bool platform_wakes(const struct platform *p, unsigned vcpu)
{
    return platform_interrupt(p, vcpu) >= 0 || platform_nmi_pending(p, vcpu);
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
    bool known;

    platform_begin(p, vcpu, now_cycle);
    known = lapic_write_msr(&p->lapics[vcpu], msr, value, now_cycle);
    platform_settle(p);
    return known;
}
