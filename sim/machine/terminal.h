/*
 * terminal.h - the user's side of the guest's serial line (--console).
 *
 * A terminal is in raw mode while the guest runs: every key goes to the guest
 * but ^A, which commands the simulator.  A file or a pipe may stand in for it:
 * its end is typed as ^D.
 *
 * INVARIANT  the terminal is as it was found when the program is gone, however
 *            it went: another process, which waits for it, sees to that.
 */
#ifndef SIM_MACHINE_TERMINAL_H
#define SIM_MACHINE_TERMINAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct terminal {
    int fd;
    bool tty;
    bool escaped; /* ^A was the last key */
    bool ended;   /* nothing more will come */
    bool leave;   /* ^A x */
    bool help;    /* ^A h: taken back by whoever shows it, as the next two */
    bool screen;  /* ^A v: show the guest's screen */
    bool swap;    /* ^A k: keys go to the guest's other input */
};

extern const char terminal_help[];

/*
 * Runs body in a process of its own, with fd in raw mode if it is a terminal,
 * and puts the terminal back.  Returns what body returned; if it was killed,
 * the exit status that a shell would say.  SIGINT, SIGTERM and SIGHUP reach
 * body as SIGTERM.
 */
int terminal_guard(int fd, int (*body)(void *), void *data);

void terminal_init(struct terminal *t, int fd);

/*
 * What was typed for the guest; waits for it for wait_ms at most (-1: until
 * something comes).  Returns the number of bytes, 0 if there is none.
 */
size_t terminal_read(struct terminal *t, int wait_ms, uint8_t *to, size_t room);

#endif
