/*
 * uart.c - the serial port: a 16550A.
 *
 * Hardware      National Semiconductor PC16550D data sheet; IBM PC/AT
 *               Technical Reference, "Serial Adapter" (OUT2 gates the line).
 * Model         The transmitter takes no time: a byte is in the console buffer
 *               when its write ends, the holding register is always empty,
 *               and its interrupt comes again after every write.  (A real one
 *               is busy 87 us a byte at 115200 baud; a guest would spend that
 *               in polling.)  The receiver takes a byte from the input queue
 *               each character time, while its FIFO has room (it never
 *               overruns) and DTR or its interrupt says that somebody reads.
 * Four silent character times with bytes in the FIFO raise the timeout
 * interrupt. NOT MODELLED  parity, framing and break conditions, modem lines
 * other than by loop-back (a terminal is always there: DCD, DSR, CTS).
 * INVARIANTS
 *   1. fifo_used <= FIFO_BYTES.
 *   2. The line is high when a reason of the IIR is pending, OUT2 is set and
 *      the loop-back is off.
 */
#include "sim/devices/device_all.h"

enum { FIFO_BYTES = 16 };

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
    IER_RECEIVED = 0x01,
    IER_EMPTY = 0x02,
    IER_LINE = 0x04,
    IER_MODEM = 0x08,
    IIR_NOTHING = 0x01,
    IIR_MODEM = 0x00,
    IIR_EMPTY = 0x02,
    IIR_RECEIVED = 0x04,
    IIR_LINE = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFO = 0xc0,
    FCR_FIFO = 0x01,
    FCR_CLEAR_RECEIVER = 0x02,
    LCR_STOP = 0x04,
    LCR_PARITY = 0x08,
    LCR_DLAB = 0x80,
    MCR_DTR = 0x01,
    MCR_OUT2 = 0x08,
    MCR_LOOP = 0x10,
    LSR_READY = 0x01,
    LSR_OVERRUN = 0x02,
    LSR_EMPTY = 0x60,  /* transmitter and holding register empty */
    MSR_ONLINE = 0xb0, /* DCD, DSR, CTS */
    MSR_RING = 0x40,
};

/* The crystal, and the clocks that a bit takes at divisor 1. */
enum { CRYSTAL_HZ = 1843200, CLOCKS_PER_BIT = 16, TIMEOUT_CHARS = 4 };

struct uart {
    uint8_t ier, lcr, mcr, scr, fcr;
    uint16_t divisor;
    uint8_t line;       /* LSR's error bits */
    uint8_t modem;      /* MSR as last seen: levels, changes since its read */
    bool empty_pending; /* the transmitter's interrupt */
    bool timeout;
    uint8_t fifo[FIFO_BYTES];
    uint8_t fifo_head, fifo_used;
    uint64_t next_byte_cycle;    /* the receiver is ready for one more */
    uint64_t last_receive_cycle; /* of a byte in, or of a read */
};

/* Cycles that one character takes on the line. */
static uint64_t character_cycles(const struct uart *u, const struct bus *bus)
{
    unsigned data_bits = 5 + (u->lcr & 3u);
    unsigned bits = 1 + data_bits + (u->lcr & LCR_PARITY ? 1u : 0u) +
                    (u->lcr & LCR_STOP ? 2u : 1u);
    uint64_t divisor = u->divisor ? u->divisor : 1;

    return bus_cycle_of_tick(bus, bits * divisor * CLOCKS_PER_BIT, CRYSTAL_HZ);
}

static unsigned fifo_room(const struct uart *u)
{
    unsigned size = u->fcr & FCR_FIFO ? FIFO_BYTES : 1;

    return size - u->fifo_used;
}

static unsigned trigger_level(const struct uart *u)
{
    static const uint8_t levels[4] = {1, 4, 8, 14};

    return u->fcr & FCR_FIFO ? levels[u->fcr >> 6] : 1;
}

