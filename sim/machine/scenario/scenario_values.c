#include "sim/machine/scenario/scenario_values.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"

/* Any scalar as text, so that "4" and 4 are the same; NULL: it is none. */
static const char *scalar_text(const config_setting_t *from, char *buffer,
                               size_t bytes)
{
    switch (config_setting_type(from)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        snprintf(buffer, bytes, "%lld", config_setting_get_int64(from));
        return buffer;
    case CONFIG_TYPE_FLOAT:
        snprintf(buffer, bytes, "%.9g", config_setting_get_float(from));
        return buffer;
    case CONFIG_TYPE_BOOL:
        return config_setting_get_bool(from) ? "true" : "false";
    case CONFIG_TYPE_STRING:
        return config_setting_get_string(from);
    default: /* libconfig's types, not ours: groups, lists */
        return NULL;
    }
}

static enum status read_text(char *field, const char *text, struct error *e)
{
    if (strlen(text) >= SCENARIO_TEXT_BYTES)
        return error_set(e, STATUS_USAGE, "longer than %d characters",
                         SCENARIO_TEXT_BYTES - 1);
    memcpy(field, text, strlen(text) + 1);
    return STATUS_OK;
}

static enum status out_of_range(const struct scenario_value *v,
                                const char *text, struct error *e)
{
    return error_set(e, STATUS_USAGE, "%.60s is not in %" PRIu64 " .. %" PRIu64,
                     text, v->min, v->max);
}

static enum status read_number(const struct scenario_value *v, const char *text,
                               struct error *e)
{
    uint64_t value = 0;
    enum status s = units_parse(text, "the value", &value, e);

    if (s != STATUS_OK)
        return s;
    if (value < v->min || value > v->max)
        return out_of_range(v, text, e);
    *(uint64_t *)v->field = value;
    return STATUS_OK;
}

static enum status read_yes(bool *field, const char *text, struct error *e)
{
    static const char *const words[] = {"false", "true", "off", "on"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(text, words[i]) == 0) {
            *field = i % 2 != 0;
            return STATUS_OK;
        }
    return error_set(e, STATUS_USAGE, "'%.60s' is neither true nor false",
                     text);
}

static enum status read_maybe(enum scenario_maybe *field, const char *text,
                              struct error *e)
{
    bool yes = false;
    enum status s = read_yes(&yes, text, e);

    if (s == STATUS_OK)
        *field = yes ? MAYBE_YES : MAYBE_NO;
    return s;
}

/* "10ms"; a bare number is seconds. */
static enum status read_time(const struct scenario_value *v, const char *text,
                             struct error *e)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"", 1e6}};
    char *end;
    double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;

    for (size_t i = 0; value >= 0 && i < ARRAY_LEN(units); i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        value = floor(value * units[i].us + 0.5);
        if (value < (double)v->min || value > (double)v->max)
            return error_set(e, STATUS_USAGE,
                             "%.60s is not in %" PRIu64 "us .. %" PRIu64 "s",
                             text, v->min, v->max / 1000000);
        *(uint64_t *)v->field = (uint64_t)value;
        return STATUS_OK;
    }
    return error_set(e, STATUS_USAGE,
                     "'%.60s' is no time: 500us, 10ms, 2s, or seconds", text);
}

static bool take_pcpu(const char **at, unsigned *pcpu)
{
    char *end;
    unsigned long value;

    if (!isdigit((unsigned char)**at))
        return false;
    value = strtoul(*at, &end, 10);
    *at = end;
    *pcpu = (unsigned)value;
    return value < SCHED_MAX_PCPUS;
}

/* "0-3,6" */
static enum status read_pcpus(pcpu_set_t *field, const char *text,
                              struct error *e)
{
    const char *at = text;
    pcpu_set_t set = 0;
    unsigned first = 0, last = 0;
    bool good = true;

    do {
        good = take_pcpu(&at, &first);
        last = first;
        if (good && *at == '-') {
            at++;
            good = take_pcpu(&at, &last);
        }
        for (unsigned i = first; good && i <= last; i++)
            set |= (pcpu_set_t)1 << i;
        good = good && first <= last;
    } while (good && *at == ',' && *++at);
    if (!good || *at != '\0')
        return error_set(e, STATUS_USAGE,
                         "'%.60s' is no set of pCPUs or nodes: 0-3,6 (0 .. %d)",
                         text, SCHED_MAX_PCPUS - 1);
    *field = set;
    return STATUS_OK;
}

static enum status add_line(struct scenario_lines *lines, const char *text,
                            struct error *e)
{
    if (!text)
        return error_set(e, STATUS_USAGE,
                         "a text, or a list of texts, is "
                         "expected");
    if (lines->count == SCENARIO_MAX_LINES)
        return error_set(e, STATUS_USAGE, "more than %d", SCENARIO_MAX_LINES);
    lines->line[lines->count] = strdup(text);
    if (!lines->line[lines->count])
        return error_set(e, STATUS_MEMORY, "out of memory");
    lines->count++;
    return STATUS_OK;
}

static enum status read_lines(struct scenario_lines *lines,
                              const config_setting_t *from, struct error *e)
{
    enum status s = STATUS_OK;
    char buffer[64];

    for (unsigned i = 0; i < lines->count; i++)
        free(lines->line[i]);
    lines->count = 0;
    lines->at_line = config_setting_source_line(from);
    if (!config_setting_is_aggregate(from))
        return add_line(lines, scalar_text(from, buffer, sizeof buffer), e);
    for (int i = 0; i < config_setting_length(from) && s == STATUS_OK; i++)
        s = add_line(lines,
                     scalar_text(config_setting_get_elem(from, (unsigned)i),
                                 buffer, sizeof buffer),
                     e);
    return s;
}

enum status scenario_value_read(const struct scenario_value *v,
                                const config_setting_t *from, struct error *e)
{
    char buffer[64];
    const char *text = scalar_text(from, buffer, sizeof buffer);

    if (v->kind == SCENARIO_LINES)
        return read_lines(v->field, from, e);
    if (!text)
        return error_set(e, STATUS_USAGE, "one value is expected");
    switch (v->kind) {
    case SCENARIO_TEXT:
        return read_text(v->field, text, e);
    case SCENARIO_NUMBER:
    case SCENARIO_BYTES:
        return read_number(v, text, e);
    case SCENARIO_YES:
        return read_yes(v->field, text, e);
    case SCENARIO_MAYBE:
        return read_maybe(v->field, text, e);
    case SCENARIO_TIME:
        return read_time(v, text, e);
    case SCENARIO_PCPUS:
        return read_pcpus(v->field, text, e);
    case SCENARIO_LINES:
        break;
    }
    return STATUS_OK;
}
