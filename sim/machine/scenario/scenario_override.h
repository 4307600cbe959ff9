/*
 * scenario_override.h - what goes before a scenario file: --set and what is
 * varied, put into the tree that was read.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_OVERRIDE_H
#define SIM_MACHINE_SCENARIO_SCENARIO_OVERRIDE_H
#include <libconfig.h>

#include "sim/machine/scenario/scenario.h"

/* What is not there is made; path is for messages. */
enum status scenario_override_put(config_t *file,
                                  const struct scenario_override *o,
                                  const char *path, struct error *e);

#endif
