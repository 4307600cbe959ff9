/*
 * presets.h - the techniques by name; registry.c lists them.
 */
#ifndef HYPERVISOR_MODEL_PRESETS_PRESETS_H
#define HYPERVISOR_MODEL_PRESETS_PRESETS_H
#include "hypervisor-model/hypervisor.h"

extern const struct technique_ops technique_native;
extern const struct technique_ops technique_shadow;
extern const struct technique_ops technique_nested;

#endif
