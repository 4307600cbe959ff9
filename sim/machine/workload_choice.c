#include "sim/machine/workload_choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"
#include "sim/machine/suggest.h"

#define PROGRAM(name, sentence, params, example)                               \
    {#name, sentence, params, example},
static const struct built_in built_ins[] = {
#include "workloads/programs/programs.def"
};
#undef PROGRAM

static const char *const page_sizes[] = {"4K", "2M", "1G"};

enum { KEY_BYTES = 32, VALUE_BYTES = 64 };

/* One "key=value" of a list. */
struct pair {
    char key[KEY_BYTES], value[VALUE_BYTES];
};

unsigned built_in_count(void)
{
    return ARRAY_LEN(built_ins);
}

const struct built_in *built_in_at(unsigned index)
{
    return &built_ins[index];
}

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY, "out of memory");
}

/*
 * Takes the next pair off *list.  False at its end; a pair without a key, a
 * value or room gives an empty key.
 */
static bool next_pair(const char **list, struct pair *p)
{
    size_t chars = strcspn(*list, ","), key_chars = strcspn(*list, "=,");
    const char *value = *list + key_chars + 1;

    if (**list == '\0')
        return false;
    memset(p, 0, sizeof *p);
    if (key_chars < chars && key_chars < KEY_BYTES &&
        chars - key_chars - 1 < VALUE_BYTES && chars > key_chars + 1) {
        memcpy(p->key, *list, key_chars);
        memcpy(p->value, value, chars - key_chars - 1);
    }
    *list += chars + ((*list)[chars] == ',');
    return true;
}

static bool find_pair(const char *list, const char *key, struct pair *p)
{
    while (next_pair(&list, p))
        if (strcmp(p->key, key) == 0)
            return true;
    return false;
}

static enum status append(struct workload *w, const char *word, struct error *e)
{
    char **grown = realloc(w->argv, ((size_t)w->argc + 2) * sizeof *w->argv);

    if (!grown)
        return out_of_memory(e);
    w->argv = grown;
    grown[w->argc] = strdup(word);
    if (!grown[w->argc])
        return out_of_memory(e);
    grown[++w->argc] = NULL;
    return STATUS_OK;
}

/* The guest reads digits with at most one of K, M, G behind them. */
static bool guest_reads(const char *number)
{
    size_t digits = strspn(number, "0123456789");

    return digits > 0 && (number[0] != '0' || digits == 1) &&
           (number[digits] == '\0' ||
            (strchr("KMG", number[digits]) && number[digits + 1] == '\0'));
}

static enum status check_value(const struct built_in *b, struct pair *p,
                               const char *preset, struct error *e)
{
    char what[KEY_BYTES + 32];
    uint64_t value;
    struct error ignored;
    enum status s;

    if (strcmp(p->key, "page") == 0) {
        for (size_t i = 0; i < ARRAY_LEN(page_sizes); i++)
            if (strcmp(p->value, page_sizes[i]) == 0)
                return STATUS_OK;
        return error_set(e, STATUS_USAGE, "%s: page=%s is none of 4K, 2M, 1G",
                         b->name, p->value);
    }
    if (units_parse(preset, "", &value, &ignored) != STATUS_OK)
        return STATUS_OK; /* a word, which the program judges */
    snprintf(what, sizeof what, "%s: %s", b->name, p->key);
    s = units_parse(p->value, what, &value, e);
    if (s == STATUS_OK && !guest_reads(p->value))
        snprintf(p->value, sizeof p->value, "%" PRIu64, value);
    return s;
}

static enum status unknown_key(const struct built_in *b, const char *key,
                               struct error *e)
{
    const char *list = b->params;
    struct suggestion near = {0};
    struct pair p, best;
    char hint[64];

    while (next_pair(&list, &p)) {
        suggest_offer(&near, key, p.key);
        if (near.name != p.key)
            continue;
        best = p; /* p is about to change */
        near.name = best.key;
    }
    return error_set(e, STATUS_USAGE,
                     "%s has no parameter '%s'%s (it takes %s)", b->name, key,
                     suggest_text(&near, hint, sizeof hint), b->params);
}

static enum status check_params(const struct built_in *b, const char *given,
                                struct error *e)
{
    const char *list = given;
    struct pair p, preset, again;

    while (next_pair(&list, &p)) {
        if (p.key[0] == '\0')
            return error_set(e, STATUS_USAGE, "%s:%s: parameters look like %s",
                             b->name, given, b->params);
        if (!find_pair(b->params, p.key, &preset))
            return unknown_key(b, p.key, e);
        if (find_pair(list, p.key, &again))
            return error_set(e, STATUS_USAGE, "%s: %s is given twice", b->name,
                             p.key);
    }
    return STATUS_OK;
}

static enum status add_params(struct workload *w, const struct built_in *b,
                              const char *given, struct error *e)
{
    const char *list = b->params;
    struct pair preset, p;
    char word[KEY_BYTES + VALUE_BYTES + 1];
    enum status s = check_params(b, given, e);

    while (s == STATUS_OK && next_pair(&list, &preset)) {
        if (!find_pair(given, preset.key, &p))
            p = preset;
        s = check_value(b, &p, preset.value, e);
        snprintf(word, sizeof word, "%s=%s", p.key, p.value);
        if (s == STATUS_OK)
            s = append(w, word, e);
    }
    return s;
}