static uint8_t reason(const struct uart *u)
{
    if (u->ier & IER_LINE && u->line)
        return IIR_LINE;
    if (u->ier & IER_RECEIVED && u->fifo_used >= trigger_level(u))
        return IIR_RECEIVED;
    if (u->ier & IER_RECEIVED && u->timeout)
        return IIR_TIMEOUT;
    if (u->ier & IER_EMPTY && u->empty_pending)
        return IIR_EMPTY;
    if (u->ier & IER_MODEM && u->modem & 0x0f)
        return IIR_MODEM;
    return IIR_NOTHING;
}

static void set_line(const struct uart *u, struct bus *bus)
{
    bool gate = (u->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

    bus_set_line(bus, bus->line, gate && reason(u) != IIR_NOTHING);
}

static void receive(struct uart *u, struct bus *bus, uint8_t byte)
{
    if (fifo_room(u) == 0) {
        u->line |= LSR_OVERRUN;
        return;
    }
    u->fifo[(u->fifo_head + u->fifo_used++) % FIFO_BYTES] = byte;
    u->last_receive_cycle = bus->now_cycle;
    u->timeout = false;
}

static uint8_t read_byte(struct uart *u, struct bus *bus)
{
    uint8_t byte = u->fifo[u->fifo_head % FIFO_BYTES];

    if (u->fifo_used == 0)
        return 0;
    u->fifo_head = (uint8_t)((u->fifo_head + 1) % FIFO_BYTES);
    u->fifo_used--;
    u->last_receive_cycle = bus->now_cycle;
    u->timeout = false;
    return byte;
}

/* The levels that the modem lines have now. */
static uint8_t modem_levels(const struct uart *u)
{
    if (!(u->mcr & MCR_LOOP))
        return MSR_ONLINE;
    /* RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD. */
    return (uint8_t)((u->mcr & 2) << 3 | (u->mcr & 1) << 5 | (u->mcr & 4) << 4 |
                     (u->mcr & 8) << 4);
}

static void follow_modem(struct uart *u)
{
    uint8_t levels = modem_levels(u);
    uint8_t changed = (levels ^ u->modem) & 0xf0;

    /* The ring indicator tells only its end. */
    if (changed & MSR_RING && levels & MSR_RING)
        changed &= (uint8_t)~MSR_RING;
    u->modem = (uint8_t)(levels | (u->modem & 0x0f) | changed >> 4);
}

/* The other side sends while DTR says that somebody is there. */
static bool listens(const struct uart *u)
{
    if (u->mcr & MCR_LOOP)
        return false;
    return u->mcr & MCR_DTR || u->ier & IER_RECEIVED;
}

static void uart_advance(void *state, struct bus *bus)
{
    struct uart *u = state;
    uint64_t character = character_cycles(u, bus);
    uint8_t byte;

    if (listens(u) && bus->now_cycle >= u->next_byte_cycle &&
        fifo_room(u) != 0 && input_take(&bus->input, &byte)) {
        receive(u, bus, byte);
        u->next_byte_cycle = bus->now_cycle + character;
    }
    if (u->fcr & FCR_FIFO && u->fifo_used != 0 &&
        bus->now_cycle - u->last_receive_cycle >= TIMEOUT_CHARS * character)
        u->timeout = true;
    set_line(u, bus);
}

static uint64_t uart_next_cycle(const void *state, const struct bus *bus)
{
    const struct uart *u = state;
    uint64_t next = UINT64_MAX;

    if (listens(u) && fifo_room(u) != 0 && input_waiting(&bus->input) != 0)
        next = u->next_byte_cycle;
    if (u->fcr & FCR_FIFO && u->fifo_used != 0 && !u->timeout) {
        uint64_t due =
            u->last_receive_cycle + TIMEOUT_CHARS * character_cycles(u, bus);

        next = due < next ? due : next;
    }
    return next;
}

/* Reading the reason ends the transmitter's interrupt, if it is the one. */
static uint8_t read_reason(struct uart *u)
{
    uint8_t why = reason(u);

    if (why == IIR_EMPTY)
        u->empty_pending = false;
    return (uint8_t)(why | (u->fcr & FCR_FIFO ? IIR_FIFO : 0));
}

static uint8_t read_status(struct uart *u)
{
    uint8_t value =
        (uint8_t)(LSR_EMPTY | u->line | (u->fifo_used ? LSR_READY : 0));

    u->line = 0;
    return value;
}

static uint8_t read_modem(struct uart *u)
{
    uint8_t value = u->modem;

    u->modem &= 0xf0;
    return value;
}

static uint8_t read_register(struct uart *u, struct bus *bus, uint32_t offset)
{
    bool divisor = (u->lcr & LCR_DLAB) != 0;

    switch ((enum uart_register)offset) {
    case UART_DATA:
        return divisor ? (uint8_t)u->divisor : read_byte(u, bus);
    case UART_IER:
        return divisor ? (uint8_t)(u->divisor >> 8) : u->ier;
    case UART_IIR:
        return read_reason(u);
    case UART_LCR:
        return u->lcr;
    case UART_MCR:
        return u->mcr;
    case UART_LSR:
        return read_status(u);
    case UART_MSR:
        return read_modem(u);
    case UART_SCR:
        return u->scr;
    }
    return 0xff;
}

static uint64_t uart_read(void *state, struct bus *bus,
                          const struct device_access *a)
{
    struct uart *u = state;
    uint8_t value = read_register(u, bus, a->offset);

    set_line(u, bus);
    return value;
}

static void transmit(struct uart *u, struct bus *bus, uint8_t byte)
{
    if (u->mcr & MCR_LOOP)
        receive(u, bus, byte);
    else
        output_append(&bus->console, &byte, 1);
    u->empty_pending = true;
}

/* Registers that need DLAB to be told apart. */
static void write_low(struct uart *u, struct bus *bus, uint32_t reg,
                      uint8_t value)
{
    bool divisor = (u->lcr & LCR_DLAB) != 0;

    if (reg == UART_DATA && divisor)
        u->divisor = (uint16_t)((u->divisor & 0xff00) | value);
    else if (reg == UART_DATA)
        transmit(u, bus, value);
    else if (divisor)
        u->divisor = (uint16_t)((u->divisor & 0x00ff) | value << 8);
    else
        u->ier = value & 0x0f;
    /* The holding register is empty: enabling its interrupt raises it. */
    if (reg == UART_IER && !divisor && value & IER_EMPTY)
        u->empty_pending = true;
}

static void write_fifo_control(struct uart *u, uint8_t value)
{
    if (value & FCR_CLEAR_RECEIVER || (value ^ u->fcr) & FCR_FIFO) {
        u->fifo_used = 0;
        u->timeout = false;
    }
    u->fcr = value & FCR_FIFO ? value & 0xc9 : 0;
}

static void uart_write(void *state, struct bus *bus,
                       const struct device_access *a, uint64_t value)
{
    struct uart *u = state;
    uint8_t byte = (uint8_t)value;

    switch ((enum uart_register)a->offset) {
    case UART_DATA:
    case UART_IER:
        write_low(u, bus, a->offset, byte);
        break;
    case UART_IIR:
        write_fifo_control(u, byte);
        break;
    case UART_LCR:
        u->lcr = byte;
        break;
    case UART_MCR:
        u->mcr = byte & 0x1f;
        follow_modem(u);
        break;
    case UART_SCR:
        u->scr = byte;
        break;
    case UART_LSR:
    case UART_MSR:
        break;
    }
    set_line(u, bus);
}

static void uart_reset(void *state, struct bus *bus)
{
    struct uart *u = state;

    (void)bus;
    *u = (struct uart){.divisor = 12, .modem = MSR_ONLINE};
}

const struct device_ops device_uart = {
    .name = "uart",
    .sentence = "serial port, 16550A",
    .source = "National Semiconductor PC16550D data sheet",
    .state_bytes = sizeof(struct uart),
    .reset = uart_reset,
    .read = uart_read,
    .write = uart_write,
    .advance = uart_advance,
    .next_cycle = uart_next_cycle,
};
