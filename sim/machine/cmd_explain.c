/*
 * cmd_explain.c - `ringside explain NAME...`: all that the tables say about a
 * name, in every topic that has it.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sim/machine/catalog.h"
#include "sim/machine/options.h"
#include "sim/machine/suggest.h"
#include "sim/machine/wrap.h"

enum { INDENT = 2 };

static void print_row(const struct topic *topic, const struct table *t,
                      unsigned row)
{
    printf("%s: %s\n%*s", table_cell(t, row, 0), topic->singular, INDENT, "");
    wrap_print(stdout, table_cell(t, row, topic->sentence_column), INDENT);
    for (unsigned c = 1; c < t->columns; c++) {
        const char *text = table_cell(t, row, c);
        int indent;

        if (c == topic->sentence_column || text[0] == '\0')
            continue;
        indent = printf("%*s%s: ", INDENT, "", topic->columns[c]);
        wrap_print(stdout, text, indent);
    }
}

/* How many rows of all topics are called name. */
static unsigned explain_rows(const char *name, const struct config *c,
                             bool *failed)
{
    unsigned found = 0;

    for (size_t i = 0; topic_all[i]; i++) {
        struct table t = topic_table(topic_all[i], c);

        *failed |= t.failed;
        for (unsigned row = 0; !t.failed && row < t.rows; row++) {
            if (strcasecmp(table_cell(&t, row, 0), name) != 0)
                continue; /* VPID is vpid, gVA is gva */
            print_row(topic_all[i], &t, row);
            found++;
        }
        table_free(&t);
    }
    return found;
}

/* Options and commands are explained by their sentences. */
static unsigned explain_usage(const char *name)
{
    const char *option = strncmp(name, "--", 2) == 0 ? name + 2 : name;
    unsigned found = 0;

    if (command_find(name) != COMMAND_COUNT && ++found)
        printf("%s: command\n  %s\n  help: ringside %s --help\n", name,
               command_info(command_find(name))->sentence, name);
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *o = option_info((enum option_id)id);

        if (strcmp(o->name, option) != 0)
            continue;
        printf("--%s: option\n%*s", option, INDENT, "");
        wrap_print(stdout, o->sentence, INDENT);
        found++;
    }
    return found;
}

static unsigned explain_topic(const char *name)
{
    const struct topic *topic = topic_find(name);

    if (!topic)
        return 0;
    printf("%s: topic\n  %s\n  all of them: ringside list %s\n", name,
           topic->sentence, name);
    return 1;
}

static void print_unknown(const char *name, const struct config *c)
{
    struct suggestion near = {0};
    char copy[128] = "", text[160];

    for (size_t i = 0; topic_all[i]; i++) {
        struct table t = topic_table(topic_all[i], c);
        struct suggestion best = near;

        for (unsigned row = 0; !t.failed && row < t.rows; row++)
            suggest_offer(&best, name, table_cell(&t, row, 0));
        if (best.name != near.name) {
            snprintf(copy, sizeof copy, "%s", best.name);
            near = (struct suggestion){copy, best.distance};
        }
        table_free(&t);
    }
    fprintf(stderr, "ringside: nothing is called '%s'%s (ringside list)\n",
            name, suggest_text(&near, text, sizeof text));
}

int cmd_explain(const struct request *r)
{
    int status = 0;
    bool failed = false;

    if (r->word_count == 0) {
        fprintf(stderr, "ringside: explain what? (ringside explain NAME; names "
                        "are in ringside list)\n");
        return STATUS_USAGE;
    }
    for (unsigned i = 0; i < r->word_count; i++) {
        const char *name = r->words[i];
        unsigned found = explain_rows(name, &r->config, &failed);

        found += explain_topic(name);
        found += explain_usage(name);
        if (found > 0)
            continue;
        print_unknown(name, &r->config);
        status = STATUS_USAGE;
    }
    if (failed)
        fprintf(stderr, "ringside: out of memory\n");
    return failed ? STATUS_USAGE : status;
}
