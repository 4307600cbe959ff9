#include "sim/machine/profile.h"

#include <errno.h>
#include <inttypes.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/blobs.h"
#include "sim/machine/params.h"
#include "sim/machine/suggest.h"

/* One file while it is read: what messages and citations need. */
struct reader {
    struct profile *profile;
    struct config *config;
    const char *name;
    const config_setting_t *sources;
    struct error *e;
};

static const char *const confidences[] = {"checked", "recalled", "estimate"};

unsigned profile_count(void)
{
    unsigned count = 0;

    while (blob_profiles[count].name)
        count++;
    return count;
}

const char *profile_name_at(unsigned index)
{
    return blob_profiles[index].name;
}

void profile_free(struct profile *p)
{
    if (!p)
        return;
    for (unsigned i = 0; p->values && i < param_count(); i++) {
        free(p->values[i].source);
        free(p->values[i].confidence);
    }
    free(p->values);
    free(p->name);
    free(p->title);
    free(p->summary);
    free(p);
}

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY, "out of memory");
}

static enum status copy_text(const struct reader *r, const char *from,
                             char **to)
{
    *to = strdup(from);
    return *to ? STATUS_OK : out_of_memory(r->e);
}

/* A string of setting; it must be there. */
static enum status read_text(const struct reader *r, const config_setting_t *in,
                             const char *key, const char **text)
{
    if (config_setting_lookup_string(in, key, text) && (*text)[0] != '\0')
        return STATUS_OK;
    return error_set(r->e, STATUS_USAGE, "profile %s, line %u: %s is missing",
                     r->name, config_setting_source_line(in), key);
}

/* A value of any scalar type, as the text that param_set() takes. */
static bool read_value(const config_setting_t *in, char *text, size_t bytes)
{
    const config_setting_t *value = config_setting_get_member(in, "value");

    if (!value)
        return false;
    switch (config_setting_type(value)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        snprintf(text, bytes, "%lld", config_setting_get_int64(value));
        return true;
    case CONFIG_TYPE_BOOL:
        snprintf(text, bytes, "%s",
                 config_setting_get_bool(value) ? "on" : "off");
        return true;
    case CONFIG_TYPE_STRING:
        snprintf(text, bytes, "%s", config_setting_get_string(value));
        return true;
    default: /* libconfig's types, not ours: groups, lists, floats */
        return false;
    }
}

/*
 * "KEY: detail" with KEY among the file's sources becomes "TITLE: detail".
 * Only an estimate may go without a key: its reasoning is its source.
 */
static enum status read_source(const struct reader *r,
                               const config_setting_t *in, const char *text,
                               struct profile_value *v)
{
    size_t key_chars = strcspn(text, ":");
    char key[32];
    const char *title;
    size_t bytes;

    snprintf(key, sizeof key, "%.*s", (int)key_chars, text);
    if (!config_setting_lookup_string(r->sources, key, &title)) {
        if (strcmp(v->confidence, "estimate") == 0)
            return copy_text(r, text, &v->source);
        return error_set(r->e, STATUS_USAGE,
                         "profile %s, line %u: source '%s' is not listed",
                         r->name, config_setting_source_line(in), key);
    }
    bytes = strlen(title) + strlen(text + key_chars) + 1;
    v->source = malloc(bytes);
    if (!v->source)
        return out_of_memory(r->e);
    snprintf(v->source, bytes, "%s%s", title, text + key_chars);
    return STATUS_OK;
}

static enum status check_confidence(const struct reader *r,
                                    const config_setting_t *in,
                                    const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(confidences); i++)
        if (strcmp(confidences[i], word) == 0)
            return STATUS_OK;
    return error_set(r->e, STATUS_USAGE,
                     "profile %s, line %u: confidence '%s' is none of checked, "
                     "recalled, estimate",
                     r->name, config_setting_source_line(in), word);
}

/* Which parameter a value is for; twice, or unknown, is an error. */
static enum status find_param(const struct reader *r,
                              const config_setting_t *in, unsigned *index)
{
    const char *name = NULL;
    enum status s = read_text(r, in, "name", &name);

    if (s != STATUS_OK)
        return s;
    *index = param_find(name);
    if (*index == param_count())
        return error_set(r->e, STATUS_USAGE,
                         "profile %s, line %u: unknown parameter '%s'", r->name,
                         config_setting_source_line(in), name);
    if (param_at(*index)->preset)
        return error_set(r->e, STATUS_USAGE,
                         "profile %s, line %u: %s is a setting, not a property "
                         "of a CPU",
                         r->name, config_setting_source_line(in), name);
    if (r->profile->values[*index].source)
        return error_set(r->e, STATUS_USAGE,
                         "profile %s, line %u: %s has a value already", r->name,
                         config_setting_source_line(in), name);
    return STATUS_OK;
}

static enum status read_unit(const struct reader *r, const config_setting_t *in,
                             const struct param *p)
{
    const char *unit = NULL;

    if (config_setting_lookup_string(in, "unit", &unit) &&
        strcmp(unit, p->unit) == 0)
        return STATUS_OK;
    return error_set(r->e, STATUS_USAGE,
                     "profile %s, line %u: unit of %s must be \"%s\"", r->name,
                     config_setting_source_line(in), p->name, p->unit);
}

