/*
 * host_features.h - which instruction forms the host's CPU has.
 */
#ifndef TESTS_HOST_HOST_FEATURES_H
#define TESTS_HOST_HOST_FEATURES_H
#include <stdbool.h>

#include "tests/host/forms.h"

/* By the CPUID feature of the form's row in the instruction table. */
bool host_has_form(const struct form *f);

#endif
