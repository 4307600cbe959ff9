/*
 * lapic.h - local APIC in x2APIC mode: one vCPU's interrupt controller and
 * timer.
 *
 * Hardware  Intel SDM vol. 3, "Advanced Programmable Interrupt Controller
 *           (APIC)", "Extended xAPIC (x2APIC)", "APIC Timer".
 * Model     registers by x2APIC MSR number; fixed interrupts, priorities,
 *           EOI, one-shot, periodic and TSC-deadline timer.  The same model
 *           serves a real APIC (native) and an emulated one (shadow, nested).
 * NOT MODELLED  IPIs to other CPUs, logical mode, LINT pins, xAPIC MMIO.
 * Time is an argument, in cycles of the vCPU's clock.
 */
#ifndef SIM_DEVICES_LAPIC_H
#define SIM_DEVICES_LAPIC_H
#include <stdbool.h>
#include <stdint.h>

#define MSR_TSC_DEADLINE 0x6e0u
#define MSR_X2APIC_FIRST 0x800u
#define MSR_X2APIC_LAST  0x8ffu

struct lapic {
    uint32_t id;
    uint32_t spurious; /* SVR: bit 8 enables */
    uint32_t task_priority;
    uint32_t lvt_timer;
    uint32_t divide; /* DCR, as written */
    uint32_t initial_count;
    uint64_t timer_start_cycle; /* when initial_count was written */
    uint64_t deadline_cycle;    /* next expiry; UINT64_MAX: none */
    uint64_t tsc_deadline;
    uint32_t irr[8], isr[8];
    uint32_t error;
};

void lapic_reset(struct lapic *l, uint32_t id);

/* False: no such register (the guest gets #GP). */
bool lapic_read_msr(const struct lapic *l, uint32_t msr, uint64_t now_cycle,
                    uint64_t *value);
bool lapic_write_msr(struct lapic *l, uint32_t msr, uint64_t value,
                     uint64_t now_cycle);

/* When the timer next expires; UINT64_MAX: never. */
uint64_t lapic_next_cycle(const struct lapic *l);

/* Lets the timer expire up to now_cycle: sets IRR, re-arms if periodic. */
void lapic_advance(struct lapic *l, uint64_t now_cycle);

/* Requests a fixed interrupt. */
void lapic_raise(struct lapic *l, uint8_t vector);

/* Highest vector that may be delivered now; -1: none. */
int lapic_pending(const struct lapic *l);

/* The CPU takes vector: IRR to ISR. */
void lapic_accept(struct lapic *l, uint8_t vector);

#endif
