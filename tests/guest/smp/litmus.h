/*
 * litmus.h - litmus tests of two CPUs; the others only meet them.
 */
#ifndef TESTS_GUEST_SMP_LITMUS_H
#define TESTS_GUEST_SMP_LITMUS_H
#include <stdint.h>

#include "tests/guest/smp/smp.h"

/* Message passing, load buffering, store buffering with fences. */
job job_mp, job_lb, job_sb;

/* Outcomes that the memory model forbids. */
extern volatile uint32_t forbidden_mp, forbidden_lb, forbidden_sb;

extern volatile uint32_t litmus_arrived; /* 0 before a job */
extern uint32_t cpus;                    /* that do the job */

#endif
