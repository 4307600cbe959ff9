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

enum {
    WRAP_INDENT_MAX = 50, /* beyond it a column of words is too narrow */
    WRAP_BELOW_INDENT = 4,
};

static void print_padded(const char *text, size_t width)
{
    printf("%-*s  ", (int)width, text);
}

static const char *heading(const struct topic *topic, unsigned column,
                           char text[static 32])
{
    snprintf(text, 32, "%s", topic->columns[column]);
    for (char *at = text; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}

/* A row too wide for a terminal: what there is, the last column below. */
static void print_record(const struct table *t, unsigned row, unsigned columns)
{
    for (unsigned c = 0; c + 1 < columns; c++)
        if (table_cell(t, row, c)[0] != '\0')
            printf("%s%s", c == 0 ? "" : "  ", table_cell(t, row, c));
    printf("\n%*s", WRAP_BELOW_INDENT, "");
    wrap_print(stdout, table_cell(t, row, columns - 1), WRAP_BELOW_INDENT);
}

/* On a terminal the last column is a paragraph. */
static void print_row(const struct table *t, unsigned row, unsigned columns,
                      const size_t *widths)
{
    size_t indent = 0;

    for (unsigned c = 0; c + 1 < columns; c++) {
        print_padded(table_cell(t, row, c), widths[c]);
        indent += widths[c] + 2;
    }
    if (isatty(STDOUT_FILENO))
        wrap_print(stdout, table_cell(t, row, columns - 1), (int)indent);
    else
        printf("%s\n", table_cell(t, row, columns - 1));
}

static void print_columns(const struct topic *topic, const struct table *t,
                          unsigned columns)
{
    size_t widths[CATALOG_MAX_COLUMNS] = {0};
    size_t indent = 0;
    bool records;
    char text[32];

    for (unsigned c = 0; c < columns; c++) {
        widths[c] = strlen(topic->columns[c]);
        for (unsigned r = 0; r < t->rows; r++)
            if (strlen(table_cell(t, r, c)) > widths[c])
                widths[c] = strlen(table_cell(t, r, c));
        indent += c + 1 < columns ? widths[c] + 2 : 0;
    }
    records = indent > WRAP_INDENT_MAX && isatty(STDOUT_FILENO);
    for (unsigned c = 0; c + 1 < columns; c++)
        print_padded(heading(topic, c, text), records ? 0 : widths[c]);
    printf("%s\n", heading(topic, columns - 1, text));
    for (unsigned r = 0; r < t->rows; r++)
        if (records)
            print_record(t, r, columns);
        else
            print_row(t, r, columns, widths);
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
