#include "sim/devices/keyboard.h"

#include <stddef.h>

#include "sim/core/macros.h"

enum {
    COMMAND_LEDS = 0xed,
    COMMAND_ECHO = 0xee,
    COMMAND_SCAN_SET = 0xf0,
    COMMAND_IDENTIFY = 0xf2,
    COMMAND_RATE = 0xf3,
    COMMAND_ENABLE = 0xf4,
    COMMAND_DISABLE = 0xf5,
    COMMAND_DEFAULTS = 0xf6,
    COMMAND_RESEND = 0xfe,
    COMMAND_RESET = 0xff,
    REPLY_ACK = 0xfa,
    REPLY_PASSED = 0xaa,
    REPLY_RESEND = 0xfe,
    BREAK_PREFIX = 0xf0, /* set 2 */
    BREAK_BIT = 0x80,    /* set 1 */
};

/* A key: what it types alone and with Shift, its code in both sets. */
struct key {
    char plain, shifted;
    uint8_t set1, set2;
};

static const struct key keys[] = {
    {'a', 'A', 0x1e, 0x1c},   {'b', 'B', 0x30, 0x32},
    {'c', 'C', 0x2e, 0x21},   {'d', 'D', 0x20, 0x23},
    {'e', 'E', 0x12, 0x24},   {'f', 'F', 0x21, 0x2b},
    {'g', 'G', 0x22, 0x34},   {'h', 'H', 0x23, 0x33},
    {'i', 'I', 0x17, 0x43},   {'j', 'J', 0x24, 0x3b},
    {'k', 'K', 0x25, 0x42},   {'l', 'L', 0x26, 0x4b},
    {'m', 'M', 0x32, 0x3a},   {'n', 'N', 0x31, 0x31},
    {'o', 'O', 0x18, 0x44},   {'p', 'P', 0x19, 0x4d},
    {'q', 'Q', 0x10, 0x15},   {'r', 'R', 0x13, 0x2d},
    {'s', 'S', 0x1f, 0x1b},   {'t', 'T', 0x14, 0x2c},
    {'u', 'U', 0x16, 0x3c},   {'v', 'V', 0x2f, 0x2a},
    {'w', 'W', 0x11, 0x1d},   {'x', 'X', 0x2d, 0x22},
    {'y', 'Y', 0x15, 0x35},   {'z', 'Z', 0x2c, 0x1a},
    {'1', '!', 0x02, 0x16},   {'2', '@', 0x03, 0x1e},
    {'3', '#', 0x04, 0x26},   {'4', '$', 0x05, 0x25},
    {'5', '%', 0x06, 0x2e},   {'6', '^', 0x07, 0x36},
    {'7', '&', 0x08, 0x3d},   {'8', '*', 0x09, 0x3e},
    {'9', '(', 0x0a, 0x46},   {'0', ')', 0x0b, 0x45},
    {'-', '_', 0x0c, 0x4e},   {'=', '+', 0x0d, 0x55},
    {'[', '{', 0x1a, 0x54},   {']', '}', 0x1b, 0x5b},
    {';', ':', 0x27, 0x4c},   {'\'', '"', 0x28, 0x52},
    {'`', '~', 0x29, 0x0e},   {'\\', '|', 0x2b, 0x5d},
    {',', '<', 0x33, 0x41},   {'.', '>', 0x34, 0x49},
    {'/', '?', 0x35, 0x4a},   {' ', ' ', 0x39, 0x29},
    {'\n', '\n', 0x1c, 0x5a}, {'\r', '\r', 0x1c, 0x5a},
    {'\t', '\t', 0x0f, 0x0d}, {0x7f, 0x08, 0x0e, 0x66},
    {0x1b, 0x1b, 0x01, 0x76},
};

static const struct key shift_key = {0, 0, 0x2a, 0x12};
static const struct key control_key = {0, 0, 0x1d, 0x14};

