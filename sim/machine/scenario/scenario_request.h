/*
 * scenario_request.h - the command line of a scenario.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_REQUEST_H
#define SIM_MACHINE_SCENARIO_SCENARIO_REQUEST_H
#include "sim/core/status.h"
#include "sim/machine/options.h"

/*
 * Sets config.scenario_path if WORKLOAD is a file NAME.conf, or the command is
 * `scenario check FILE`; refuses another form of that.
 */
enum status request_find_scenario(struct request *r, struct error *e);

/* --set KEY=VALUE with a key of scenario files. */
enum status request_keep_key(struct config *c, const char *key,
                             const char *text, struct error *e);

/* --over KEY=VALUE,..., one of several. */
enum status request_keep_over(struct config *c, const char *text,
                              struct error *e);

/* Options that a scenario says itself, in its file; techniques: --technique. */
enum status request_check_scenario(const struct request *r,
                                   const char *techniques, struct error *e);

/* What one machine alone does not have. */
enum status request_check_alone(const struct request *r, struct error *e);

#endif
