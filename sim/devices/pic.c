/*
 * pic.c - two cascaded 8259A interrupt controllers.
 *
 * Hardware      Intel 8259A data sheet; Intel 82371SB (PIIX3) data sheet,
 *               "Interrupt Controller" (edge/level control registers).
 * Model         initialization and operation command words, fully nested,
 *               special fully nested and special mask modes, rotation,
 *               automatic end of interrupt, poll, spurious requests: an
 *               acknowledge without a request gives input 7 and sets no bit
 *               of the ISR.  An edge request goes with its line, unless it
 *               came as a pulse.
 * NOT MODELLED  8080 mode, buffered mode (there is no bus to buffer), the
 *               slave's ICW3 (the wiring is fixed).
 * INVARIANTS
 *   1. The master's request 2 is the slave's output.
 *   2. A pulse is a request.
 */
#include "sim/devices/pic.h"

#include "sim/devices/device_all.h"
#include "sim/devices/pci_routing.h"

enum { MASTER, SLAVE, CASCADE = 2, NONE = -1 };

enum pic_range { RANGE_MASTER, RANGE_SLAVE, RANGE_ELCR };

enum {
    ICW1_ICW4 = 0x01,
    ICW1_SINGLE = 0x02,
    ICW1_LEVEL = 0x08,
    ICW1 = 0x10,
    ICW4_AUTO_EOI = 0x02,
    ICW4_SPECIAL_NESTED = 0x10,
    OCW3 = 0x08,
    OCW3_READ_SERVICE = 0x01,
    OCW3_READ = 0x02,
    OCW3_POLL = 0x04,
    OCW3_SPECIAL_MASK = 0x20,
    OCW3_SPECIAL = 0x40,
    OCW2_EOI = 0x20,
    OCW2_SPECIFIC = 0x40,
    OCW2_ROTATE = 0x80,
    POLL_REQUEST = 0x80,
};

/* Lines 0, 1 and 2, and 8 and 13, are always edge-triggered. */
static const uint8_t elcr_writable[2] = {0xf8, 0xde};

static uint8_t bit(unsigned n)
{
    return (uint8_t)(1u << (n & 7));
}

static uint8_t level_inputs(const struct pic_chip *c)
{
    return c->all_level ? 0xff : c->level;
}

/* The input of highest priority in set; NONE: it is empty. */
static int highest(const struct pic_chip *c, uint8_t set)
{
    for (unsigned i = 1; i <= 8; i++)
        if (set & bit(c->lowest + i))
            return (int)((c->lowest + i) & 7);
    return NONE;
}

/* Rank of an input: 0 is the highest. */
static unsigned rank(const struct pic_chip *c, int input)
{
    return ((unsigned)input + 7 - c->lowest) & 7;
}

/* The input that is asking, and may; NONE: none. */
static int chip_request(const struct pic_chip *c, bool is_master)
{
    int asking = highest(c, c->requests & (uint8_t)~c->mask);
    uint8_t holding = c->service;
    int serving;

    if (c->special_mask)
        holding &= (uint8_t)~c->mask;
    if (is_master && c->special_nested)
        holding &= (uint8_t)~bit(CASCADE);
    serving = highest(c, holding);
    if (asking == NONE ||
        (serving != NONE && rank(c, asking) >= rank(c, serving)))
        return NONE;
    return asking;
}

/* The slave's output is an input of the master. */
static void cascade(struct pic *p)
{
    struct pic_chip *master = &p->chip[MASTER];

    if (chip_request(&p->chip[SLAVE], false) != NONE)
        master->requests |= bit(CASCADE);
    else
        master->requests &= (uint8_t)~bit(CASCADE);
}

void pic_set_line(struct pic *p, unsigned irq, bool high)
{
    struct pic_chip *c = &p->chip[irq >> 3 & 1];
    uint8_t input = bit(irq);
    bool was_high = (c->lines & input) != 0;

    if (high) {
        c->lines |= input;
        if (!was_high || level_inputs(c) & input)
            c->requests |= input;
    } else {
        c->lines &= (uint8_t)~input;
        if (!(c->pulses & input))
            c->requests &= (uint8_t)~input;
    }
    cascade(p);
}

void pic_pulse(struct pic *p, unsigned irq)
{
    struct pic_chip *c = &p->chip[irq >> 3 & 1];
    uint8_t input = bit(irq) & (uint8_t)~level_inputs(c);

    c->requests |= input;
    c->pulses |= input;
    cascade(p);
}

bool pic_output(const struct pic *p)
{
    return chip_request(&p->chip[MASTER], true) != NONE;
}

static uint8_t chip_vector(const struct pic_chip *c, int input)
{
    return c->vector_base | (uint8_t)(input == NONE ? 7 : input);
}

uint8_t pic_vector(const struct pic *p)
{
    int input = chip_request(&p->chip[MASTER], true);

    if (input == CASCADE)
        return chip_vector(&p->chip[SLAVE],
                           chip_request(&p->chip[SLAVE], false));
    return chip_vector(&p->chip[MASTER], input);
}

/* One chip's part of the cycle: the request goes into service. */
static int chip_acknowledge(struct pic_chip *c, bool is_master)
{
    int input = chip_request(c, is_master);
    uint8_t mask;

    if (input == NONE)
        return NONE;
    mask = bit((unsigned)input);
    c->pulses &= (uint8_t)~mask;
    if (!(level_inputs(c) & mask))
        c->requests &= (uint8_t)~mask;
    if (!c->auto_eoi)
        c->service |= mask;
    else if (c->rotate_auto_eoi)
        c->lowest = (uint8_t)input;
    return input;
}

