/*
 * host_features.h - which instruction forms the host's CPU has.
 */
#ifndef TESTS_HOST_HOST_FEATURES_H
#define TESTS_HOST_HOST_FEATURES_H
#include <stdbool.h>

#include "tests/host/forms.h"

/* By the CPUID feature of the form's row in the instruction table. */
bool host_has_form(const struct form *f);

/* A descriptor; attributes as struct segment has them. */
uint64_t segment_descriptor(uint32_t base, uint32_t limit, uint16_t attributes);

/* Segments that programs may use; 0 for the others.  All have base 0. */
enum { HOST_GDT_ENTRIES = 16 };
void host_gdt(uint64_t gdt[HOST_GDT_ENTRIES]);

/* CPU vendors differ in what they do with some prefixes. */
bool host_is_amd(void);

#endif
