/*
 * i8042.c - the keyboard controller, with its keyboard.
 *
 * Hardware      IBM PC/AT Technical Reference, "Keyboard Controller"; Intel
 *               82371SB data sheet for port 0x92.
 * Model         commands take no time.  The output buffer is filled again as
 *               soon as it is read.  Translation makes set 1 of set 2.  A
 *               pulse on output bit 0, or bit 0 of port 0x92, resets the
 *               machine.
 * NOT MODELLED  a second (auxiliary) port: its test fails, its bytes go
 *               nowhere.  A20 is always open: the bit is kept, nothing more.
 */
#include "sim/core/macros.h"
#include "sim/devices/device_all.h"
#include "sim/devices/keyboard.h"

enum i8042_range { RANGE_DATA, RANGE_COMMAND, RANGE_SYSTEM };

enum {
    STATUS_FULL = 0x01,
    STATUS_SYSTEM = 0x04,
    STATUS_COMMAND = 0x08,
    STATUS_UNLOCKED = 0x10,
    MODE_INTERRUPT = 0x01,
    MODE_SYSTEM = 0x04,
    MODE_KEYBOARD_OFF = 0x10,
    MODE_AUX_OFF = 0x20,
    MODE_TRANSLATE = 0x40,
    OUTPUT_RUN = 0x01, /* low: reset */
    OUTPUT_A20 = 0x02,
    RAM_BYTES = 32,
    BREAK_PREFIX = 0xf0,
    BREAK_BIT = 0x80,
    KEY_F7 = 0x83, /* of set 2: the one beyond its table */
    AUX_TEST_FAILED = 0x01,
    SELF_TEST_PASSED = 0x55,
};

enum i8042_command {
    COMMAND_READ_RAM = 0x20,
    COMMAND_WRITE_RAM = 0x60,
    COMMAND_AUX_OFF = 0xa7,
    COMMAND_AUX_ON = 0xa8,
    COMMAND_TEST_AUX = 0xa9,
    COMMAND_TEST = 0xaa,
    COMMAND_TEST_KEYBOARD = 0xab,
    COMMAND_KEYBOARD_OFF = 0xad,
    COMMAND_KEYBOARD_ON = 0xae,
    COMMAND_READ_INPUT = 0xc0,
    COMMAND_READ_OUTPUT = 0xd0,
    COMMAND_WRITE_OUTPUT = 0xd1,
    COMMAND_LOOP_KEYBOARD = 0xd2,
    COMMAND_LOOP_AUX = 0xd3,
    COMMAND_WRITE_AUX = 0xd4,
    COMMAND_READ_TEST = 0xe0,
    COMMAND_PULSE = 0xf0,
};

struct i8042 {
    struct keyboard keyboard;
    uint8_t ram[RAM_BYTES]; /* 0: the mode */
    uint8_t buffer;         /* for the CPU */
    bool full;              /* ... it has not read it */
    bool was_command;       /* the last write */
    bool break_follows;     /* translation saw the prefix */
    uint8_t wants_value;    /* of this command; 0: none */
    uint8_t output_port;
};

/* Set 2 to set 1, as the controller does it: codes 0x00 .. 0x7f. */
static const uint8_t set1_of_set2[128] = {
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40,
    0x3e, 0x0f, 0x29, 0x59, 0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a,
    0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e, 0x2d, 0x20,
    0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d,
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24,
    0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60,
    0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74,
    0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76,
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b,
    0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45,
    0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54,
};

static void reply(struct i8042 *c, uint8_t byte)
{
    c->buffer = byte;
    c->full = true;
}

/* A byte of the keyboard, translated; false: nothing for the CPU yet. */
static bool translate(struct i8042 *c, uint8_t *byte)
{
    if (!(c->ram[0] & MODE_TRANSLATE))
        return true;
    if (*byte == BREAK_PREFIX) {
        c->break_follows = true;
        return false;
    }
    if (*byte == KEY_F7)
        *byte = 0x41 | (c->break_follows ? BREAK_BIT : 0);
    else if (*byte < ARRAY_LEN(set1_of_set2))
        *byte = set1_of_set2[*byte] | (c->break_follows ? BREAK_BIT : 0);
    c->break_follows = false;
    return true;
}

static void fill(struct i8042 *c, struct bus *bus)
{
    uint8_t byte;

    keyboard_type(&c->keyboard, &bus->keys);
    while (!c->full && !(c->ram[0] & MODE_KEYBOARD_OFF) &&
           keyboard_take(&c->keyboard, &byte))
        if (translate(c, &byte))
            reply(c, byte);
}

/* Each new byte is an edge: the line falls when the buffer is read. */
static void settle(struct i8042 *c, struct bus *bus)
{
    fill(c, bus);
    bus_set_line(bus, bus->line, c->full && c->ram[0] & MODE_INTERRUPT);
}

static void i8042_reset(void *state, struct bus *bus)
{
    struct i8042 *c = state;

    *c = (struct i8042){.output_port = OUTPUT_RUN | OUTPUT_A20};
    c->ram[0] = MODE_INTERRUPT | MODE_SYSTEM | MODE_AUX_OFF | MODE_TRANSLATE;
    keyboard_reset(&c->keyboard);
    settle(c, bus);
}

