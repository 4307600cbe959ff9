/*
 * session.h - one run from power-on to its record: builds the machine, runs
 * it slice by slice, passes the program's output on as it comes.
 */
#ifndef SIM_MACHINE_SESSION_H
#define SIM_MACHINE_SESSION_H
#include <stdio.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"
#include "sim/machine/machine.h"
#include "sim/machine/progress.h"
#include "sim/machine/run_record.h"

/* Where a run's by-products go. */
struct session_sinks {
    int out_fd, err_fd;         /* the program's stdout and stderr */
    struct trace_chrome *trace; /* NULL: no trace */
    uint16_t trace_vm;          /* pid of the VM in it */
    struct progress *progress;
    struct console *console; /* NULL: nobody types */
    FILE *saved; /* files that the guest hands out at its end; NULL: nowhere */
};

struct run;
struct session;

/* Who moves the run by hand before it goes on to its end: a debugger, a screen.
 * It may come back in another process (debugger.h). */
struct session_driver {
    void (*serve)(void *data, struct run *run, struct session *session);
    void *data;
};

/* What to run. */
struct session_request {
    const struct config *config;
    const struct technique_ops *technique;
    const struct machine_image *image;
    struct session_sinks sinks;
    struct guest_files *files;    /* what image points to, if it is booted from
                                     once; NULL: others do so, or again */
    struct session_driver driver; /* serve is NULL: none */
};

/* STATUS_OK: the record is filled, however the run ended. */
enum status session_run(const struct session_request *request,
                        struct run_record *record, struct error *e);

/*
 * For a debugger: passes the program's output on; and how many bytes of stdout
 * and stderr went out in all, so that a run that is repeated writes none of
 * them twice.
 */
void session_pump(struct session *s);
void session_get_shown(const struct session *s, uint64_t shown[2]);
/* ... and how many the program has written by now. */
void session_get_written(const struct session *s, uint64_t written[2]);
void session_set_shown(struct session *s, const uint64_t shown[2]);

/*
 * ^C: blocks SIGINT, SIGTERM and SIGHUP, so that a run can look for them
 * between slices and end in good order; a pipe that nobody reads, or a file
 * that may not grow, is an error of write(), not a signal.
 */
void interrupt_block(void);
bool interrupt_pending(void);

#endif
