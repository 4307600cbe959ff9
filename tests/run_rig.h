/*
 * run_rig.h - a whole run from a command line, moved by a test.
 */
#ifndef TESTS_RUN_RIG_H
#define TESTS_RUN_RIG_H
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/machine/guest_load.h"
#include "sim/machine/options.h"
#include "sim/machine/run_loop.h"
#include "sim/machine/session.h"

enum { RUN_RIG_WORDS = 8 };

/* argv ends with NULL; serve moves the run, which goes on to its end then. */
static inline struct run_record *
run_rig(const char *const argv[],
        void (*serve)(void *data, struct run *run, struct session *session),
        void *data)
{
    struct run_record *record = calloc(1, sizeof *record);
    struct session_request request;
    struct request line;
    struct guest_load guest;
    struct progress progress;
    struct error e = {""};
    int argc = 0, nowhere = open("/dev/null", O_WRONLY);

    while (argv[argc])
        argc++;
    ck_assert(record && nowhere >= 0);
    ck_assert_msg(request_parse(&line, argc, (char **)(uintptr_t)argv, &e) ==
                      STATUS_OK,
                  "%s", e.text);
    ck_assert_msg(guest_load(&guest, &line.config, -1, &e) == STATUS_OK, "%s",
                  e.text);
    progress_init(&progress, false);
    request = (struct session_request){
        .config = &line.config,
        .technique = line.config.techniques[0],
        .image = &guest.image,
        .sinks = {.out_fd = nowhere, .err_fd = nowhere, .progress = &progress},
        .driver = {serve, data},
    };
    ck_assert_msg(session_run(&request, record, &e) == STATUS_OK, "%s", e.text);
    guest_load_free(&guest);
    request_free(&line);
    close(nowhere);
    return record;
}

#endif
