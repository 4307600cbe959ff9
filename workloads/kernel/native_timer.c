/*
 * native_timer.c - time from the TSC, interrupts from the local APIC's timer.
 *
 * Hardware  Intel SDM vol. 3, "Advanced Programmable Interrupt Controller",
 *           "Extended xAPIC (x2APIC)", "TSC-Deadline Mode", "Time-Stamp
 *           Counter".
 * The APIC's registers are MSRs in x2APIC mode, else a page of memory; the
 * timer counts down, or, better, fires when the TSC reaches a value.
 */
#include "workloads/kernel/kernel.h"
#include "workloads/kernel/lib.h"
#include "workloads/kernel/native.h"

enum { /* register numbers; times 16 the offset in the page */
       APIC_ID = 0x02,
       APIC_EOI = 0x0b,
       APIC_SPURIOUS = 0x0f,
       APIC_ICR = 0x30,
       APIC_ICR_TO = 0x31,
       APIC_LVT_TIMER = 0x32,
       APIC_INITIAL = 0x38,
       APIC_DIVIDE = 0x3e,
};

enum { PIC_MASTER_DATA = 0x21, PIC_SLAVE_DATA = 0xa1, PIC_MASK_ALL = 0xff };

#define MSR_X2APIC       0x800u
#define APIC_BASE_ENABLE 0x800u
#define APIC_BASE_X2     0x400u
#define SPURIOUS_ENABLE  0x100u
#define LVT_TSC_DEADLINE 0x40000u
#define DIVIDE_BY_1      0xbu
#define ICR_PENDING      0x1000u
#define DEFAULT_KHZ      1000000u
#define NS_PER_S         1000000000u
#define SCALE_BITS       22 /* of the factors below */

static struct native_clock {
    uint64_t start_tsc;
    uint64_t tsc_khz;
    uint64_t ns_per_tick;   /* times 2^SCALE_BITS */
    uint64_t ticks_per_ns;  /* of the TSC, times 2^SCALE_BITS */
    uint64_t counts_per_ns; /* of the APIC timer, times 2^SCALE_BITS */
} native_clock;

static void apic_write(unsigned number, uint32_t value)
{
    volatile uint32_t *page = (volatile uint32_t *)APIC_VA;

    if (kernel.cpu.x2apic)
        wrmsr(MSR_X2APIC + number, value);
    else
        page[number * 4] = value;
}

static uint64_t scale(uint64_t value, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)value * factor >> SCALE_BITS);
}

/* CPUID leaf 0x15: TSC = crystal * ebx / eax. */
static uint64_t tsc_khz_by_cpuid(void)
{
    struct cpuid c;

    if (cpuid(0, 0).eax < 0x15)
        return DEFAULT_KHZ;
    c = cpuid(0x15, 0);
    if (c.eax == 0 || c.ebx == 0 || c.ecx == 0)
        return DEFAULT_KHZ;
    return (uint64_t)c.ecx * c.ebx / c.eax / 1000;
}

void native_timer_init(void)
{
    struct native_clock *c = &native_clock;
    struct options *o = &kernel.options;

    if (!o->tsc_khz)
        o->tsc_khz = tsc_khz_by_cpuid();
    if (!o->apic_khz)
        o->apic_khz = DEFAULT_KHZ;
    c->tsc_khz = o->tsc_khz;
    c->ns_per_tick = ((uint64_t)1000000 << SCALE_BITS) / c->tsc_khz;
    c->ticks_per_ns = (c->tsc_khz << SCALE_BITS) / 1000000;
    c->counts_per_ns = (o->apic_khz << SCALE_BITS) / 1000000;
    c->start_tsc = rdtsc();
    /* The PC's old interrupt controller, if there is one, must be silent: its
       vectors are those of exceptions. */
    outb(PIC_MASTER_DATA, PIC_MASK_ALL);
    outb(PIC_SLAVE_DATA, PIC_MASK_ALL);
    native_apic_init();
}

void native_apic_init(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE |
                             (kernel.cpu.x2apic ? APIC_BASE_X2 : 0));
    apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    apic_write(APIC_DIVIDE, DIVIDE_BY_1);
    apic_write(APIC_LVT_TIMER,
               VECTOR_TIMER | (kernel.cpu.tsc_deadline ? LVT_TSC_DEADLINE : 0));
}

uint64_t native_clock_ns(void)
{
    return scale(rdtsc() - native_clock.start_tsc, native_clock.ns_per_tick);
}

static void arm_deadline(uint64_t deadline_ns)
{
    uint64_t tsc = 0; /* off */

    if (deadline_ns != UINT64_MAX)
        tsc = native_clock.start_tsc +
              scale(deadline_ns, native_clock.ticks_per_ns) + 1;
    wrmsr(MSR_TSC_DEADLINE, tsc);
}

/* A count of 0 stops the timer; a wait too long for 32 bits ends early. */
static void arm_countdown(uint64_t deadline_ns)
{
    uint64_t now = native_clock_ns(), counts = 0;

    if (deadline_ns != UINT64_MAX)
        counts = deadline_ns > now
                     ? scale(deadline_ns - now, native_clock.counts_per_ns) + 1
                     : 1;
    apic_write(APIC_INITIAL, (uint32_t)u64_min(counts, UINT32_MAX));
}

void native_timer_arm(uint64_t deadline_ns)
{
    if (kernel.cpu.tsc_deadline)
        arm_deadline(deadline_ns);
    else
        arm_countdown(deadline_ns);
}

void native_acknowledge(void)
{
    apic_write(APIC_EOI, 0);
}

uint32_t native_apic_id(void)
{
    const volatile uint32_t *page = (const volatile uint32_t *)APIC_VA;

    if (kernel.cpu.x2apic)
        return (uint32_t)rdmsr(MSR_X2APIC + APIC_ID);
    return page[APIC_ID * 4] >> 24;
}

/* Without x2APIC the command register has two halves, the low one sends; it
   may be busy still with the one before. */
void native_send_ipi(uint32_t to, uint32_t command)
{
    volatile uint32_t *page = (volatile uint32_t *)APIC_VA;

    if (kernel.cpu.x2apic) {
        __asm__ volatile("mfence" ::: "memory"); /* WRMSR does not order */
        wrmsr(MSR_X2APIC + APIC_ICR, (uint64_t)to << 32 | command);
        return;
    }
    while (page[APIC_ICR * 4] & ICR_PENDING)
        ;
    page[APIC_ICR_TO * 4] = to << 24;
    page[APIC_ICR * 4] = command;
}
