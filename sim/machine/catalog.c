#include "sim/machine/catalog.h"

#include <stdlib.h>
#include <string.h>

const struct topic *const topic_all[] = {
    &topic_techniques,   &topic_workloads,  &topic_profiles,
    &topic_params,       &topic_groups,     &topic_counters,
    &topic_ledger,       &topic_exits,      &topic_hypercalls,
    &topic_events,       &topic_schedulers, &topic_sched_events,
    &topic_keys,         &topic_phases,     &topic_replacement,
    &topic_platforms,    &topic_devices,    &topic_views,
    &topic_tui_commands, &topic_terms,      NULL,
};

void table_free(struct table *t)
{
    for (unsigned i = 0; t->cells && i < t->rows * t->columns; i++)
        free(t->cells[i]);
    free(t->cells);
    memset(t, 0, sizeof *t);
}

void table_add(struct table *t, const char *const *texts)
{
    size_t used = (size_t)t->rows * t->columns;
    char **grown = realloc(t->cells, (used + t->columns) * sizeof *t->cells);

    t->failed |= !grown;
    if (t->failed)
        return;
    t->cells = grown;
    for (unsigned i = 0; i < t->columns; i++) {
        grown[used + i] = strdup(texts[i]);
        t->failed |= !grown[used + i];
    }
    t->rows++;
}

const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; topic_all[i]; i++)
        if (strcmp(topic_all[i]->name, name) == 0)
            return topic_all[i];
    return NULL;
}

struct table topic_table(const struct topic *topic, const struct config *c)
{
    struct table t = {0};

    while (topic->columns[t.columns])
        t.columns++;
    topic->fill(&t, c);
    return t;
}
