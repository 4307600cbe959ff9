/*
 * native.h - runs trials on the host's own CPU, in a child process.
 *
 * x86-64 Linux only; elsewhere native_available() says no.
 */
#ifndef TESTS_HOST_NATIVE_H
#define TESTS_HOST_NATIVE_H
#include "tests/host/trial.h"

/* Asked once, first: this process keeps to one CPU from here on. */
bool native_available(void);

/* Kernels need not give programs 16-bit segments. */
bool native_has(enum trial_mode mode);

/* Memory that the child shares: trials go here.  NULL: not available. */
struct trial *native_trials(void);

/* Runs trials[0 .. count) and fills .native; false if the child was lost. */
bool native_run(struct trial *trials, unsigned count);

#endif
