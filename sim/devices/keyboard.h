/*
 * keyboard.h - a PS/2 keyboard: what it sends, and what it is told.
 *
 * Hardware      IBM PS/2 Technical Reference, "Keyboard"; scan code sets 1
 *               and 2 of a US keyboard.
 * Model         typed characters become makes and breaks, with Shift or Ctrl
 *               where the character needs it; what a terminal sends for
 *               arrows, function keys and their like, those keys.
 * NOT MODELLED  set 3, typematic repeat, keys that neither has.
 */
#ifndef SIM_DEVICES_KEYBOARD_H
#define SIM_DEVICES_KEYBOARD_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/devices/input.h"

enum { KEYBOARD_QUEUE = 32, KEYBOARD_CHARACTER_CODES = 8 };

struct keyboard {
    uint8_t queue[KEYBOARD_QUEUE]; /* to the controller */
    uint8_t head, used;
    uint8_t set;         /* 1 or 2 */
    uint8_t last;        /* sent, for resend */
    uint8_t wants_value; /* of this command; 0: none */
    bool scanning;
};

void keyboard_reset(struct keyboard *k);

/* A byte from the controller: a command, or its value. */
void keyboard_write(struct keyboard *k, uint8_t byte);

/* The next byte for the controller.  False: none. */
bool keyboard_take(struct keyboard *k, uint8_t *byte);

/* Presses the keys of what was typed, while there is room. */
void keyboard_type(struct keyboard *k, struct input *keys);

#endif
