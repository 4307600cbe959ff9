/*
 * vga.c - the VGA's registers, and its text screen.
 *
 * Hardware      IBM PS/2 Hardware Technical Reference, "Video Subsystem".
 * Model         the registers of the CRT controller, sequencer, graphics and
 *               attribute controllers and the palette keep what is written, as
 *               firmware leaves them for 80 x 25 characters.  Text memory is
 *               RAM.  Retrace comes 70 times a second, and takes a tenth of
 *               the time.
 * NOT MODELLED  graphics modes, planes, fonts, the monochrome addresses: they
 *               change registers and nothing else.
 * INVARIANT     an index beyond its registers reads 0 and writes nothing.
 */
#include "sim/devices/device_all.h"
#include "sim/devices/platform.h"
#include "sim/devices/screen.h"

/* Registers by port, from 0x3c0. */
enum vga_port {
    PORT_ATTRIBUTE = 0x00,
    PORT_ATTRIBUTE_READ = 0x01,
    PORT_MISC_WRITE = 0x02, /* read: input status 0 */
    PORT_SEQUENCER = 0x04,
    PORT_SEQUENCER_DATA = 0x05,
    PORT_MASK = 0x06,
    PORT_PALETTE_READ = 0x07, /* its state, read */
    PORT_PALETTE_WRITE = 0x08,
    PORT_PALETTE_DATA = 0x09,
    PORT_MISC_READ = 0x0c,
    PORT_GRAPHICS = 0x0e,
    PORT_GRAPHICS_DATA = 0x0f,
    PORT_CRT = 0x14,
    PORT_CRT_DATA = 0x15,
    PORT_STATUS = 0x1a,
};

enum {
    CRT_COLUMNS = 0x01,
    CRT_CURSOR_START = 0x0a,
    CRT_START = 0x0c,  /* high, low */
    CRT_CURSOR = 0x0e, /* high, low */
    CRT_PROTECT = 0x11,
    CRT_OFFSET = 0x13,
    CURSOR_OFF = 0x20,
    PROTECTED = 0x80,
    GRAPHICS_MISC = 0x06,
    GRAPHICS_MODE = 0x01,
    ATTRIBUTE_INDEX = 0x1f,
    STATUS_BLANK = 0x01,
    STATUS_RETRACE = 0x08,
    FRAME_HZ = 70,
    FRAME_STEPS = 10,
    CRT_REGISTERS = 25,
    SEQUENCER_REGISTERS = 5,
    GRAPHICS_REGISTERS = 9,
    ATTRIBUTE_REGISTERS = 21,
    PALETTE_BYTES = 768,
    TEXT_BYTES = 0x8000,
};

#define TEXT_MEMORY 0xb8000u

struct vga {
    uint8_t crt[CRT_REGISTERS], crt_index;
    uint8_t sequencer[SEQUENCER_REGISTERS], sequencer_index;
    uint8_t graphics[GRAPHICS_REGISTERS], graphics_index;
    uint8_t attribute[ATTRIBUTE_REGISTERS], attribute_index;
    bool attribute_data; /* the next write is data */
    uint8_t misc, mask;
    uint8_t palette[PALETTE_BYTES];
    uint16_t palette_at; /* byte */
    bool palette_reads;
};

static const struct vga text_mode = {
    .crt = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00,
            0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
            0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff},
    .sequencer = {0x03, 0x00, 0x03, 0x00, 0x02},
    .graphics = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff},
    .attribute = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14,
                  0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d,
                  0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00},
    .misc = 0x67,
    .mask = 0xff,
};

static void vga_reset(void *state, struct bus *bus)
{
    struct vga *v = state;

    (void)bus;
    *v = text_mode;
}

static uint8_t register_at(const uint8_t *registers, unsigned count,
                           unsigned index)
{
    return index < count ? registers[index] : 0;
}

static void set_register(uint8_t *registers, unsigned count, unsigned index,
                         uint8_t value)
{
    if (index < count)
        registers[index] = value;
}

static uint8_t retrace(const struct bus *bus)
{
    uint64_t step =
        bus_ticks_at(bus, bus->now_cycle, FRAME_HZ * FRAME_STEPS) % FRAME_STEPS;

    return step == FRAME_STEPS - 1 ? STATUS_RETRACE | STATUS_BLANK : 0;
}

static uint8_t next_palette_byte(struct vga *v)
{
    uint16_t at = v->palette_at;

    v->palette_at = (uint16_t)((at + 1) % PALETTE_BYTES);
    return v->palette[at];
}

