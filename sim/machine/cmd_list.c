/*
 * cmd_list.c - `ringside list TOPIC`: names, values and meanings in columns.
 *
 * Columns are as wide as their widest cell, the last one open, so that lines
 * cut and grep well; on a terminal it is wrapped.  --json and --names are for
 * scripts.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/machine/catalog.h"
#include "sim/machine/options.h"
#include "sim/machine/suggest.h"
#include "sim/machine/wrap.h"

enum { WRAP_INDENT_MAX = 50 }; /* beyond it a column of words is too narrow */

static void print_padded(const char *text, size_t width)
{
    printf("%-*s  ", (int)width, text);
}

/* On a terminal the last column is a paragraph. */
static void print_last(const char *text, size_t indent)
{
    if (indent <= WRAP_INDENT_MAX && isatty(STDOUT_FILENO))
        wrap_print(stdout, text, (int)indent);
    else
        printf("%s\n", text);
}

static void print_columns(const struct topic *topic, const struct table *t,
                          unsigned columns)
{
    size_t widths[CATALOG_MAX_COLUMNS] = {0};
    size_t indent = 0;
    char heading[32];

    for (unsigned c = 0; c < columns; c++) {
        widths[c] = strlen(topic->columns[c]);
        for (unsigned r = 0; r < t->rows; r++)
            if (strlen(table_cell(t, r, c)) > widths[c])
                widths[c] = strlen(table_cell(t, r, c));
        indent += c + 1 < columns ? widths[c] + 2 : 0;
    }
    for (unsigned c = 0; c < columns; c++) {
        snprintf(heading, sizeof heading, "%s", topic->columns[c]);
        for (char *at = heading; *at; at++)
            *at = (char)toupper((unsigned char)*at);
        if (c + 1 < columns)
            print_padded(heading, widths[c]);
        else
            printf("%s\n", heading);
    }
    for (unsigned r = 0; r < t->rows; r++) {
        for (unsigned c = 0; c + 1 < columns; c++)
            print_padded(table_cell(t, r, c), widths[c]);
        print_last(table_cell(t, r, columns - 1), indent);
    }
}

static void print_names(const struct table *t)
{
    for (unsigned r = 0; r < t->rows; r++)
        printf("%s\n", table_cell(t, r, 0));
}

static void print_json(const struct topic *topic, const struct table *t,
                       const struct config *config)
{
    json_t *rows = json_array();
    json_t *root =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "schema", "ringside-list/1",
                  "version", ringside_version, "topic", topic->name, "profile",
                  config->profile_name, "rows", rows);

    for (unsigned r = 0; r < t->rows; r++) {
        json_t *row = json_object();

        for (unsigned c = 0; c < t->columns; c++)
            json_object_set_new(row, topic->columns[c],
                                json_string(table_cell(t, r, c)));
        json_array_append_new(rows, row);
    }
    json_dumpf(root, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(root);
}

static void print_topics(bool names_only)
{
    for (size_t i = 0; topic_all[i]; i++) {
        if (names_only)
            printf("%s\n", topic_all[i]->name);
        else
            printf("%-12s  %s\n", topic_all[i]->name, topic_all[i]->sentence);
    }
}

static int unknown_topic(const char *name)
{
    struct suggestion near = {0};
    char text[128];

    for (size_t i = 0; topic_all[i]; i++)
        suggest_offer(&near, name, topic_all[i]->name);
    fprintf(stderr, "ringside: unknown topic '%s'%s (ringside list)\n", name,
            suggest_text(&near, text, sizeof text));
    return STATUS_USAGE;
}

int cmd_list(const struct request *r)
{
    const struct topic *topic;
    struct table t;
    bool failed;

    if (r->word_count == 0) {
        print_topics(r->names);
        return 0;
    }
    if (r->word_count > 1) {
        fprintf(stderr, "ringside: list takes one topic\n");
        return STATUS_USAGE;
    }
    topic = topic_find(r->words[0]);
    if (!topic)
        return unknown_topic(r->words[0]);
    t = topic_table(topic, &r->config);
    if (t.failed)
        fprintf(stderr, "ringside: out of memory\n");
    else if (r->json)
        print_json(topic, &t, &r->config);
    else if (r->names)
        print_names(&t);
    else
        print_columns(topic, &t, topic->listed);
    failed = t.failed;
    table_free(&t);
    return failed ? STATUS_USAGE : 0;
}
