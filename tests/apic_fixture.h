/*
 * apic_fixture.h - a PC with four CPUs, and accesses to its APICs in memory.
 */
#ifndef TESTS_APIC_FIXTURE_H
#define TESTS_APIC_FIXTURE_H
#include "tests/platform_fixture.h"

enum { CPUS = 4, LEVEL = 1 << 15, MASKED = 1 << 16, IO_LOGICAL = 1 << 11 };

#define APIC_PAGE   0xfee00000u
#define IOAPIC_PAGE 0xfec00000u

/* Registers of the page, by offset. */
enum {
    AT_ID = 0x20,
    AT_VERSION = 0x30,
    AT_TPR = 0x80,
    AT_EOI = 0xb0,
    AT_LDR = 0xd0,
    AT_DFR = 0xe0,
    AT_SVR = 0xf0,
    AT_TMR = 0x180,
    AT_IRR = 0x200,
    AT_ESR = 0x280,
    AT_ICR = 0x300,
    AT_ICR_HIGH = 0x310,
    AT_LINT0 = 0x350,
    AT_ERROR = 0x370,
};

static struct platform p;

static inline void write_at(unsigned cpu, uint64_t at, uint32_t value)
{
    uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8),
                       (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

    platform_memory_access(&p, cpu, 0,
                           &(struct memory_access){gpa(at), true, 4, data});
}

static inline uint32_t read_at(unsigned cpu, uint64_t at)
{
    uint8_t data[4] = {0};

    platform_memory_access(&p, cpu, 0,
                           &(struct memory_access){gpa(at), false, 4, data});
    return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
           (uint32_t)data[3] << 24;
}

static inline void apic_write(unsigned cpu, unsigned at, uint32_t value)
{
    write_at(cpu, APIC_PAGE + at, value);
}

static inline uint32_t apic_read(unsigned cpu, unsigned at)
{
    return read_at(cpu, APIC_PAGE + at);
}

static inline void io_write(unsigned reg, uint32_t value)
{
    write_at(0, IOAPIC_PAGE, reg);
    write_at(0, IOAPIC_PAGE + 0x10, value);
}

static inline uint32_t io_read(unsigned reg)
{
    write_at(0, IOAPIC_PAGE, reg);
    return read_at(0, IOAPIC_PAGE + 0x10);
}

/* Redirection entry of an input. */
static inline void io_entry(unsigned input, uint32_t low, uint8_t destination)
{
    io_write(0x11 + 2 * input, (uint32_t)destination << 24);
    io_write(0x10 + 2 * input, low);
}

static inline void send(unsigned cpu, uint8_t destination, uint32_t low)
{
    apic_write(cpu, AT_ICR_HIGH, (uint32_t)destination << 24);
    apic_write(cpu, AT_ICR, low);
}

static inline void set_line(unsigned line, bool high)
{
    p.bus.device = 63;
    bus_set_line(&p.bus, line, high);
    port_in(&p, 0x80, 1); /* the platform looks at the bus */
}

/* Which CPUs would take vector now; they take it, and end it. */
static inline unsigned takers(uint8_t vector)
{
    unsigned set = 0;

    for (unsigned i = 0; i < CPUS; i++) {
        if (platform_interrupt(&p, i) != vector)
            continue;
        set |= 1u << i;
        ck_assert_uint_eq(platform_acknowledge(&p, i), vector);
        apic_write(i, AT_EOI, 0);
    }
    return set;
}

static inline void apic_setup(void)
{
    struct platform_config c = platform_plain_config("pc");
    struct error e;

    c.vcpus = CPUS;
    ck_assert_int_eq(platform_init(&p, &c, &e), STATUS_OK);
    for (unsigned i = 0; i < CPUS; i++)
        apic_write(i, AT_SVR, 0x1ff);
}

static inline void apic_teardown(void)
{
    platform_free(&p);
}

#endif
