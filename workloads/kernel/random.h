/*
 * random.h - numbers for getrandom(2) and AT_RANDOM.  The same in every run:
 * a simulation must be repeatable.  No good for secrets.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H
#include <stddef.h>

void random_fill(void *to, size_t bytes);

#endif
