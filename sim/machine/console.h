/*
 * console.h - between the user's terminal and the guest's serial line, or its
 * keyboard and screen.
 *
 * A terminal's clock is the user's: a guest that idles is held back so that
 * its time does not run ahead.  Input from a file or a pipe waits until the
 * measured region begins, that is until there is somebody to read it, and goes
 * in as fast as the guest takes it.
 */
#ifndef SIM_MACHINE_CONSOLE_H
#define SIM_MACHINE_CONSOLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/machine/run_loop.h"
#include "sim/machine/terminal.h"

enum { CONSOLE_BYTES = 1024 };

struct console {
    struct terminal terminal;
    uint8_t typed[CONSOLE_BYTES]; /* read, not yet taken by the guest */
    size_t typed_bytes;
    double begin_seconds; /* of the host's clock */
    bool keyboard;        /* typed keys go there, not to the serial line */
};

/* keyboard: where typed keys go at first. */
void console_init(struct console *c, int fd, bool keyboard);

/* Between two slices: input for the guest, and time for the user. */
void console_turn(struct console *c, struct run *r);

#endif
