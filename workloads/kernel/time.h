/*
 * time.h - units of time, and times that programs pass.
 */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H
#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernel/layout.h"

#define NS_PER_S  1000000000u
#define NS_PER_MS 1000000u

/* A struct timespec at va, a length of time from now; false: bad. */
bool time_deadline_from_user(uva_t va, uint64_t *deadline_ns);
/* A struct timespec at va, a point in time (of the epoch, if realtime). */
bool time_until_from_user(uva_t va, bool realtime, uint64_t *deadline_ns);

#endif
