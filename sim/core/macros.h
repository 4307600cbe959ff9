/*
 * macros.h - the only three macros of the project that are not table rows.
 */
#ifndef SIM_CORE_MACROS_H
#define SIM_CORE_MACROS_H
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* For our own mistakes only: never reachable by a guest or by a user. */
#define BUG(what)                                                              \
    (fprintf(stderr, "BUG: %s:%d: %s\n", __FILE__, __LINE__, (what)), abort())

#endif
