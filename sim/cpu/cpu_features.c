/*
 * cpu_features.c - see cpu_features.h.
 */
#include "sim/cpu/cpu_features.h"

#include "sim/cpu/cpu_config.h"

uint64_t cpu_features_of(const struct cpu_config *config)
{
    uint64_t set = (uint64_t)1 << FEATURE_NONE;

#define CPU_FEATURE(id, field, leaf, subleaf, reg, bit, text)                  \
    set |= (uint64_t)config->has_##field << FEATURE_##id;
#include "sim/cpu/cpu_features.def"
#undef CPU_FEATURE
    return set;
}
