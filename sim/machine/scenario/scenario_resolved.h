/*
 * scenario_resolved.h - a run's scenario as it was resolved, for JSON.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_RESOLVED_H
#define SIM_MACHINE_SCENARIO_SCENARIO_RESOLVED_H
#include <jansson.h>

#include "sim/machine/scenario/scenario_job.h"

/* Groups and keys are those of a scenario file, and so are the values. */
json_t *scenario_resolved_json(const struct scenario_job *job);

#endif
