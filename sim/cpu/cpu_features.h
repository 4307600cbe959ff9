/*
 * cpu_features.h - the optional instruction groups as a set.
 */
#ifndef SIM_CPU_CPU_FEATURES_H
#define SIM_CPU_CPU_FEATURES_H
#include <stdint.h>

enum cpu_feature {
#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text) FEATURE_##id,
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
    FEATURE_NONE, /* every CPU has it */
    FEATURE_COUNT = FEATURE_NONE
};

struct cpu_config;

/* One bit per feature the profile has, and FEATURE_NONE's. */
uint64_t cpu_features_of(const struct cpu_config *config);

#endif