uint8_t pic_acknowledge(struct pic *p)
{
    int input = chip_acknowledge(&p->chip[MASTER], true);
    uint8_t vector = chip_vector(&p->chip[MASTER], input);

    if (input == CASCADE) {
        int below = chip_acknowledge(&p->chip[SLAVE], false);

        vector = chip_vector(&p->chip[SLAVE], below);
    }
    cascade(p);
    return vector;
}

static void initialize(struct pic_chip *c, uint8_t icw1)
{
    c->wants_icw4 = (icw1 & ICW1_ICW4) != 0;
    c->single = (icw1 & ICW1_SINGLE) != 0;
    c->all_level = (icw1 & ICW1_LEVEL) != 0;
    c->next_icw = 2;
    c->requests = c->lines & level_inputs(c);
    c->pulses = 0;
    c->service = 0;
    c->mask = 0;
    c->lowest = 7;
    c->auto_eoi = false;
    c->rotate_auto_eoi = false;
    c->special_mask = false;
    c->special_nested = false;
    c->read_service = false;
    c->poll = false;
}

/* The input that an end-of-interrupt command means; NONE: none. */
static int eoi_input(const struct pic_chip *c, uint8_t ocw2)
{
    uint8_t ending = c->service;

    if (ocw2 & OCW2_SPECIFIC)
        return ocw2 & 7;
    if (c->special_mask)
        ending &= (uint8_t)~c->mask;
    return highest(c, ending);
}

static void operate(struct pic_chip *c, uint8_t ocw2)
{
    int input = eoi_input(c, ocw2);

    if (!(ocw2 & OCW2_EOI)) {
        if (ocw2 & OCW2_SPECIFIC && ocw2 & OCW2_ROTATE)
            c->lowest = ocw2 & 7;
        else if (!(ocw2 & OCW2_SPECIFIC))
            c->rotate_auto_eoi = (ocw2 & OCW2_ROTATE) != 0;
        return;
    }
    if (input == NONE)
        return;
    c->service &= (uint8_t)~bit((unsigned)input);
    if (ocw2 & OCW2_ROTATE)
        c->lowest = (uint8_t)input;
}

static void choose_read(struct pic_chip *c, uint8_t ocw3)
{
    if (ocw3 & OCW3_SPECIAL)
        c->special_mask = (ocw3 & OCW3_SPECIAL_MASK) != 0;
    if (ocw3 & OCW3_READ)
        c->read_service = (ocw3 & OCW3_READ_SERVICE) != 0;
    c->poll = (ocw3 & OCW3_POLL) != 0;
}

static void write_command(struct pic_chip *c, uint8_t value)
{
    if (value & ICW1)
        initialize(c, value);
    else if (value & OCW3)
        choose_read(c, value);
    else
        operate(c, value);
}

static void write_data(struct pic_chip *c, uint8_t value)
{
    switch (c->next_icw) {
    case 2:
        c->vector_base = value & 0xf8;
        c->next_icw = c->single ? 4 : 3;
        break;
    case 3:
        c->next_icw = 4;
        break;
    case 4:
        c->auto_eoi = (value & ICW4_AUTO_EOI) != 0;
        c->special_nested = (value & ICW4_SPECIAL_NESTED) != 0;
        c->next_icw = 0;
        return;
    default:
        c->mask = value;
        return;
    }
    if (c->next_icw == 4 && !c->wants_icw4)
        c->next_icw = 0;
}

/* A poll is an acknowledge cycle by reading. */
static uint8_t poll(struct pic_chip *c, bool is_master)
{
    int input = chip_acknowledge(c, is_master);

    c->poll = false;
    return input == NONE ? 0 : (uint8_t)(POLL_REQUEST | input);
}

static uint8_t chip_read(struct pic_chip *c, bool is_master, uint32_t offset)
{
    if (c->poll)
        return poll(c, is_master);
    if (offset == 1)
        return c->mask;
    return c->read_service ? c->service : c->requests;
}

static uint64_t pic_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct pic *p = state;
    uint8_t value;

    (void)bus;
    if (a->range == RANGE_ELCR)
        return p->chip[a->offset & 1].level;
    value =
        chip_read(&p->chip[a->range & 1], a->range == RANGE_MASTER, a->offset);
    cascade(p);
    return value;
}

static void write_elcr(struct pic *p, unsigned chip, uint8_t value)
{
    struct pic_chip *c = &p->chip[chip];

    c->level = value & elcr_writable[chip];
    c->requests |= c->lines & c->level;
}

static void pic_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct pic *p = state;

    (void)bus;
    if (a->range == RANGE_ELCR)
        write_elcr(p, a->offset & 1, (uint8_t)value);
    else if (a->offset == 0)
        write_command(&p->chip[a->range & 1], (uint8_t)value);
    else
        write_data(&p->chip[a->range & 1], (uint8_t)value);
    cascade(p);
}

/* As firmware leaves them: the vectors of a PC, everything masked, the IRQs
 * that the PCI wires reach triggered by level. */
static void pic_reset(void *state, struct bus *bus)
{
    struct pic *p = state;

    (void)bus;
    *p = (struct pic){0};
    for (unsigned i = 0; i < 2; i++)
        p->chip[i] = (struct pic_chip){.vector_base = i == MASTER ? 0x08 : 0x70,
                                       .mask = 0xff,
                                       .lowest = 7};
    for (unsigned wire = 0; wire < PCI_PINS; wire++)
        p->chip[SLAVE].level |= bit(pci_line(0, wire, false));
}

const struct device_ops device_pic = {
    .name = "pic",
    .sentence = "two 8259A interrupt controllers",
    .source = "Intel 8259A data sheet; 82371SB data sheet for ELCR",
    .state_bytes = sizeof(struct pic),
    .reset = pic_reset,
    .read = pic_read,
    .write = pic_write,
};
