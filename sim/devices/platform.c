/*
 * platform.c - port decoding, the serial port, the debug ports.
 *
 * Hardware      PC16550D data sheet, "Registers"; Bochs "port_e9_hack"; QEMU
 *               "isa-debug-exit".
 * Model         a transmitter that is always empty, a receiver that never
 *               has a byte: enough for polled kernel messages.
 * NOT MODELLED  serial interrupts, modem lines, input, loop-back.
 * INVARIANT     no access changes anything but *p: a guest cannot make it
 *               fail.
 */
#include "sim/devices/platform.h"

enum serial_register {
    SERIAL_DATA = 0, /* with LCR.DLAB: divisor, low byte */
    SERIAL_IER = 1,  /* with LCR.DLAB: divisor, high byte */
    SERIAL_IIR = 2,  /* write: FCR */
    SERIAL_LCR = 3,
    SERIAL_MCR = 4,
    SERIAL_LSR = 5,
    SERIAL_MSR = 6,
    SERIAL_SCR = 7,
    SERIAL_PORTS = 8,
};

enum {
    LCR_DLAB = 0x80,
    IIR_NOTHING = 0x01,
    IIR_FIFO = 0xc0,
    FCR_FIFO = 0x01,
    LSR_EMPTY = 0x60,  /* transmitter and holding register empty */
    MSR_ONLINE = 0xb0, /* DCD, DSR, CTS */
    DEBUG_PORT_ID = 0xe9,
};

/* More than any workload of ours prints; keeps a runaway guest in bounds. */
static const size_t output_limit_bytes = (size_t)1 << 30;

void platform_init(struct platform *p)
{
    *p = (struct platform){0};
    p->console.limit_bytes = output_limit_bytes;
    p->out.limit_bytes = output_limit_bytes;
    p->err.limit_bytes = output_limit_bytes;
    p->serial.divisor = 1;
    lapic_reset(&p->lapic, 0);
}

void platform_free(struct platform *p)
{
    output_free(&p->console);
    output_free(&p->out);
    output_free(&p->err);
}

static uint8_t serial_read(const struct serial *s, unsigned reg)
{
    bool divisor = (s->lcr & LCR_DLAB) != 0;

    switch ((enum serial_register)reg) {
    case SERIAL_DATA:
        return divisor ? (uint8_t)s->divisor : 0;
    case SERIAL_IER:
        return divisor ? (uint8_t)(s->divisor >> 8) : s->ier;
    case SERIAL_IIR:
        return (uint8_t)(IIR_NOTHING | (s->fcr & FCR_FIFO ? IIR_FIFO : 0));
    case SERIAL_LCR:
        return s->lcr;
    case SERIAL_MCR:
        return s->mcr;
    case SERIAL_LSR:
        return LSR_EMPTY;
    case SERIAL_MSR:
        return MSR_ONLINE;
    case SERIAL_SCR:
        return s->scr;
    case SERIAL_PORTS:
        break;
    }
    return 0xff;
}

/* Registers that need DLAB to be told apart. */
static void serial_write_data(struct serial *s, struct output *console,
                              unsigned reg, uint8_t value)
{
    bool divisor = (s->lcr & LCR_DLAB) != 0;

    if (reg == SERIAL_DATA && !divisor)
        output_append(console, &value, 1);
    else if (reg == SERIAL_DATA)
        s->divisor = (uint16_t)((s->divisor & 0xff00) | value);
    else if (divisor)
        s->divisor = (uint16_t)((s->divisor & 0x00ff) | value << 8);
    else
        s->ier = value & 0x0f;
}

static void serial_write(struct serial *s, struct output *console, unsigned reg,
                         uint8_t value)
{
    switch ((enum serial_register)reg) {
    case SERIAL_DATA:
    case SERIAL_IER:
        serial_write_data(s, console, reg, value);
        break;
    case SERIAL_IIR:
        s->fcr = value;
        break;
    case SERIAL_LCR:
        s->lcr = value;
        break;
    case SERIAL_MCR:
        s->mcr = value & 0x1f;
        break;
    case SERIAL_SCR:
        s->scr = value;
        break;
    case SERIAL_LSR:
    case SERIAL_MSR:
    case SERIAL_PORTS:
        break;
    }
}

static bool is_serial(uint32_t port)
{
    return port >= PORT_SERIAL && port < PORT_SERIAL + SERIAL_PORTS;
}

static uint8_t port_read_byte(const struct platform *p, uint32_t port)
{
    if (is_serial(port))
        return serial_read(&p->serial, port - PORT_SERIAL);
    if (port == PORT_DEBUG_STDOUT || port == PORT_DEBUG_STDERR)
        return DEBUG_PORT_ID;
    return 0xff;
}

static void port_write_byte(struct platform *p, uint32_t port, uint8_t value)
{
    if (is_serial(port)) {
        serial_write(&p->serial, &p->console, port - PORT_SERIAL, value);
    } else if (port == PORT_DEBUG_STDOUT) {
        output_append(&p->out, &value, 1);
    } else if (port == PORT_DEBUG_STDERR) {
        output_append(&p->err, &value, 1);
    } else if (port == PORT_DEBUG_EXIT) {
        p->exited = true;
        p->exit_status = value;
    }
}

/* A wide access reaches the byte-wide ports behind one another. */
uint32_t platform_port_read(struct platform *p, uint16_t port, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes && i < 4; i++)
        value |= (uint32_t)port_read_byte(p, port + i) << (8 * i);
    return value;
}

/* The debug ports take a wide value whole; an exit status is its low byte. */
void platform_port_write(struct platform *p, uint16_t port, unsigned bytes,
                         uint32_t value)
{
    bool whole = port == PORT_DEBUG_STDOUT || port == PORT_DEBUG_STDERR;

    if (port == PORT_DEBUG_EXIT)
        bytes = 1;
    for (unsigned i = 0; i < bytes && i < 4; i++)
        port_write_byte(p, whole ? port : port + i,
                        (uint8_t)(value >> (8 * i)));
}

static uint32_t load_element(const uint8_t *data, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint32_t)data[i] << (8 * i);
    return value;
}

static void store_element(uint8_t *data, unsigned bytes, uint32_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        data[i] = (uint8_t)(value >> (8 * i));
}

void platform_port_access(struct platform *p, const struct port_access *a)
{
    uint8_t *data = a->data;

    if (!a->in && a->port == PORT_DEBUG_STDOUT) {
        output_append(&p->out, data, (size_t)a->bytes * a->count);
        return;
    }
    if (!a->in && a->port == PORT_DEBUG_STDERR) {
        output_append(&p->err, data, (size_t)a->bytes * a->count);
        return;
    }
    for (uint32_t i = 0; i < a->count; i++, data += a->bytes) {
        if (a->in)
            store_element(data, a->bytes,
                          platform_port_read(p, a->port, a->bytes));
        else
            platform_port_write(p, a->port, a->bytes,
                                load_element(data, a->bytes));
    }
}