static bool ends_with(const char *text, const char *end)
{
    size_t chars = strlen(text), end_chars = strlen(end);

    return chars >= end_chars && strcmp(text + chars - end_chars, end) == 0;
}

static enum status unknown_workload(const char *text, const char *name,
                                    struct error *e)
{
    struct suggestion near = {0};
    char hint[128];

    if (strncmp(text, "trace:", 6) == 0)
        return error_set(e, STATUS_USAGE,
                         "%s: trace files as workloads are not there yet",
                         text);
    if (ends_with(text, ".conf"))
        return error_set(e, STATUS_USAGE,
                         "%s: a scenario has VMs of its own: ringside run FILE",
                         text);
    if (access(name, X_OK) == 0)
        return error_set(e, STATUS_USAGE,
                         "'%s' is not a built-in workload; to run a program "
                         "put -- before it",
                         text);
    if (access(text, R_OK) == 0)
        return error_set(e, STATUS_USAGE,
                         "'%s' is not a built-in workload; the name of a "
                         "scenario's file ends in .conf",
                         text);
    for (size_t i = 0; i < ARRAY_LEN(built_ins); i++)
        suggest_offer(&near, name, built_ins[i].name);
    return error_set(e, STATUS_USAGE,
                     "unknown workload '%s'%s (ringside list workloads; or "
                     "-- PROGRAM ARG...)",
                     name, suggest_text(&near, hint, sizeof hint));
}

enum status workload_built_in(struct workload *w, const char *text,
                              struct error *e)
{
    size_t chars = strcspn(text, ":"), i = 0;
    const char *given = text[chars] == ':' ? text + chars + 1 : "";
    char name[VALUE_BYTES];
    enum status s;

    snprintf(name, sizeof name, "%.*s", (int)(chars < 63 ? chars : 63), text);
    while (i < ARRAY_LEN(built_ins) && strcmp(built_ins[i].name, name) != 0)
        i++;
    if (i == ARRAY_LEN(built_ins))
        return unknown_workload(text, name, e);
    w->kind = WORKLOAD_BUILT_IN;
    s = append(w, name, e);
    if (s == STATUS_OK)
        s = add_params(w, &built_ins[i], given, e);
    w->text = strdup(text);
    return w->text || s != STATUS_OK ? s : out_of_memory(e);
}

/* Writes word as a shell would read it back; at most 4 * strlen + 2 bytes. */
static char *put_quoted(char *at, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_@%+=:,./-";

    if (word[0] && word[strspn(word, plain)] == '\0')
        return stpcpy(at, word);
    *at++ = '\'';
    for (; *word; word++) {
        if (*word == '\'')
            at = stpcpy(at, "'\\''");
        else
            *at++ = *word;
    }
    return stpcpy(at, "'");
}

enum status workload_program(struct workload *w, int argc, char **argv,
                             struct error *e)
{
    enum status s = STATUS_OK;
    size_t bytes = 1;
    char *at;

    if (argc == 0 || argv[0][0] == '\0')
        return error_set(e, STATUS_USAGE, "a program is missing after --");
    w->kind = WORKLOAD_PROGRAM;
    for (int i = 0; i < argc && s == STATUS_OK; i++) {
        s = append(w, argv[i], e);
        bytes += 4 * strlen(argv[i]) + 3;
    }
    if (s != STATUS_OK)
        return s;
    w->text = at = malloc(bytes);
    if (!at)
        return out_of_memory(e);
    *at = '\0';
    for (int i = 0; i < argc; i++)
        at = put_quoted(i ? stpcpy(at, " ") : at, argv[i]);
    return STATUS_OK;
}

/* The value of KEY among a built-in's arguments; fallback without one. */
static uint64_t number_of(const struct workload *w, const char *key,
                          uint64_t fallback)
{
    size_t chars = strlen(key);
    uint64_t value;
    struct error ignored;

    for (int i = 1; i < w->argc; i++)
        if (strncmp(w->argv[i], key, chars) == 0 && w->argv[i][chars] == '=' &&
            units_parse(w->argv[i] + chars + 1, key, &value, &ignored) ==
                STATUS_OK)
            return value;
    return fallback;
}

enum status workload_none(struct workload *w, const char *text, struct error *e)
{
    w->kind = WORKLOAD_NONE;
    w->text = strdup(text);
    return w->text ? STATUS_OK : error_set(e, STATUS_MEMORY, "out of memory");
}

/*
 * The footprint of each process, an eighth for tables and the kernel's own
 * records, and room for the kernel, programs and files.  Huge pages also
 * need whole aligned ranges.
 */
uint64_t workload_memory_bytes(const struct workload *w)
{
    const uint64_t limit = (uint64_t)1 << 40, step = (uint64_t)64 << 20;
    uint64_t footprint, processes, page, bytes;

    if (w->kind != WORKLOAD_BUILT_IN)
        return 0;
    footprint = number_of(w, "footprint", 0);
    processes = number_of(w, "processes", 1);
    page = number_of(w, "page", PAGE_BYTES);
    if (footprint > limit || processes > limit / (footprint + 1))
        return 0; /* more than we would give: the guest reports it */
    bytes = footprint * processes;
    bytes += bytes / 8 + ((uint64_t)512 << 20);
    if (page > PAGE_BYTES)
        bytes += 2 * page;
    return (bytes + step - 1) / step * step;
}
