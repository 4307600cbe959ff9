/*
 * catalog_scenario.c - topics of scenarios: the keys of their files, the phases
 * of modelled guests.
 */
#include <stdio.h>

#include "hypervisor-model/phase/phase_program.h"
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

static void fill_phases(struct table *t, const struct config *c)
{
    static const char *const operands[] = {
        [OPERAND_NONE] = "",
        [OPERAND_TIME] = "T, exp T or uniform T..T",
        [OPERAND_LOCK] = "K",
        [OPERAND_NUMBER] = "N",
    };

    (void)c;
    for (int i = 0; i < PHASE_COUNT; i++) {
        const struct phase_info *p = phase_info((enum phase_kind)i);

        table_add(t,
                  (const char *[]){p->name, operands[p->operand], p->sentence,
                                   "workload of a scenario's VM; "
                                   "hypervisor-model/phase"});
    }
}

const struct topic topic_phases = {
    .name = "phases",
    .singular = "phase",
    .sentence = "what a modelled vCPU can do",
    .columns = {"name", "operand", "meaning", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_phases,
};
