/*
 * checks.h - a guest program that checks the kernel from the inside: each
 * check says "ok NAME" or "FAILED NAME line", the exit status counts failures.
 * The same program must pass on the host.
 */
#ifndef TESTS_GUEST_CHECKS_H
#define TESTS_GUEST_CHECKS_H
#include <stdbool.h>

/* Returns 0, or the number of the line that failed. */
typedef int check_function(void);

struct check {
    const char *name;
    check_function *run;
};

extern const struct check memory_checks[], process_checks[], signal_checks[],
    thread_checks[], file_checks[];

#endif
