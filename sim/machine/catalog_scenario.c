/*
 * catalog_scenario.c - topics of scenarios: the keys of their files.
 */
#include <stdio.h>

#include "sim/machine/catalog.h"
#include "sim/machine/scenario/scenario.h"

static void fill_keys(struct table *t, const struct config *c)
{
    (void)c;
    for (unsigned i = 0; i < scenario_key_count(); i++) {
        const struct scenario_key_info k = scenario_key_at(i);
        char name[64];

        snprintf(name, sizeof name, "%s%s%s", k.group, k.group[0] ? "." : "",
                 k.name);
        table_add(t, (const char *[]){name, k.sentence,
                                      "libconfig file; ringside scenario "
                                      "check FILE"});
    }
}

const struct topic topic_keys = {
    .name = "keys",
    .singular = "key of a scenario file",
    .sentence = "what a scenario file may say",
    .columns = {"name", "meaning", "source"},
    .listed = 2,
    .sentence_column = 1,
    .fill = fill_keys,
};
