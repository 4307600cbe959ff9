/*
 * fuzz_terminal.h - a program on a terminal of its own, and all processes that
 * it ever starts.
 *
 * Model     between the test and the program stands a keeper: the session's
 *           leader, as a shell would be, and the reaper of all orphans
 *           (prctl(2), PR_SET_CHILD_SUBREAPER).  So it knows when the last
 *           process is gone, and how each orphan ended; it wakes a program
 *           that stopped itself, and compares the terminal's modes.
 */
#ifndef TESTS_FUZZ_FUZZ_TERMINAL_H
#define TESTS_FUZZ_FUZZ_TERMINAL_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    /* Nothing at all for so long is a hang, however loaded the host. */
    FUZZ_LIMIT_MS = 120000,
    FUZZ_SCREEN_BYTES = 4096
};

struct fuzz_report {
    enum fuzz_stage { FUZZ_STARTED, FUZZ_ENDED, FUZZ_GONE } stage;
    pid_t pid;         /* the program */
    int status;        /* ENDED: its wait status */
    bool modes_kept;   /* ENDED: at its end; GONE: at the end of all */
    bool modes_lent;   /* it never stopped itself with the modes changed */
    unsigned stops;    /* how often it stopped itself */
    int orphan_signal; /* that ended an orphan; not SIGTERM, SIGKILL, SIGHUP */
};

struct fuzz_terminal {
    int fd, report_fd; /* fd -1: it has been hung up */
    pid_t keeper;
    struct fuzz_report now;
    char screen[FUZZ_SCREEN_BYTES]; /* the last that came, and a zero */
    size_t screen_bytes;
};

/* How the keeper takes a hang-up. */
enum fuzz_hangup { FUZZ_TELLS_PROGRAM, FUZZ_TELLS_NOBODY };

/* False: no terminal, no process.  words: up to NULL; environment: "A=B" ... to
 * add to ours; directory: to work in. */
struct fuzz_start {
    const char *const *words, *const *environment;
    const char *directory;
    unsigned width, height;
    enum fuzz_hangup hangup;
};
bool fuzz_open(struct fuzz_terminal *t, const struct fuzz_start *start);

/* All of it; false: the program takes nothing for FUZZ_LIMIT_MS. */
bool fuzz_send(struct fuzz_terminal *t, const char *bytes, size_t count);

void fuzz_resize(struct fuzz_terminal *t, unsigned width, unsigned height);

/* Reads what comes until nothing has for quiet_ms, or for most_ms. */
void fuzz_look(struct fuzz_terminal *t, int quiet_ms, int most_ms);

/* Until the screen has had the text since the start; false: not in time. */
bool fuzz_see(struct fuzz_terminal *t, const char *text);

/* Until the program has ended, or all; or so long. */
bool fuzz_wait(struct fuzz_terminal *t, enum fuzz_stage stage, int most_ms);

void fuzz_hang_up(struct fuzz_terminal *t);

/* The first child of the program: 0 if there is none. */
pid_t fuzz_child(const struct fuzz_terminal *t);

/* Ends what is left by force. */
void fuzz_close(struct fuzz_terminal *t);

#endif
