/*
 * cpu.h - what a C program cannot say: ports, MSRs, time, other CPUs.
 */
#ifndef TESTS_GUEST_SMP_CPU_H
#define TESTS_GUEST_SMP_CPU_H
#include <stdint.h>

#define EXIT_PORT   0xf4
#define OUTPUT_PORT 0xe9

#define MSR_APIC_BASE  0x1b
#define MSR_X2APIC_ID  0x802
#define MSR_X2APIC_EOI 0x80b
#define MSR_X2APIC_SVR 0x80f
#define MSR_X2APIC_ICR 0x830
#define APIC_BASE_X2   0xc00 /* enabled, x2APIC mode */
#define ICR_INIT       0x4500
#define ICR_STARTUP    0x4600
#define ICR_NMI        0x4400
#define ICR_FIXED      0x4000
#define ICR_OTHERS     0xc0000 /* all but self */
#define ICR_SELF       0x40000

static inline void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void put_text(const char *text)
{
    while (*text)
        out(OUTPUT_PORT, (uint8_t)*text++);
}

static inline void put_number(uint64_t n)
{
    if (n >= 10)
        put_number(n / 10);
    out(OUTPUT_PORT, (uint8_t)('0' + n % 10));
}

static inline void say(const char *what, uint64_t n)
{
    put_text(what);
    out(OUTPUT_PORT, ' ');
    put_number(n);
    out(OUTPUT_PORT, '\n');
}

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value),
                       "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t read_cr3(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static inline uint64_t read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline uint32_t own_id(void)
{
    return (uint32_t)read_msr(MSR_X2APIC_ID);
}

static inline void send(uint32_t to, uint32_t command)
{
    write_msr(MSR_X2APIC_ICR, (uint64_t)to << 32 | command);
}

static inline void wait_for(volatile uint32_t *count, uint32_t value)
{
    while (*count < value)
        relax();
}

#endif