static uint64_t vga_read(void *state, struct bus *bus,
                         const struct device_access *a)
{
    struct vga *v = state;

    switch (a->offset) {
    case PORT_ATTRIBUTE:
        return v->attribute_index;
    case PORT_ATTRIBUTE_READ:
        return register_at(v->attribute, ATTRIBUTE_REGISTERS,
                           v->attribute_index & ATTRIBUTE_INDEX);
    case PORT_SEQUENCER:
        return v->sequencer_index;
    case PORT_SEQUENCER_DATA:
        return register_at(v->sequencer, SEQUENCER_REGISTERS,
                           v->sequencer_index);
    case PORT_MASK:
        return v->mask;
    case PORT_PALETTE_READ:
        return v->palette_reads ? 3 : 0;
    case PORT_PALETTE_WRITE:
        return (uint8_t)(v->palette_at / 3);
    case PORT_PALETTE_DATA:
        return next_palette_byte(v);
    case PORT_MISC_READ:
        return v->misc;
    case PORT_GRAPHICS:
        return v->graphics_index;
    case PORT_GRAPHICS_DATA:
        return register_at(v->graphics, GRAPHICS_REGISTERS, v->graphics_index);
    case PORT_CRT:
        return v->crt_index;
    case PORT_CRT_DATA:
        return register_at(v->crt, CRT_REGISTERS, v->crt_index);
    case PORT_STATUS:
        v->attribute_data = false;
        return retrace(bus);
    default:
        return 0;
    }
}

/* One port takes index and data in turns. */
static void write_attribute(struct vga *v, uint8_t value)
{
    if (v->attribute_data)
        set_register(v->attribute, ATTRIBUTE_REGISTERS,
                     v->attribute_index & ATTRIBUTE_INDEX, value);
    else
        v->attribute_index = value;
    v->attribute_data = !v->attribute_data;
}

static void write_crt(struct vga *v, uint8_t value)
{
    if (v->crt_index < 8 && v->crt[CRT_PROTECT] & PROTECTED)
        return;
    set_register(v->crt, CRT_REGISTERS, v->crt_index, value);
}

static void write_palette(struct vga *v, uint8_t value)
{
    v->palette[v->palette_at] = value & 0x3f;
    v->palette_at = (uint16_t)((v->palette_at + 1) % PALETTE_BYTES);
}

static void seek_palette(struct vga *v, uint8_t colour, bool reads)
{
    v->palette_at = (uint16_t)(3 * colour);
    v->palette_reads = reads;
}

static void vga_write(void *state, struct bus *bus,
                      const struct device_access *a, uint64_t value)
{
    struct vga *v = state;
    uint8_t byte = (uint8_t)value;

    (void)bus;
    switch (a->offset) {
    case PORT_ATTRIBUTE:
        write_attribute(v, byte);
        break;
    case PORT_MISC_WRITE:
        v->misc = byte;
        break;
    case PORT_SEQUENCER:
        v->sequencer_index = byte;
        break;
    case PORT_SEQUENCER_DATA:
        set_register(v->sequencer, SEQUENCER_REGISTERS, v->sequencer_index,
                     byte);
        break;
    case PORT_MASK:
        v->mask = byte;
        break;
    case PORT_PALETTE_READ:
        seek_palette(v, byte, true);
        break;
    case PORT_PALETTE_WRITE:
        seek_palette(v, byte, false);
        break;
    case PORT_PALETTE_DATA:
        write_palette(v, byte);
        break;
    case PORT_GRAPHICS:
        v->graphics_index = byte;
        break;
    case PORT_GRAPHICS_DATA:
        set_register(v->graphics, GRAPHICS_REGISTERS, v->graphics_index, byte);
        break;
    case PORT_CRT:
        v->crt_index = byte;
        break;
    case PORT_CRT_DATA:
        write_crt(v, byte);
        break;
    default:
        break;
    }
}

const struct device_ops device_vga = {
    .name = "vga",
    .sentence = "VGA registers; the text screen is memory at 0xb8000",
    .source = "IBM PS/2 Hardware Technical Reference, \"Video Subsystem\"",
    .state_bytes = sizeof(struct vga),
    .reset = vga_reset,
    .read = vga_read,
    .write = vga_write,
};

static unsigned word(const struct vga *v, unsigned high)
{
    return (unsigned)v->crt[high] << 8 | v->crt[high + 1];
}

static void find_cursor(const struct vga *v, struct screen *s,
                        unsigned row_cells)
{
    unsigned at = word(v, CRT_CURSOR) - word(v, CRT_START);

    s->cursor_row = row_cells ? at / row_cells : 0;
    s->cursor_column = row_cells ? at % row_cells : 0;
    s->cursor_on = !(v->crt[CRT_CURSOR_START] & CURSOR_OFF) && row_cells != 0 &&
                   s->cursor_row < SCREEN_ROWS &&
                   s->cursor_column < SCREEN_COLUMNS;
}

bool platform_screen(const struct platform *p, struct screen *s)
{
    const struct vga *v = p->states[DEVICE_VGA];
    unsigned row_cells;

    if (!v || v->graphics[GRAPHICS_MISC] & GRAPHICS_MODE)
        return false;
    row_cells = 2u * v->crt[CRT_OFFSET];
    for (unsigned i = 0; i < SCREEN_ROWS * SCREEN_COLUMNS; i++) {
        unsigned row = i / SCREEN_COLUMNS, column = i % SCREEN_COLUMNS;
        unsigned cell = word(v, CRT_START) + row * row_cells + column;
        uint8_t pair[2] = {' ', 0};

        guest_memory_read(&p->bus.memory,
                          gpa(TEXT_MEMORY + 2 * cell % TEXT_BYTES), pair, 2);
        s->characters[row][column] =
            column <= v->crt[CRT_COLUMNS] ? pair[0] : ' ';
        s->attributes[row][column] = pair[1];
    }
    find_cursor(v, s, row_cells);
    return true;
}
