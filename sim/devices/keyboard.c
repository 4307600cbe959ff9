#include "sim/devices/keyboard.h"

#include <stddef.h>
#include <string.h>

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
    EXTENDED = 0xe0,
    ESCAPE = 0x1b,
};

/* A key: what it types alone and with Shift, its code in both sets. */
struct key {
    char plain, shifted;
    uint8_t set1, set2;
    bool extended; /* behind the prefix */
};

static const struct key keys[] = {
    {'a', 'A', 0x1e, 0x1c, false},   {'b', 'B', 0x30, 0x32, false},
    {'c', 'C', 0x2e, 0x21, false},   {'d', 'D', 0x20, 0x23, false},
    {'e', 'E', 0x12, 0x24, false},   {'f', 'F', 0x21, 0x2b, false},
    {'g', 'G', 0x22, 0x34, false},   {'h', 'H', 0x23, 0x33, false},
    {'i', 'I', 0x17, 0x43, false},   {'j', 'J', 0x24, 0x3b, false},
    {'k', 'K', 0x25, 0x42, false},   {'l', 'L', 0x26, 0x4b, false},
    {'m', 'M', 0x32, 0x3a, false},   {'n', 'N', 0x31, 0x31, false},
    {'o', 'O', 0x18, 0x44, false},   {'p', 'P', 0x19, 0x4d, false},
    {'q', 'Q', 0x10, 0x15, false},   {'r', 'R', 0x13, 0x2d, false},
    {'s', 'S', 0x1f, 0x1b, false},   {'t', 'T', 0x14, 0x2c, false},
    {'u', 'U', 0x16, 0x3c, false},   {'v', 'V', 0x2f, 0x2a, false},
    {'w', 'W', 0x11, 0x1d, false},   {'x', 'X', 0x2d, 0x22, false},
    {'y', 'Y', 0x15, 0x35, false},   {'z', 'Z', 0x2c, 0x1a, false},
    {'1', '!', 0x02, 0x16, false},   {'2', '@', 0x03, 0x1e, false},
    {'3', '#', 0x04, 0x26, false},   {'4', '$', 0x05, 0x25, false},
    {'5', '%', 0x06, 0x2e, false},   {'6', '^', 0x07, 0x36, false},
    {'7', '&', 0x08, 0x3d, false},   {'8', '*', 0x09, 0x3e, false},
    {'9', '(', 0x0a, 0x46, false},   {'0', ')', 0x0b, 0x45, false},
    {'-', '_', 0x0c, 0x4e, false},   {'=', '+', 0x0d, 0x55, false},
    {'[', '{', 0x1a, 0x54, false},   {']', '}', 0x1b, 0x5b, false},
    {';', ':', 0x27, 0x4c, false},   {'\'', '"', 0x28, 0x52, false},
    {'`', '~', 0x29, 0x0e, false},   {'\\', '|', 0x2b, 0x5d, false},
    {',', '<', 0x33, 0x41, false},   {'.', '>', 0x34, 0x49, false},
    {'/', '?', 0x35, 0x4a, false},   {' ', ' ', 0x39, 0x29, false},
    {'\n', '\n', 0x1c, 0x5a, false}, {'\r', '\r', 0x1c, 0x5a, false},
    {'\t', '\t', 0x0f, 0x0d, false}, {0x7f, 0x08, 0x0e, 0x66, false},
    {0x1b, 0x1b, 0x01, 0x76, false},
};

static const struct key shift_key = {0, 0, 0x2a, 0x12, false};
static const struct key control_key = {0, 0, 0x1d, 0x14, false};

/* Keys that no character has: what a terminal sends behind an escape (ECMA-48,
 * and xterm's function keys). */
static const struct sequence_key {
    const char *text;
    struct key key;
} sequence_keys[] = {
    {"[A", {0, 0, 0x48, 0x75, true}},    {"OA", {0, 0, 0x48, 0x75, true}},
    {"[B", {0, 0, 0x50, 0x72, true}},    {"OB", {0, 0, 0x50, 0x72, true}},
    {"[C", {0, 0, 0x4d, 0x74, true}},    {"OC", {0, 0, 0x4d, 0x74, true}},
    {"[D", {0, 0, 0x4b, 0x6b, true}},    {"OD", {0, 0, 0x4b, 0x6b, true}},
    {"[H", {0, 0, 0x47, 0x6c, true}},    {"[F", {0, 0, 0x4f, 0x69, true}},
    {"[1~", {0, 0, 0x47, 0x6c, true}},   {"[4~", {0, 0, 0x4f, 0x69, true}},
    {"[2~", {0, 0, 0x52, 0x70, true}},   {"[3~", {0, 0, 0x53, 0x71, true}},
    {"[5~", {0, 0, 0x49, 0x7d, true}},   {"[6~", {0, 0, 0x51, 0x7a, true}},
    {"OP", {0, 0, 0x3b, 0x05, false}},   {"OQ", {0, 0, 0x3c, 0x06, false}},
    {"OR", {0, 0, 0x3d, 0x04, false}},   {"OS", {0, 0, 0x3e, 0x0c, false}},
    {"[15~", {0, 0, 0x3f, 0x03, false}}, {"[17~", {0, 0, 0x40, 0x0b, false}},
    {"[18~", {0, 0, 0x41, 0x83, false}}, {"[19~", {0, 0, 0x42, 0x0a, false}},
    {"[20~", {0, 0, 0x43, 0x01, false}}, {"[21~", {0, 0, 0x44, 0x09, false}},
    {"[23~", {0, 0, 0x57, 0x78, false}}, {"[24~", {0, 0, 0x58, 0x07, false}},
};

static void send(struct keyboard *k, uint8_t byte)
{
    if (k->used < KEYBOARD_QUEUE)
        k->queue[(k->head + k->used++) % KEYBOARD_QUEUE] = byte;
}

static void press(struct keyboard *k, const struct key *key)
{
    if (key->extended)
        send(k, EXTENDED);
    send(k, k->set == 1 ? key->set1 : key->set2);
}

static void release(struct keyboard *k, const struct key *key)
{
    if (key->extended)
        send(k, EXTENDED);
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

static bool begins_with(const struct input *typed, const char *text)
{
    uint8_t byte;

    for (uint32_t i = 0; text[i]; i++)
        if (!input_peek(typed, i, &byte) || byte != (uint8_t)text[i])
            return false;
    return true;
}

/* Behind an escape: a key without a character.  False: it is the key Esc. */
static bool type_sequence(struct keyboard *k, struct input *typed)
{
    for (size_t i = 0; i < ARRAY_LEN(sequence_keys); i++) {
        const struct sequence_key *s = &sequence_keys[i];

        if (!begins_with(typed, s->text))
            continue;
        typed->tail += (uint32_t)strlen(s->text);
        press(k, &s->key);
        release(k, &s->key);
        return true;
    }
    return false;
}

void keyboard_type(struct keyboard *k, struct input *typed)
{
    uint8_t byte;

    while (k->scanning &&
           k->used + KEYBOARD_CHARACTER_CODES <= KEYBOARD_QUEUE &&
           input_take(typed, &byte))
        if (byte != ESCAPE || !type_sequence(k, typed))
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
