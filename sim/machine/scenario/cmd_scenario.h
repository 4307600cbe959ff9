/*
 * cmd_scenario.h - commands on scenario files.  Result: the exit status.
 */
#ifndef SIM_MACHINE_SCENARIO_CMD_SCENARIO_H
#define SIM_MACHINE_SCENARIO_CMD_SCENARIO_H
#include "sim/machine/config.h"

/* run and compare, of config->scenario_path; command is its name. */
int cmd_scenario_run(const struct config *config, const char *command);

/* scenario check: everything that is known before a run, of each value that is
   varied. */
int cmd_scenario_check(const struct config *config);

#endif
