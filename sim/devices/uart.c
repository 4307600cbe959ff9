/*
 * uart.c - the serial port: a 16550A.
 *
 * Hardware      PC16550D data sheet, "Registers".
 * Model         a transmitter that is always empty, a receiver that never
 *               has a byte: enough for polled kernel messages.
 * NOT MODELLED  interrupts, modem lines, input, loop-back.
 */
#include "sim/devices/device_all.h"

enum uart_register {
    UART_DATA = 0, /* with LCR.DLAB: divisor, low byte */
    UART_IER = 1,  /* with LCR.DLAB: divisor, high byte */
    UART_IIR = 2,  /* write: FCR */
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    UART_MSR = 6,
    UART_SCR = 7,
};

enum {
    LCR_DLAB = 0x80,
    IIR_NOTHING = 0x01,
    IIR_FIFO = 0xc0,
    FCR_FIFO = 0x01,
    LSR_EMPTY = 0x60,  /* transmitter and holding register empty */
    MSR_ONLINE = 0xb0, /* DCD, DSR, CTS */
};

struct uart {
    uint8_t ier, lcr, mcr, scr, fcr;
    uint16_t divisor;
};

static void uart_reset(void *state, struct bus *bus)
{
    struct uart *u = state;

    (void)bus;
    *u = (struct uart){.divisor = 1};
}

static uint64_t uart_read(void *state, struct bus *bus,
                          const struct device_access *a)
{
    const struct uart *u = state;
    bool divisor = (u->lcr & LCR_DLAB) != 0;

    (void)bus;
    switch ((enum uart_register)a->offset) {
    case UART_DATA:
        return divisor ? (uint8_t)u->divisor : 0;
    case UART_IER:
        return divisor ? (uint8_t)(u->divisor >> 8) : u->ier;
    case UART_IIR:
        return (uint8_t)(IIR_NOTHING | (u->fcr & FCR_FIFO ? IIR_FIFO : 0));
    case UART_LCR:
        return u->lcr;
    case UART_MCR:
        return u->mcr;
    case UART_LSR:
        return LSR_EMPTY;
    case UART_MSR:
        return MSR_ONLINE;
    case UART_SCR:
        return u->scr;
    }
    return 0xff;
}

/* Registers that need DLAB to be told apart. */
static void write_data(struct uart *u, struct bus *bus, uint32_t reg,
                       uint8_t value)
{
    bool divisor = (u->lcr & LCR_DLAB) != 0;

    if (reg == UART_DATA && !divisor)
        output_append(&bus->console, &value, 1);
    else if (reg == UART_DATA)
        u->divisor = (uint16_t)((u->divisor & 0xff00) | value);
    else if (divisor)
        u->divisor = (uint16_t)((u->divisor & 0x00ff) | value << 8);
    else
        u->ier = value & 0x0f;
}

static void uart_write(void *state, struct bus *bus,
                       const struct device_access *a, uint64_t value)
{
    struct uart *u = state;
    uint8_t byte = (uint8_t)value;

    switch ((enum uart_register)a->offset) {
    case UART_DATA:
    case UART_IER:
        write_data(u, bus, a->offset, byte);
        break;
    case UART_IIR:
        u->fcr = byte;
        break;
    case UART_LCR:
        u->lcr = byte;
        break;
    case UART_MCR:
        u->mcr = byte & 0x1f;
        break;
    case UART_SCR:
        u->scr = byte;
        break;
    case UART_LSR:
    case UART_MSR:
        break;
    }
}

const struct device_ops device_uart = {
    .name = "uart",
    .sentence = "serial port, 16550A",
    .source = "National Semiconductor PC16550D data sheet",
    .state_bytes = sizeof(struct uart),
    .reset = uart_reset,
    .read = uart_read,
    .write = uart_write,
};
