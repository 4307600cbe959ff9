/*
 * platform.h - the devices of one VM, behind port numbers and MSRs.
 *
 * ports  0x3f8-0x3ff  16550 serial, polled: kernel messages
 *        0xe9         debug console (Bochs convention; reads 0xe9): stdout
 *        0xe8         a second one (reads 0xe9 too): stderr
 *        0xf4         debug exit (QEMU isa-debug-exit convention, but the
 *                     exit status is the value itself): ends the machine
 * MSRs   x2APIC and the TSC deadline
 * An unknown port reads all ones and drops writes, as an empty ISA bus does.
 *
 * Output is collected in growing buffers; whoever owns the platform takes it
 * from there (a component never writes to a terminal or file).
 */
#ifndef SIM_DEVICES_PLATFORM_H
#define SIM_DEVICES_PLATFORM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/devices/lapic.h"

#define PORT_SERIAL       0x3f8u
#define PORT_DEBUG_STDOUT 0xe9u
#define PORT_DEBUG_STDERR 0xe8u
#define PORT_DEBUG_EXIT   0xf4u

/* Bytes the guest wrote; a write beyond limit_bytes is dropped, counted. */
struct output {
    uint8_t *data;
    size_t bytes, capacity_bytes, limit_bytes;
    uint64_t dropped_bytes;
};

void output_append(struct output *o, const uint8_t *data, size_t bytes);
void output_free(struct output *o);

struct serial { /* 16550 registers, polled use */
    uint8_t ier, lcr, mcr, scr, fcr;
    uint16_t divisor;
};

struct platform {
    struct lapic lapic; /* one vCPU; more with SMP */
    struct serial serial;
    struct output console; /* kernel messages */
    struct output out;     /* the program's stdout */
    struct output err;     /* the program's stderr */
    bool exited;           /* debug exit was written */
    uint8_t exit_status;
};

void platform_init(struct platform *p);
void platform_free(struct platform *p);

/* One element of bytes 1, 2 or 4. */
uint32_t platform_port_read(struct platform *p, uint16_t port, unsigned bytes);
void platform_port_write(struct platform *p, uint16_t port, unsigned bytes,
                         uint32_t value);

/* A whole access, string forms too: elements from data, or for in into it. */
struct port_access {
    uint16_t port;
    bool in;
    uint8_t bytes;  /* of an element: 1, 2 or 4 */
    uint32_t count; /* elements */
    uint8_t *data;  /* little-endian */
};
void platform_port_access(struct platform *p, const struct port_access *a);

#endif
