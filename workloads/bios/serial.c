/*
 * serial.c - the first serial line: interrupt 14h, and a second screen.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS", interrupt 14h; NS16550A
 *         data sheet; ECMA-48 for the sequences.
 * Model   what goes to the screen goes out here too, so that a machine without
 *         a monitor can be used: text as it is, cursor and colours as escape
 *         sequences where plain line ends do not do.  What comes in are keys.
 */
#include "workloads/bios/bios.h"

enum {
    PORT = 0x3f8,
    REG_DATA = 0,
    REG_INTERRUPTS = 1,
    REG_FIFO = 2,
    REG_LINE = 3,
    REG_MODEM = 4,
    REG_STATUS = 5,
    REG_MODEM_STATUS = 6,
    LINE_8N1 = 0x03,
    LINE_DIVISOR = 0x80,
    STATUS_DATA = 0x01,
    STATUS_EMPTY = 0x20,
    NOBODY = 0xff,
    ESCAPE = 0x1b,
    LAST_ROW = 24,
    COLUMNS = 80,
    PLAIN = 0x07,
    ESCAPE_LOOKS = 4000, /* at the status, for what follows an escape */
};

/* Where the terminal's cursor is, and its colours. */
static uint8_t at_row, at_column, at_attribute;
static bool shown;

void serial_reset(void)
{
    outb(PORT + REG_LINE, LINE_8N1 | LINE_DIVISOR);
    outb(PORT + REG_DATA, 1); /* 115200 */
    outb(PORT + REG_INTERRUPTS, 0);
    outb(PORT + REG_LINE, LINE_8N1);
    outb(PORT + REG_FIFO, 0x07);
    outb(PORT + REG_MODEM, 0x03);
    at_row = at_column = 0;
    at_attribute = PLAIN;
    shown = false;
}

void serial_put(uint8_t byte)
{
    while (!(inb(PORT + REG_STATUS) & STATUS_EMPTY))
        ;
    outb(PORT + REG_DATA, byte);
}

static void put_text(const char *text)
{
    while (*text)
        serial_put((uint8_t)*text++);
}

static void put_number(uint8_t n)
{
    if (n >= 100)
        serial_put((uint8_t)('0' + n / 100));
    if (n >= 10)
        serial_put((uint8_t)('0' + n / 10 % 10));
    serial_put((uint8_t)('0' + n % 10));
}

static void go_to(uint8_t row, uint8_t column)
{
    if (row == at_row && column == at_column)
        return;
    if (column == 0 && (row == at_row || row == at_row + 1)) {
        put_text(row == at_row ? "\r" : "\r\n");
    } else if (row == at_row && column + 1 == at_column) {
        serial_put('\b');
    } else {
        put_text("\033[");
        put_number((uint8_t)(row + 1));
        serial_put(';');
        put_number((uint8_t)(column + 1));
        serial_put('H');
    }
    at_row = row;
    at_column = column;
}

/* A PC has blue where a terminal has red. */
static void use_attribute(uint8_t attribute)
{
    static const char colours[] = "04261537";

    if (attribute == at_attribute)
        return;
    at_attribute = attribute;
    put_text("\033[0");
    if (attribute != PLAIN) {
        put_text(attribute & 8 ? ";1;3" : ";3");
        serial_put((uint8_t)colours[attribute & 7]);
        put_text(";4");
        serial_put((uint8_t)colours[attribute >> 4 & 7]);
    }
    serial_put('m');
}

/* Frames and arrows as what any terminal has. */
static uint8_t plain_character(uint8_t c)
{
    static const char arrows[] = "^v><";

    if (c >= 0x18 && c <= 0x1b)
        return (uint8_t)arrows[c - 0x18];
    if (c == 0xb3 || c == 0xba)
        return '|';
    if (c == 0xc4 || c == 0xcd)
        return '-';
    if (c >= 0xb0 && c <= 0xb2)
        return '#';
    if (c > 0xb3 && c <= 0xda)
        return '+';
    if (c == 0 || c == 0xff)
        return ' ';
    return c < ' ' || c >= 0x7f ? '?' : c;
}

void serial_show(uint8_t row, uint8_t column, uint8_t character,
                 uint8_t attribute)
{
    shown = true;
    go_to(row, column);
    use_attribute(attribute);
    serial_put(plain_character(character));
    at_column++;
}

void serial_teletype(uint8_t character, uint8_t row, uint8_t column,
                     uint8_t attribute)
{
    if (character >= ' ') {
        serial_show(row, column, character, attribute);
        return;
    }
    if (character == '\n' && at_row < LAST_ROW)
        at_row++;
    else if (character == '\r')
        at_column = 0;
    else if (character == '\b' && at_column > 0)
        at_column--;
    serial_put(character);
}

void serial_clear(void)
{
    if (!shown)
        return;
    use_attribute(PLAIN);
    put_text("\033[H\033[J");
    at_row = at_column = 0;
}

static bool take(uint8_t *byte)
{
    uint8_t status = inb(PORT + REG_STATUS);

    if (status == NOBODY || !(status & STATUS_DATA))
        return false;
    *byte = inb(PORT + REG_DATA);
    return true;
}

static bool take_soon(uint8_t *byte)
{
    for (uint16_t i = 0; i < ESCAPE_LOOKS; i++)
        if (take(byte))
            return true;
    return false;
}

/* Behind an escape and a bracket: the key's scan code. */
static uint16_t sequence_key(void)
{
    static const struct {
        char last;
        uint8_t scan;
    } keys[] = {{'A', 0x48}, {'B', 0x50}, {'C', 0x4d}, {'D', 0x4b},
                {'H', 0x47}, {'F', 0x4f}, {'1', 0x47}, {'2', 0x52},
                {'3', 0x53}, {'4', 0x4f}, {'5', 0x49}, {'6', 0x51}};
    uint8_t byte, skipped;

    if (!take_soon(&byte))
        return 0;
    if (byte >= '0' && byte <= '9')
        take_soon(&skipped); /* the ~ */
    for (uint8_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if ((uint8_t)keys[i].last == byte)
            return (uint16_t)(keys[i].scan << 8);
    return 0;
}

bool serial_key(uint16_t *key)
{
    uint8_t byte, next;

    if (!take(&byte))
        return false;
    if (byte == '\n')
        byte = '\r';
    if (byte == 0x7f)
        byte = '\b';
    if (byte == ESCAPE && take_soon(&next)) {
        *key = next == '[' || next == 'O' ? sequence_key() : 0;
        return *key != 0;
    }
    *key = (uint16_t)(key_scan_code(byte) << 8 | byte);
    return true;
}

static void tell_status(struct frame *f)
{
    set_high(&f->eax, inb(PORT + REG_STATUS));
}

void handle_14_serial(struct frame *f)
{
    uint8_t byte;

    if ((uint16_t)f->edx != 0) {
        set_high(&f->eax, 0x80); /* there is one line only */
        return;
    }
    switch (high(f->eax)) {
    case 0x00:
        serial_reset();
        tell_status(f);
        set_low(&f->eax, inb(PORT + REG_MODEM_STATUS));
        break;
    case 0x01:
        serial_put(low(f->eax));
        tell_status(f);
        break;
    case 0x02:
        if (take_soon(&byte)) {
            set_low(&f->eax, byte);
            set_high(&f->eax, 0);
        } else {
            set_high(&f->eax, 0x80);
        }
        break;
    case 0x03:
        tell_status(f);
        set_low(&f->eax, inb(PORT + REG_MODEM_STATUS));
        break;
    default:
        set_high(&f->eax, 0x80);
        break;
    }
}