/* platform_type() advances the devices: nothing here is ever due. */
static void i8042_advance(void *state, struct bus *bus)
{
    settle(state, bus);
}

static uint64_t i8042_read(void *state, struct bus *bus,
                           const struct device_access *a)
{
    struct i8042 *c = state;
    uint8_t value;

    if (a->range == RANGE_SYSTEM)
        return c->output_port & OUTPUT_A20;
    if (a->range == RANGE_COMMAND)
        return (uint8_t)(STATUS_UNLOCKED | (c->full ? STATUS_FULL : 0) |
                         (c->ram[0] & MODE_SYSTEM ? STATUS_SYSTEM : 0) |
                         (c->was_command ? STATUS_COMMAND : 0));
    value = c->buffer;
    c->full = false;
    bus_lower_line(bus, bus->line);
    settle(c, bus);
    return value;
}

static void write_output(struct i8042 *c, struct bus *bus, uint8_t value)
{
    if (!(value & OUTPUT_RUN))
        bus->reset_requested = true;
    c->output_port = value | OUTPUT_RUN;
}

static void self_test(struct i8042 *c)
{
    c->ram[0] |= MODE_SYSTEM | MODE_KEYBOARD_OFF | MODE_AUX_OFF;
    c->full = false;
    reply(c, SELF_TEST_PASSED);
}

/* Commands without a value. */
static void plain_command(struct i8042 *c, struct bus *bus, uint8_t command)
{
    switch (command) {
    case COMMAND_AUX_OFF:
        c->ram[0] |= MODE_AUX_OFF;
        break;
    case COMMAND_AUX_ON:
        c->ram[0] &= (uint8_t)~MODE_AUX_OFF;
        break;
    case COMMAND_TEST_AUX:
        reply(c, AUX_TEST_FAILED);
        break;
    case COMMAND_TEST:
        self_test(c);
        break;
    case COMMAND_TEST_KEYBOARD:
    case COMMAND_READ_INPUT:
    case COMMAND_READ_TEST:
        reply(c, 0);
        break;
    case COMMAND_KEYBOARD_OFF:
        c->ram[0] |= MODE_KEYBOARD_OFF;
        break;
    case COMMAND_KEYBOARD_ON:
        c->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF;
        break;
    case COMMAND_READ_OUTPUT:
        reply(c, c->output_port);
        break;
    default:
        if (command >= COMMAND_PULSE && !(command & OUTPUT_RUN))
            bus->reset_requested = true;
        break;
    }
}

static void write_command(struct i8042 *c, struct bus *bus, uint8_t command)
{
    c->was_command = true;
    c->wants_value = 0;
    if (command >= COMMAND_READ_RAM && command < COMMAND_READ_RAM + RAM_BYTES)
        reply(c, c->ram[command % RAM_BYTES]);
    else if ((command >= COMMAND_WRITE_RAM &&
              command < COMMAND_WRITE_RAM + RAM_BYTES) ||
             (command >= COMMAND_WRITE_OUTPUT && command <= COMMAND_WRITE_AUX))
        c->wants_value = command;
    else
        plain_command(c, bus, command);
}

static void write_data(struct i8042 *c, struct bus *bus, uint8_t value)
{
    uint8_t command = c->wants_value;

    c->was_command = false;
    c->wants_value = 0;
    switch (command) {
    case 0: /* for the keyboard; it must be listening to answer */
        c->ram[0] &= (uint8_t)~MODE_KEYBOARD_OFF;
        keyboard_write(&c->keyboard, value);
        break;
    case COMMAND_WRITE_OUTPUT:
        write_output(c, bus, value);
        break;
    case COMMAND_LOOP_KEYBOARD:
        reply(c, value);
        break;
    case COMMAND_LOOP_AUX:
    case COMMAND_WRITE_AUX:
        break;
    default:
        c->ram[command % RAM_BYTES] = value;
        break;
    }
}

static void i8042_write(void *state, struct bus *bus,
                        const struct device_access *a, uint64_t value)
{
    struct i8042 *c = state;
    uint8_t byte = (uint8_t)value;

    if (a->range == RANGE_COMMAND)
        write_command(c, bus, byte);
    else if (a->range == RANGE_DATA)
        write_data(c, bus, byte);
    else if (byte & OUTPUT_RUN) /* port 0x92: set, it resets */
        bus->reset_requested = true;
    else
        c->output_port = (uint8_t)(OUTPUT_RUN | (byte & OUTPUT_A20));
    settle(c, bus);
}

const struct device_ops device_i8042 = {
    .name = "i8042",
    .sentence = "keyboard controller and keyboard; port 0x92",
    .source = "IBM PC/AT Technical Reference, \"Keyboard Controller\"",
    .state_bytes = sizeof(struct i8042),
    .reset = i8042_reset,
    .read = i8042_read,
    .write = i8042_write,
    .advance = i8042_advance,
};
