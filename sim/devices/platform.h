/*
 * platform.h - the devices of one VM, behind ports, memory and MSRs.
 *
 * Which devices there are, and where, say the rows of platform_rows.def for
 * the platform that the configuration names.  An unknown port or address
 * reads all ones and drops writes, as an empty bus does.
 *
 * Time is now_cycle, in cycles of the CPU's clock (that of the TSC before its
 * base and offset): each call that may depend on it is told, the platform owns
 * none.  vcpu says who asks; each has a local APIC here.
 *
 * Order of a technique's turn: platform_advance(); then, if the vCPU can take
 * it, platform_nmi_take() or platform_interrupt() and platform_acknowledge();
 * run no longer than platform_next_cycle(); carry accesses here as they come.
 *
 * Output is collected in growing buffers (bus.h); whoever owns the platform
 * takes it from there.
 */
#ifndef SIM_DEVICES_PLATFORM_H
#define SIM_DEVICES_PLATFORM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/core/status.h"
#include "sim/devices/bus.h"
#include "sim/devices/lapic.h"
#include "sim/devices/platform_config.h"
#include "sim/devices/platform_profile.h"
#include "sim/devices/poll_watch.h"

struct platform {
    struct bus bus; /* outputs, input, exit state: see bus.h */
    struct platform_config config;
    enum platform_id id;
    void *states[DEVICE_COUNT]; /* owned; NULL: this platform has none */
    uint8_t *port_map;          /* row of range_rows + 1, by port; owned */
    struct lapic lapics[PLATFORM_MAX_VCPUS];
    unsigned vcpu_count;
    uint64_t next_cycle;   /* of the devices, the local APICs aside */
    uint64_t vcpu_cycle;   /* the time of the vCPU whose access it is */
    uint32_t routed_lines; /* levels that the interrupt controllers know */
    struct poll_watch polls;
};

/* Refuses an unknown platform's name.  On failure nothing is left to free. */
enum status platform_init(struct platform *p,
                          const struct platform_config *config,
                          struct error *e);
void platform_free(struct platform *p);

/* All devices as at power-on; memory, outputs and time stay. */
void platform_reset(struct platform *p);

/* Ports: a whole access, string forms too. */
struct port_access {
    uint16_t port;
    bool in;
    uint8_t bytes;  /* of an element: 1, 2 or 4 */
    uint32_t count; /* elements */
    uint8_t *data;  /* little-endian elements; for in, they go here */
};
void platform_port_access(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                          const struct port_access *a);

/*
 * Memory: does an access at a go to the bus?  Where RAM is it does not,
 * whatever a device claims; where nothing is, it does and meets nobody.
 */
bool platform_is_device(const struct platform *p, gpa_t a);

/* Any number of bytes, aligned or not. */
struct memory_access {
    gpa_t at;
    bool write;
    unsigned bytes;
    uint8_t *data; /* little-endian; of a read, they go here */
};
void platform_memory_access(struct platform *p, unsigned vcpu,
                            uint64_t now_cycle, const struct memory_access *a);

/*
 * MSRs of the local APIC: APIC_BASE (the CPU's copy must follow), x2APIC
 * registers, the TSC deadline (in cycles: the caller adds and subtracts the
 * TSC's base and offset; 0 stays 0).  False: the guest gets #GP.
 */
bool platform_msr_read(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                       uint32_t msr, uint64_t *value);
bool platform_msr_write(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                        uint32_t msr, uint64_t value);

/* A message for the local APIC of vcpu alone, whatever its destination says.
   False: that APIC is off and does not take it. */
bool platform_tell(struct platform *p, unsigned vcpu,
                   const struct apic_message *m);

/* TPR, which is CR8 too: 0 .. 255. */
uint32_t platform_task_priority(const struct platform *p, unsigned vcpu);
void platform_set_task_priority(struct platform *p, unsigned vcpu,
                                uint32_t priority);

/*
 * For APIC virtualization: the local APIC of vcpu, to fill a virtual-APIC page
 * and take it back; a write to such a page, register by offset; the end of a
 * level-triggered interrupt that has left the ISR.
 */
struct lapic *platform_lapic(struct platform *p, unsigned vcpu);
void platform_virtual_write(struct platform *p, unsigned vcpu,
                            uint64_t now_cycle, uint32_t offset,
                            uint64_t value);
void platform_virtual_eoi(struct platform *p, unsigned vcpu, uint64_t now_cycle,
                          uint8_t vector);

/* Has the local APIC a vector that may be delivered now?  Does an 8259 ask,
 * whose vector is none of the local APIC's? */
bool platform_lapic_pending(const struct platform *p, unsigned vcpu);
bool platform_extint(const struct platform *p, unsigned vcpu);

/* Lets devices, and vcpu's local APIC, do what is due. */
void platform_advance(struct platform *p, unsigned vcpu, uint64_t now_cycle);

/* When vcpu must next call platform_advance(); UINT64_MAX: never. */
uint64_t platform_next_cycle(const struct platform *p, unsigned vcpu);

/* Vector of the interrupt that vcpu would take now; -1: none. */
int platform_interrupt(const struct platform *p, unsigned vcpu);

/*
 * The vCPU takes it (the INTA cycle).  A vector always comes back, as from
 * hardware: a spurious one if the request is gone.
 */
uint8_t platform_acknowledge(struct platform *p, unsigned vcpu);

bool platform_nmi_pending(const struct platform *p, unsigned vcpu);
void platform_nmi_take(struct platform *p, unsigned vcpu);

/* INIT, and startup with its vector, by interprocessor interrupts: true once
 * for each. */
bool platform_take_init(struct platform *p, unsigned vcpu);
bool platform_take_startup(struct platform *p, unsigned vcpu, uint8_t *vector);

/* Either of them waits to be taken. */
bool platform_signalled(const struct platform *p, unsigned vcpu);

/* Anything that would end a vCPU's wait: interrupt, NMI, INIT, startup. */
bool platform_wakes(const struct platform *p, unsigned vcpu);

/* The guest has ended the machine: by debug exit (bus.exit_status), by power
 * off, or by asking for a reset. */
static inline bool platform_ended(const struct platform *p)
{
    return p->bus.exited || p->bus.powered_off || p->bus.reset_requested;
}

/* Typed on the serial line; and on the keyboard.  How much was taken. */
size_t platform_input(struct platform *p, const uint8_t *data, size_t bytes);
size_t platform_type(struct platform *p, const uint8_t *data, size_t bytes);

/* What was read most often in a row with the same answer. */
struct platform_poll {
    bool memory;      /* a gpa; else a port */
    uint64_t address; /* of it */
    uint64_t reads;
};
/* False: nothing was read twice. */
bool platform_polled(const struct platform *p, struct platform_poll *poll);

#endif