static void send(struct keyboard *k, uint8_t byte)
{
    if (k->used < KEYBOARD_QUEUE)
        k->queue[(k->head + k->used++) % KEYBOARD_QUEUE] = byte;
}

static void press(struct keyboard *k, const struct key *key)
{
    send(k, k->set == 1 ? key->set1 : key->set2);
}

static void release(struct keyboard *k, const struct key *key)
{
    if (k->set == 1) {
        send(k, key->set1 | BREAK_BIT);
        return;
    }
    send(k, BREAK_PREFIX);
    send(k, key->set2);
}

/* The key for a character, and what must be held with it. */
static const struct key *find_key(char c, const struct key **with)
{
    *with = NULL;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (keys[i].plain == c)
            return &keys[i];
        if (keys[i].shifted != c)
            continue;
        *with = c == 0x08 ? NULL : &shift_key;
        return &keys[i];
    }
    if (c < 1 || c > 26) /* Ctrl-A .. Ctrl-Z */
        return NULL;
    *with = &control_key;
    return &keys[c - 1];
}

static void type(struct keyboard *k, char c)
{
    const struct key *with;
    const struct key *key = find_key(c, &with);

    if (!key)
        return;
    if (with)
        press(k, with);
    press(k, key);
    release(k, key);
    if (with)
        release(k, with);
}

void keyboard_type(struct keyboard *k, struct input *typed)
{
    uint8_t byte;

    while (k->scanning &&
           k->used + KEYBOARD_CHARACTER_CODES <= KEYBOARD_QUEUE &&
           input_take(typed, &byte))
        type(k, (char)byte);
}

bool keyboard_take(struct keyboard *k, uint8_t *byte)
{
    if (k->used == 0)
        return false;
    *byte = k->last = k->queue[k->head];
    k->head = (uint8_t)((k->head + 1) % KEYBOARD_QUEUE);
    k->used--;
    return true;
}

void keyboard_reset(struct keyboard *k)
{
    *k = (struct keyboard){.set = 2, .scanning = true};
}

static void take_value(struct keyboard *k, uint8_t value)
{
    uint8_t command = k->wants_value;

    k->wants_value = 0;
    if (command == COMMAND_SCAN_SET && value > 2) {
        send(k, REPLY_RESEND);
        return;
    }
    send(k, REPLY_ACK);
    if (command == COMMAND_SCAN_SET && value == 0)
        send(k, k->set);
    else if (command == COMMAND_SCAN_SET)
        k->set = value;
}

static void identify(struct keyboard *k)
{
    send(k, REPLY_ACK);
    send(k, 0xab);
    send(k, 0x83);
}

static void restart(struct keyboard *k)
{
    keyboard_reset(k);
    send(k, REPLY_ACK);
    send(k, REPLY_PASSED);
}

static void take_command(struct keyboard *k, uint8_t command)
{
    switch (command) {
    case COMMAND_ECHO:
        send(k, COMMAND_ECHO);
        return;
    case COMMAND_RESEND:
        send(k, k->last);
        return;
    case COMMAND_IDENTIFY:
        identify(k);
        return;
    case COMMAND_RESET:
        restart(k);
        return;
    case COMMAND_LEDS:
    case COMMAND_SCAN_SET:
    case COMMAND_RATE:
        k->wants_value = command;
        break;
    case COMMAND_ENABLE:
        k->scanning = true;
        break;
    case COMMAND_DISABLE:
        k->scanning = false;
        k->set = 2;
        break;
    case COMMAND_DEFAULTS:
        k->set = 2;
        break;
    default:
        send(k, REPLY_RESEND);
        return;
    }
    send(k, REPLY_ACK);
}

void keyboard_write(struct keyboard *k, uint8_t byte)
{
    /* A command ends what was being sent, and a value that was awaited. */
    if (k->wants_value != 0 && byte < 0x80) {
        take_value(k, byte);
        return;
    }
    k->wants_value = 0;
    k->used = 0;
    take_command(k, byte);
}
