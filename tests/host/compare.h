/*
 * compare.h - what compare.c and report.c share.
 */
#ifndef TESTS_HOST_COMPARE_H
#define TESTS_HOST_COMPARE_H
#include "sim/cpu/cpu_state.h"
#include "tests/host/trial.h"

#define ARITHMETIC                                                             \
    (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

/* Of the instruction at which the trial ended. */
uint64_t trial_undefined_flags(const struct trial *t);

#endif
