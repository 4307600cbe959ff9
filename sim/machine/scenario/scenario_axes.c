#include "sim/machine/scenario/scenario_axes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/params.h"
#include "sim/machine/suggest.h"

static enum status bad_form(const char *over, struct error *e)
{
    return error_set(e, STATUS_USAGE,
                     "--over %.60s: the form is KEY=VALUE,VALUE,...", over);
}

static bool has_key(const struct scenario_axes *a, const char *key)
{
    for (unsigned i = 0; i < a->count; i++)
        if (strcmp(a->axes[i].key, key) == 0)
            return true;
    return false;
}

static enum status read_over(struct scenario_axes *a, const char *over,
                             struct error *e)
{
    struct scenario_axis *axis = &a->axes[a->count];
    char *at;

    axis->key = axis->text = strdup(over);
    if (!axis->text)
        return error_set(e, STATUS_MEMORY, "out of memory");
    at = strchr(axis->text, '=');
    if (!at || at == axis->text || at[1] == '\0')
        return bad_form(over, e);
    *at++ = '\0';
    if (has_key(a, axis->key))
        return error_set(e, STATUS_USAGE,
                         "--over %.60s: twice; all values in one: "
                         "KEY=VALUE,VALUE,...",
                         axis->key);
    for (; at; axis->count++) {
        char *comma = strchr(at, ',');

        if (axis->count == AXIS_MAX_VALUES)
            return error_set(e, STATUS_USAGE,
                             "--over %.60s: more than %d values", axis->key,
                             AXIS_MAX_VALUES);
        if (comma)
            *comma++ = '\0';
        if (*at == '\0')
            return bad_form(over, e);
        axis->values[axis->count] = at;
        at = comma;
    }
    a->count++;
    return STATUS_OK;
}

static bool names_key(char *const *sets, unsigned count, const char *key)
{
    size_t chars = strlen(key);

    for (unsigned i = 0; i < count; i++)
        if (strncmp(sets[i], key, chars) == 0 && sets[i][chars] == '=')
            return true;
    return false;
}

static enum status read_sweep(struct scenario_axes *a, const struct config *c,
                              const struct scenario *file, struct error *e)
{
    struct scenario_axis *axis = &a->axes[a->count];
    const char *key = file->sweep_key;

    if (!key[0] && file->sweep_values.count == 0)
        return STATUS_OK;
    if (!key[0] || file->sweep_values.count == 0)
        return error_set(e, STATUS_USAGE, "%s: sweep needs key and values",
                         file->path);
    if (has_key(a, key) || names_key(c->overrides, c->override_count, key) ||
        names_key(c->scenario_sets, c->scenario_set_count, key))
        return STATUS_OK;
    axis->key = key;
    for (; axis->count < file->sweep_values.count; axis->count++)
        axis->values[axis->count] = file->sweep_values.line[axis->count];
    a->count++;
    return STATUS_OK;
}

/* A parameter, or what a file says but of sweeps. */
static enum status check_key(const struct scenario_axis *axis,
                             const struct scenario *file, struct error *e)
{
    struct suggestion near = {0};
    char text[128];

    if (param_find(axis->key) != param_count() ||
        (scenario_has_key(axis->key) && strncmp(axis->key, "sweep.", 6) != 0))
        return STATUS_OK;
    for (unsigned i = 0; i < param_count(); i++)
        suggest_offer(&near, axis->key, param_at(i)->name);
    return error_set(e, STATUS_USAGE,
                     "%.200s: '%.60s' is neither a parameter nor a key of "
                     "scenario files%s (ringside list params, list keys)",
                     axis->text ? "--over" : file->path, axis->key,
                     suggest_text(&near, text, sizeof text));
}

static enum status count_runs(struct scenario_axes *a,
                              const struct scenario *file, struct error *e)
{
    enum status s = STATUS_OK;
    size_t used = 0;

    a->runs = 1;
    for (unsigned i = 0; i < a->count && s == STATUS_OK; i++) {
        a->runs *= a->axes[i].count;
        used += (size_t)snprintf(a->varied + used, sizeof a->varied - used,
                                 "%s%.40s", i ? ", " : "", a->axes[i].key);
        s = check_key(&a->axes[i], file, e);
    }
    if (s == STATUS_OK && a->runs > AXES_MAX_RUNS)
        return error_set(e, STATUS_USAGE, "%u runs: at most %d", a->runs,
                         AXES_MAX_RUNS);
    return s;
}

enum status scenario_axes_read(struct scenario_axes *a, const struct config *c,
                               const struct scenario *file, struct error *e)
{
    enum status s = STATUS_OK;

    memset(a, 0, sizeof *a);
    for (unsigned i = 0; i < c->over_count && s == STATUS_OK; i++)
        s = read_over(a, c->overs[i], e);
    if (s == STATUS_OK)
        s = read_sweep(a, c, file, e);
    return s == STATUS_OK ? count_runs(a, file, e) : s;
}

void scenario_axes_free(struct scenario_axes *a)
{
    for (unsigned i = 0; i < JOB_MAX_VARIED; i++)
        free(a->axes[i].text);
    memset(a, 0, sizeof *a);
}

void scenario_axes_at(const struct scenario_axes *a, unsigned run,
                      struct scenario_override *varied)
{
    for (unsigned i = a->count; i-- > 0;) {
        const struct scenario_axis *axis = &a->axes[i];

        varied[i] = (struct scenario_override){axis->key,
                                               axis->values[run % axis->count]};
        run /= axis->count;
    }
}
