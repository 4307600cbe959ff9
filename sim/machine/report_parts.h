/*
 * report_parts.h - what every JSON of ours is made of.
 */
#ifndef SIM_MACHINE_REPORT_PARTS_H
#define SIM_MACHINE_REPORT_PARTS_H
#include <jansson.h>
#include <stdint.h>

#include "sim/machine/config.h"
#include "sim/record/counters.h"
#include "sim/record/ledger.h"

static inline json_t *count_json(uint64_t count)
{
    return json_integer((json_int_t)count);
}

/* Every parameter with its value. */
json_t *config_json(const struct config *c);

/* Every row; every counter. */
json_t *ledger_json(const struct ledger *l);
json_t *counters_json(const struct counters *c);

/* File names may be any bytes; JSON is UTF-8: others become '?'. */
json_t *text_json(const char *text);

#endif
