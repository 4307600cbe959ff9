/*
 * scenario_values.h - one value of a scenario file, of the kind that its key
 * has (scenario_keys.def).
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_VALUES_H
#define SIM_MACHINE_SCENARIO_SCENARIO_VALUES_H
#include <libconfig.h>

#include "sim/machine/scenario/scenario.h"

enum scenario_kind {
    SCENARIO_TEXT,   /* char[SCENARIO_TEXT_BYTES] */
    SCENARIO_NUMBER, /* uint64_t */
    SCENARIO_YES,    /* bool */
    SCENARIO_MAYBE,  /* enum scenario_maybe */
    SCENARIO_TIME,   /* uint64_t, microseconds */
    SCENARIO_BYTES,  /* uint64_t */
    SCENARIO_PCPUS,  /* pcpu_set_t */
    SCENARIO_LINES,  /* struct scenario_lines */
};

struct scenario_value {
    enum scenario_kind kind;
    void *field;
    uint64_t min, max;
};

/* Where key number `index` (scenario_key_at) is in s; vm: in which entry, of
   keys that each has. */
struct scenario_value scenario_key_value(struct scenario *s, unsigned vm,
                                         unsigned index);

/* Refuses another type, and what is out of range, with what is legal. */
enum status scenario_value_read(const struct scenario_value *v,
                                const config_setting_t *from, struct error *e);

#endif
