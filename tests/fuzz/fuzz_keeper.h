/*
 * fuzz_keeper.h - the process between the test and the program on a terminal.
 */
#ifndef TESTS_FUZZ_FUZZ_KEEPER_H
#define TESTS_FUZZ_FUZZ_KEEPER_H
#include "tests/fuzz/fuzz_terminal.h"

/* Writes reports to report_fd; ends when all that the program started has. */
_Noreturn void fuzz_keep(const struct fuzz_start *start, int terminal_fd,
                         int report_fd);

#endif
