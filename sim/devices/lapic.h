/*
 * lapic.h - local APIC: one vCPU's interrupt controller and timer.
 *
 * Hardware  Intel SDM vol. 3, "Advanced Programmable Interrupt Controller
 *           (APIC)", "Extended xAPIC (x2APIC)", "APIC Timer".
 * Model     registers by number: that of the x2APIC MSR less 0x800, or of the
 *           memory-mapped register divided by 16.  The same model serves a
 *           real APIC (native) and an emulated one (shadow, nested).
 * NOT MODELLED  the page of registers lying over RAM; SMIs; focus processors;
 *           thermal and performance interrupts (their LVT entries are kept);
 *           suppression of EOI broadcasts.
 * Time is an argument, in cycles of the vCPU's clock.
 *
 * Files: lapic.c (requests, priorities, inputs), lapic_registers.c,
 * lapic_timer.c, lapic_message.c (what APICs tell each other),
 * lapic_virtual.c (as a virtual-APIC page).
 */
#ifndef SIM_DEVICES_LAPIC_H
#define SIM_DEVICES_LAPIC_H
#include <stdbool.h>
#include <stdint.h>

#define LAPIC_BASE_MSR   0x1bu
#define MSR_TSC_DEADLINE 0x6e0u
#define MSR_X2APIC_FIRST 0x800u
#define MSR_X2APIC_LAST  0x8ffu

enum {
    LAPIC_PAGE_BYTES = 4096,
    LAPIC_BASE_BSP = 1 << 8, /* bits of LAPIC_BASE_MSR */
    LAPIC_BASE_X2APIC = 1 << 10,
    LAPIC_BASE_ENABLE = 1 << 11,
    LAPIC_SVR_ENABLE = 1 << 8,
};

/* Entries of the local vector table, in the order of their registers. */
enum lapic_lvt {
    LVT_TIMER,
    LVT_THERMAL,
    LVT_PERFORMANCE,
    LVT_LINT0,
    LVT_LINT1,
    LVT_ERROR,
    LVT_COUNT,
};

/* Bits of an entry. */
enum {
    LVT_DELIVERY = 7 << 8,
    LVT_DELIVERY_STATUS = 1 << 12,
    LVT_REMOTE_IRR = 1 << 14,
    LVT_LEVEL = 1 << 15,
    LVT_MASKED = 1 << 16,
    LVT_TIMER_MODE = 3 << 17,
    LVT_TIMER_PERIODIC = 1 << 17,
    LVT_TIMER_DEADLINE = 2 << 17,
};

/* Delivery modes of messages and LVT entries. */
enum apic_mode {
    APIC_FIXED = 0,
    APIC_LOWEST = 1,
    APIC_SMI = 2,
    APIC_NMI = 4,
    APIC_INIT = 5,
    APIC_STARTUP = 6,
    APIC_EXTINT = 7,
};

/* What an interrupt command, an I/O APIC or an MSI asks of local APICs. */
struct apic_message {
    uint8_t vector;
    uint8_t mode; /* enum apic_mode, or a reserved value: then it is lost */
    bool logical;
    bool level;           /* triggered by level: its EOI is broadcast */
    bool wide;            /* destination has 32 bits; else 8 */
    uint32_t destination; /* all ones: everybody, if physical */
};

enum lapic_shorthand { TO_DESTINATION, TO_SELF, TO_ALL, TO_OTHERS };

struct lapic {
    uint64_t base; /* LAPIC_BASE_MSR */
    uint32_t id;
    bool old;          /* no x2APIC mode */
    bool no_deadline;  /* the timer has no TSC-deadline mode */
    uint32_t spurious; /* SVR: bit 8 enables */
    uint32_t task_priority;
    uint32_t logical_id, logical_format; /* LDR, DFR as in xAPIC mode */
    uint32_t lvt[LVT_COUNT];
    uint64_t command; /* ICR, as last written */
    uint32_t irr[8], isr[8], tmr[8];
    uint32_t error;         /* ESR, as it reads */
    uint32_t error_pending; /* since it was last written */

    uint32_t divide; /* DCR, as written */
    uint32_t initial_count;
    uint64_t deadline_cycle; /* next expiry; UINT64_MAX: none */
    uint64_t tsc_deadline;

    bool lint0_high; /* the 8259s ask */
    bool extint;     /* a message said so */
    bool nmi, init, startup;
    uint8_t startup_vector;

