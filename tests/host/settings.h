/*
 * settings.h - how much a test against the host runs: RINGSIDE_* variables.
 */
#ifndef TESTS_HOST_SETTINGS_H
#define TESTS_HOST_SETTINGS_H
#include <stdlib.h>

static inline unsigned long number_from(const char *name,
                                        unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 0) : otherwise;
}

#endif
