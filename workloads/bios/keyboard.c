/*
 * keyboard.c - the keyboard's interrupt, and interrupt 16h.
 *
 * Source  IBM PC/AT Technical Reference, "ROM BIOS", interrupts 09h and 16h,
 *         "Keyboard": scan codes of set 1, US layout.
 * Model   keys come from the keyboard and from the serial line.
 * NOT MODELLED  lights, typematic rate, Pause, SysRq, Ctrl-Break; Caps Lock
 *         and Num Lock.
 */
#include "workloads/bios/bios.h"

enum {
    PORT_DATA = 0x60,
    PORT_STATUS = 0x64,
    STATUS_FULL = 0x01,
    KEY_BREAK = 0x80,
    KEY_EXTENDED = 0xe0,
    KEY_CTRL = 0x1d,
    KEY_SHIFT_LEFT = 0x2a,
    KEY_SHIFT_RIGHT = 0x36,
    KEY_ALT = 0x38,
    KEY_LAST = 0x39,
    KEYPAD_FIRST = 0x47,
    KEYPAD_LAST = 0x53,
    HELD_SHIFT = 0x03,
    HELD_CTRL = 0x04,
    HELD_ALT = 0x08,
    EXTENDED_WAS_LAST = 0x02,
    KEYBOARD_101 = 0x10,
};

static const char plain[KEY_LAST + 2] =
    "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[KEY_LAST + 2] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

void keyboard_reset(void)
{
    poke16(DATA_SEGMENT, DATA_KEYS_START, DATA_KEYS);
    poke16(DATA_SEGMENT, DATA_KEYS_STOP, DATA_KEYS_END);
    poke16(DATA_SEGMENT, DATA_KEY_HEAD, DATA_KEYS);
    poke16(DATA_SEGMENT, DATA_KEY_TAIL, DATA_KEYS);
    poke8(DATA_SEGMENT, DATA_KEYBOARD, KEYBOARD_101);
}

uint8_t key_scan_code(uint8_t character)
{
    if (character >= 1 && character <= 26 && character != '\b' &&
        character != '\t' && character != '\r')
        character = (uint8_t)(character + 'a' - 1); /* with Ctrl */
    for (uint8_t i = 1; i <= KEY_LAST; i++)
        if ((uint8_t)plain[i] == character || (uint8_t)shifted[i] == character)
            return i;
    return 0;
}

static uint16_t next_place(uint16_t at)
{
    at = (uint16_t)(at + 2);
    return at == data16(DATA_KEYS_STOP) ? data16(DATA_KEYS_START) : at;
}

bool key_store(uint16_t key)
{
    uint16_t at = data16(DATA_KEY_TAIL), next = next_place(at);

    if (next == data16(DATA_KEY_HEAD))
        return false;
    poke16(DATA_SEGMENT, at, key);
    poke16(DATA_SEGMENT, DATA_KEY_TAIL, next);
    return true;
}

static bool key_waits(uint16_t *key)
{
    uint16_t from_line;

    if (serial_key(&from_line))
        key_store(from_line);
    *key = peek16(DATA_SEGMENT, data16(DATA_KEY_HEAD));
    return data16(DATA_KEY_HEAD) != data16(DATA_KEY_TAIL);
}

static uint16_t key_take(void)
{
    uint16_t key;

    while (!key_waits(&key))
        wait_for_interrupt();
    poke16(DATA_SEGMENT, DATA_KEY_HEAD, next_place(data16(DATA_KEY_HEAD)));
    return key;
}

/* The bits of a key that changes others; 0: it does not. */
static uint8_t held_bit(uint8_t code)
{
    switch (code) {
    case KEY_SHIFT_LEFT:
        return 0x02;
    case KEY_SHIFT_RIGHT:
        return 0x01;
    case KEY_CTRL:
        return HELD_CTRL;
    case KEY_ALT:
        return HELD_ALT;
    default:
        return 0;
    }
}

static uint8_t character_of(uint8_t code, uint8_t held)
{
    uint8_t c;

    if (code > KEY_LAST || (held & HELD_ALT))
        return 0;
    c = (uint8_t)(held & HELD_SHIFT ? shifted[code] : plain[code]);
    return held & HELD_CTRL && c >= '@' ? c & 0x1f : c;
}

static void key_pressed(uint8_t code, bool extended)
{
    uint8_t held = data8(DATA_SHIFT);
    uint8_t c = character_of(code, held);

    if (extended && code >= KEYPAD_FIRST && code <= KEYPAD_LAST)
        c = 0;
    if (c != 0 || code > KEY_LAST || (held & HELD_ALT))
        key_store((uint16_t)(code << 8 | c));
}

static void take_code(uint8_t byte)
{
    uint8_t state = data8(DATA_KEYBOARD), held = data8(DATA_SHIFT);
    uint8_t code = byte & (uint8_t)~KEY_BREAK, bit = held_bit(code);

    poke8(DATA_SEGMENT, DATA_KEYBOARD, state & (uint8_t)~EXTENDED_WAS_LAST);
    if (byte == KEY_EXTENDED)
        poke8(DATA_SEGMENT, DATA_KEYBOARD, state | EXTENDED_WAS_LAST);
    else if (bit)
        poke8(DATA_SEGMENT, DATA_SHIFT,
              (uint8_t)(byte & KEY_BREAK ? held & ~bit : held | bit));
    else if (!(byte & KEY_BREAK))
        key_pressed(code, state & EXTENDED_WAS_LAST);
}

void handle_09_keyboard(struct frame *f)
{
    (void)f;
    if (inb(PORT_STATUS) & STATUS_FULL)
        take_code(inb(PORT_DATA));
    outb(PORT_PIC, PIC_END);
}

void handle_16_keys(struct frame *f)
{
    uint16_t key;

    switch (high(f->eax)) {
    case 0x00:
    case 0x10:
        set_word(&f->eax, key_take());
        break;
    case 0x01:
    case 0x11:
        set_flag(f, FLAG_ZERO, !key_waits(&key));
        if (!(f->flags & FLAG_ZERO))
            set_word(&f->eax, key);
        break;
    case 0x02:
    case 0x12:
        set_low(&f->eax, data8(DATA_SHIFT));
        break;
    case 0x05:
        set_low(&f->eax, key_store((uint16_t)f->ecx) ? 0 : 1);
        break;
    default:
        break;
    }
}
