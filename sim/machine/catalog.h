/*
 * catalog.h - everything that has a name, by topic: what `list` shows and
 * `explain` answers.
 *
 * A topic fills a table of text from the project's own tables (counters.def,
 * params.def, technique_all ...); nothing is described here a second time.
 * Column 0 is the name.
 */
#ifndef SIM_MACHINE_CATALOG_H
#define SIM_MACHINE_CATALOG_H
#include <stdbool.h>

#include "sim/machine/config.h"

enum { CATALOG_MAX_COLUMNS = 8 };

struct table {
    unsigned columns;
    unsigned rows;
    char **cells; /* rows * columns; owned */
    bool failed;  /* the host had no memory for all of it */
};

void table_free(struct table *t);

/* Copies one row: as many texts as there are columns. */
void table_add(struct table *t, const char *const *texts);

static inline const char *table_cell(const struct table *t, unsigned row,
                                     unsigned column)
{
    return t->cells[row * t->columns + column];
}

/*
 * To add one: an array of columns, a fill function, one line in topic_all.
 * fill adds the rows; c is the resolved configuration (profile, --set).
 */
struct topic {
    const char *name;     /* "counters" */
    const char *singular; /* "counter" */
    const char *sentence;
    const char *columns[CATALOG_MAX_COLUMNS + 1]; /* ends with NULL */
    unsigned listed; /* the first so many are in the list, all in explain */
    unsigned sentence_column;
    void (*fill)(struct table *t, const struct config *c);
};

extern const struct topic topic_techniques, topic_workloads, topic_profiles,
    topic_params, topic_groups, topic_schedulers, topic_replacement,
    topic_terms, topic_platforms, topic_devices;
extern const struct topic topic_keys, topic_phases, topic_counters,
    topic_ledger, topic_exits, topic_hypercalls, topic_events,
    topic_sched_events;
/* visualizer/, or no_visualizer.c */
extern const struct topic topic_views, topic_tui_commands;
extern const struct topic *const topic_all[]; /* ends with NULL */

const struct topic *topic_find(const char *name); /* NULL: none */

struct table topic_table(const struct topic *topic, const struct config *c);

struct request;

/* Exit status. */
int cmd_list(const struct request *r);
int cmd_explain(const struct request *r);

#endif