    /* For others, after a write: taken by who carries it. */
    bool sends;
    enum lapic_shorthand send_to;
    struct apic_message message;
    int eoi_vector; /* end of a level-triggered interrupt; -1: none */
};

/* As the hardware comes up; then as firmware sets a
 * bootstrap processor whose LINT0 the 8259s are wired to ("virtual wire mode").
 */
void lapic_reset(struct lapic *l, uint32_t id);
void lapic_set_virtual_wire(struct lapic *l);

static inline bool lapic_is_on(const struct lapic *l)
{
    return (l->base & LAPIC_BASE_ENABLE) != 0;
}

static inline bool lapic_is_x2apic(const struct lapic *l)
{
    return lapic_is_on(l) && (l->base & LAPIC_BASE_X2APIC) != 0;
}

/* Are its registers in memory at this address? */
static inline bool lapic_has_page(const struct lapic *l, uint64_t address)
{
    return lapic_is_on(l) && !lapic_is_x2apic(l) &&
           address / LAPIC_PAGE_BYTES == l->base / LAPIC_PAGE_BYTES;
}

/* APIC_BASE, x2APIC registers, TSC deadline.  False: the guest gets #GP. */
bool lapic_read_msr(const struct lapic *l, uint32_t msr, uint64_t now_cycle,
                    uint64_t *value);
bool lapic_write_msr(struct lapic *l, uint32_t msr, uint64_t value,
                     uint64_t now_cycle);

/* Registers in memory: offset in the page, 1, 2 or 4 bytes. */
uint32_t lapic_read_memory(struct lapic *l, uint32_t offset,
                           uint64_t now_cycle);
void lapic_write_memory(struct lapic *l, uint32_t offset, unsigned bytes,
                        uint32_t value, uint64_t now_cycle);

/* When the timer next expires; UINT64_MAX: never. */
uint64_t lapic_next_cycle(const struct lapic *l);

/* Lets the timer expire up to now_cycle: sets IRR, re-arms if periodic. */
void lapic_advance(struct lapic *l, uint64_t now_cycle);

/* Requests a fixed, edge-triggered interrupt. */
void lapic_raise(struct lapic *l, uint8_t vector);

/* The 8259s' output: an input of this APIC. */
void lapic_set_lint0(struct lapic *l, bool high);

/* Does LINT0 pass the 8259s' requests on?  Is there one, whose vector must be
 * asked of them? */
bool lapic_is_wired_to_pic(const struct lapic *l);
bool lapic_takes_extint(const struct lapic *l);

/* Highest vector that may be delivered now; -1: none. */
int lapic_pending(const struct lapic *l);

/* The CPU takes vector: IRR to ISR. */
void lapic_accept(struct lapic *l, uint8_t vector);

/* Processor priority. */
uint32_t lapic_priority(const struct lapic *l);

/* A message reaches the APICs that it names; sender: -1, or whose it is. */
struct lapic_group {
    struct lapic *lapics;
    unsigned count;
};
void lapic_deliver(const struct lapic_group *g, const struct apic_message *m);
void lapic_deliver_command(const struct lapic_group *g, struct lapic *sender);

/*
 * A virtual-APIC page (lapic_virtual.c).  all: not only the task priority
 * comes back.
 */
void lapic_fill_page(const struct lapic *l, uint8_t *page);
void lapic_take_page(struct lapic *l, const uint8_t *page, bool all);

/* Can register number be read as an MSR? */
bool lapic_msr_readable(unsigned number);

/* The highest vector that waits, whatever the priorities; -1: none. */
int lapic_requested(const struct lapic *l);

/* The highest vector in service; -1: none. */
int lapic_in_service(const struct lapic *l);

/* What follows when a vector has left the ISR. */
void lapic_ended(struct lapic *l, uint8_t vector);

/* An MSI's address and data; the destination is address bits 12..19. */
#define MSI_ADDRESS 0xfee00000u
enum { MSI_LOGICAL = 1 << 2, MSI_ASSERT = 1 << 14, MSI_LEVEL = 1 << 15 };

/* What a write to address means, as a message ("Message Signalled
 * Interrupts").  False: it is no interrupt. */
bool apic_message_of_msi(uint64_t address, uint32_t data,
                         struct apic_message *m);

#endif
