/*
 * post.c - from reset to the first interrupt 19h: vectors, data area, devices.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS", power-on self test; Intel
 *         8259A and 8254 data sheets.
 * Model   devices are set up, not tested: they do not fail.
 */
#include "workloads/bios/bios.h"
#include "workloads/bios/bios_offsets.h"

_Static_assert(offsetof(struct frame, flags) + 2 == FRAME_BYTES &&
                   sizeof(struct frame) <= FRAME_SPACE,
               "entry.S copies it");
_Static_assert(offsetof(struct frame, handler) == FRAME_HANDLER,
               "entry.S calls it");
_Static_assert(sizeof(struct bios_header) == BIOS_HEADER_BYTES,
               "entry.S holds its place");

enum {
    PIC_BASE = 0x08,
    PIC_SLAVE_BASE = 0x70,
    PIC_CASCADE = 0x04,
    MASK_MASTER = 0xb8, /* timer, keyboard and the slave may interrupt */
    MASK_SLAVE = 0xff,
    EQUIPMENT = 0x0226, /* FPU, 80 columns, one serial port, mouse port: no */
    PORT_COM1 = 0x3f8,
};

static void start_pic(uint16_t port, uint8_t base, uint8_t cascade,
                      uint8_t mask)
{
    const uint8_t data = (uint8_t)(port + 1);

    outb(port, 0x11); /* ICW1: edges, cascade, ICW4 follows */
    outb(data, base);
    outb(data, cascade);
    outb(data, 0x01); /* ICW4: 8086 */
    outb(data, mask);
}

static void fill_data_area(void)
{
    for (uint16_t at = 0; at < 0x100; at++)
        poke8(DATA_SEGMENT, at, 0);
    poke16(DATA_SEGMENT, DATA_SERIAL, PORT_COM1);
    poke16(DATA_SEGMENT, DATA_EXTENDED, EXTENDED_SEGMENT);
    poke8(EXTENDED_SEGMENT, 0, 1); /* its KiB */
    poke16(DATA_SEGMENT, DATA_EQUIPMENT, EQUIPMENT);
    poke16(DATA_SEGMENT, DATA_MEMORY_KIB, EXTENDED_SEGMENT / 64);
}

void post(void)
{
    vectors_default();
    fill_data_area();
    start_pic(PORT_PIC, PIC_BASE, PIC_CASCADE, MASK_MASTER);
    start_pic(PORT_PIC_SLAVE, PIC_SLAVE_BASE, 2, MASK_SLAVE);
    serial_reset();
    video_reset();
    keyboard_reset();
    clock_reset();
    disks_find();
}

void wait_for_interrupt(void)
{
    /* A port where nobody is reads all ones: no 8259, no timer. */
    if (inb(PORT_PIC + 1) == 0xff)
        __asm__ volatile("sti\n\tpause\n\tcli");
    else
        __asm__ volatile("sti\n\thlt\n\tcli");
}

void handle_nothing(struct frame *f)
{
    refuse(f);
}

void handle_irq_ignored(struct frame *f)
{
    (void)f;
    outb(PORT_PIC_SLAVE, 0x0b); /* OCW3: what is in service */
    if (inb(PORT_PIC_SLAVE) != 0)
        outb(PORT_PIC_SLAVE, PIC_END);
    outb(PORT_PIC, 0x0b);
    if (inb(PORT_PIC) != 0)
        outb(PORT_PIC, PIC_END);
}