static enum status read_entry(const struct reader *r,
                              const config_setting_t *in)
{
    unsigned index = 0;
    char text[PARAM_TEXT_BYTES];
    const char *source = NULL, *confidence = NULL;
    struct error why;
    enum status s = find_param(r, in, &index);
    struct profile_value *v = &r->profile->values[index];

    if (s == STATUS_OK)
        s = read_unit(r, in, param_at(index));
    if (s == STATUS_OK)
        s = read_text(r, in, "source", &source);
    if (s == STATUS_OK)
        s = read_text(r, in, "confidence", &confidence);
    if (s == STATUS_OK)
        s = check_confidence(r, in, confidence);
    if (s == STATUS_OK)
        s = copy_text(r, confidence, &v->confidence);
    if (s == STATUS_OK)
        s = read_source(r, in, source, v);
    if (s != STATUS_OK)
        return s;
    if (!read_value(in, text, sizeof text))
        return error_set(r->e, STATUS_USAGE,
                         "profile %s, line %u: %s needs value = a number, "
                         "a string or true/false",
                         r->name, config_setting_source_line(in),
                         param_at(index)->name);
    s = param_set(r->config, index, text, &why);
    return s == STATUS_OK
               ? s
               : error_set(r->e, s, "profile %s, line %u: %s", r->name,
                           config_setting_source_line(in), why.text);
}

static enum status read_values(const struct reader *r, const config_t *file)
{
    const config_setting_t *values = config_lookup(file, "values");
    enum status s = STATUS_OK;
    int count = values ? config_setting_length(values) : 0;

    for (int i = 0; i < count && s == STATUS_OK; i++)
        s = read_entry(r, config_setting_get_elem(values, (unsigned)i));
    for (unsigned i = 0; i < param_count() && s == STATUS_OK; i++)
        if (!param_at(i)->preset && !r->profile->values[i].source)
            s = error_set(r->e, STATUS_USAGE, "profile %s: %s has no value",
                          r->name, param_at(i)->name);
    return s;
}

static enum status read_file(struct reader *r, const config_t *file)
{
    const config_setting_t *root = config_root_setting(file);
    const char *title = NULL, *summary = NULL;
    enum status s = read_text(r, root, "title", &title);
    int year = 0;

    if (s == STATUS_OK)
        s = read_text(r, root, "summary", &summary);
    if (s == STATUS_OK)
        s = copy_text(r, title, &r->profile->title);
    if (s == STATUS_OK)
        s = copy_text(r, summary, &r->profile->summary);
    r->sources = config_lookup(file, "sources");
    if (s == STATUS_OK &&
        (!r->sources || !config_lookup_int(file, "year", &year)))
        s = error_set(r->e, STATUS_USAGE,
                      "profile %s: it needs year = N and sources = {...}",
                      r->name);
    r->profile->year = (unsigned)year;
    return s == STATUS_OK ? read_values(r, file) : s;
}

static enum status unknown_profile(const char *name, struct error *e)
{
    struct suggestion near = {0};
    char text[128];

    for (unsigned i = 0; i < profile_count(); i++)
        suggest_offer(&near, name, profile_name_at(i));
    return error_set(e, STATUS_USAGE,
                     "unknown profile '%s'%s (ringside list profiles)", name,
                     suggest_text(&near, text, sizeof text));
}

/* Parses a user's file or an embedded text into file. */
static enum status parse_text(const char *name, config_t *file, struct error *e)
{
    unsigned i = 0;
    int ok;

    if (strchr(name, '/')) {
        errno = EISDIR; /* of a folder libconfig does not say why */
        ok = config_read_file(file, name);
    } else {
        while (blob_profiles[i].name && strcmp(blob_profiles[i].name, name))
            i++;
        if (!blob_profiles[i].name)
            return unknown_profile(name, e);
        ok = config_read_string(file, blob_profiles[i].text);
    }
    if (ok)
        return STATUS_OK;
    if (config_error_type(file) == CONFIG_ERR_FILE_IO)
        return error_set(e, STATUS_FILE, "profile %s: cannot be read: %s", name,
                         strerror(errno));
    return error_set(e, STATUS_USAGE, "profile %s, line %d: %s", name,
                     config_error_line(file), config_error_text(file));
}

enum status profile_load(struct config *c, const char *name, struct error *e)
{
    struct profile *p = calloc(1, sizeof *p);
    struct reader r = {.profile = p, .config = c, .name = name, .e = e};
    config_t file;
    enum status s;

    if (!p)
        return out_of_memory(e);
    config_init(&file);
    p->name = strdup(name);
    p->values = calloc(param_count(), sizeof *p->values);
    s = p->name && p->values ? parse_text(name, &file, e) : out_of_memory(e);
    if (s == STATUS_OK)
        s = read_file(&r, &file);
    config_destroy(&file);
    if (s != STATUS_OK) {
        profile_free(p);
        return s;
    }
    profile_free(c->profile);
    c->profile = p;
    c->profile_name = p->name;
    return STATUS_OK;
}
