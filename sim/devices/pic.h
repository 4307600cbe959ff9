/*
 * pic.h - the two 8259A interrupt controllers of a PC, master and slave.
 *
 * Inputs are the ISA lines 0..15 (2 is the slave's way to the master); the
 * output goes to the CPU, or to a local APIC's LINT0 as ExtINT.
 */
#ifndef SIM_DEVICES_PIC_H
#define SIM_DEVICES_PIC_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/device.h"

enum { PIC_INPUTS = 16, PIC_CASCADE = 2 };

struct pic_chip {
    uint8_t lines;    /* levels of the inputs */
    uint8_t requests; /* IRR */
    uint8_t pulses;   /* of these, raised by a pulse that is over */
    uint8_t service;  /* ISR */
    uint8_t mask;     /* IMR */
    uint8_t level;    /* ELCR: 1: level-triggered */
    uint8_t vector_base;
    uint8_t lowest;   /* input of lowest priority; 7 after ICW1 */
    uint8_t next_icw; /* 2, 3 or 4 during initialization; else 0 */
    bool wants_icw4, single, all_level;
    bool auto_eoi, rotate_auto_eoi;
    bool special_mask, special_nested;
    bool read_service; /* what the next read of the command port gives */
    bool poll;         /* ... or a poll, once */
};

struct pic {
    struct pic_chip chip[2]; /* master, slave */
};

static inline bool pic_line_high(const struct pic *p, unsigned irq)
{
    return (p->chip[irq >> 3 & 1].lines >> (irq & 7) & 1) != 0;
}

/* The level of ISA line irq (not 2). */
void pic_set_line(struct pic *p, unsigned irq, bool high);

/* The line rose and may have fallen again: an edge input keeps it. */
void pic_pulse(struct pic *p, unsigned irq);

/* INTR: the CPU is asked to come. */
bool pic_output(const struct pic *p);

/* The vector that an acknowledge cycle would give now; then the cycle. */
uint8_t pic_vector(const struct pic *p);
uint8_t pic_acknowledge(struct pic *p);

#endif
