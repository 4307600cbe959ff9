#include "sim/machine/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"
#include "sim/machine/suggest.h"

const char ringside_version[] = "0.1.0";

void config_defaults(struct config *c)
{
    struct error e;

    memset(c, 0, sizeof *c);
    c->max_instructions = UINT64_MAX;
    c->max_cycles = UINT64_MAX;
    c->jobs = 1;
    for (unsigned i = 0; i < param_count(); i++) {
        const struct param *p = param_at(i);

        if (p->preset && param_set(c, i, p->preset, &e) != STATUS_OK)
            BUG(e.text);
    }
    c->mmu.seed = c->seed;
}

static void free_words(char **words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

void config_free(struct config *c)
{
    free_words(c->overrides, c->override_count);
    free_words(c->scenario_sets, c->scenario_set_count);
    free_words(c->workload.argv, (unsigned)c->workload.argc);
    free(c->workload.text);
    profile_free(c->profile);
    memset(c, 0, sizeof *c);
}

static enum status unknown_param(const char *name, struct error *e)
{
    struct suggestion near = {0};
    char text[128];

    for (unsigned i = 0; i < param_count(); i++)
        suggest_offer(&near, name, param_at(i)->name);
    for (unsigned i = 0; i < param_group_count(); i++)
        suggest_offer(&near, name, param_group_at(i)->name);
    return error_set(e, STATUS_USAGE,
                     "unknown parameter '%s'%s (ringside list params)", name,
                     suggest_text(&near, text, sizeof text));
}

static enum status remember(struct config *c, const char *name,
                            const char *value, struct error *e)
{
    size_t bytes = strlen(name) + strlen(value) + 2;
    char **grown =
        realloc(c->overrides, (c->override_count + 1) * sizeof *c->overrides);

    if (!grown)
        return error_set(e, STATUS_MEMORY, "out of memory");
    c->overrides = grown;
    grown[c->override_count] = malloc(bytes);
    if (!grown[c->override_count])
        return error_set(e, STATUS_MEMORY, "out of memory");
    snprintf(grown[c->override_count++], bytes, "%s=%s", name, value);
    return STATUS_OK;
}

static enum status set_one(struct config *c, unsigned index, const char *value,
                           struct error *e)
{
    enum status s = param_set(c, index, value, e);

    c->mmu.seed = c->seed;
    return s == STATUS_OK ? remember(c, param_at(index)->name, value, e) : s;
}

static enum status set_group(struct config *c, const struct param_group *g,
                             const char *value, struct error *e)
{
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < param_count() && s == STATUS_OK; i++)
        if (param_group_has(g, param_at(i)))
            s = set_one(c, i, value, e);
    return s;
}

enum status config_set(struct config *c, const char *name, const char *value,
                       struct error *e)
{
    unsigned index = param_find(name);

    if (index < param_count())
        return set_one(c, index, value, e);
    for (unsigned g = 0; g < param_group_count(); g++)
        if (strcmp(param_group_at(g)->name, name) == 0)
            return set_group(c, param_group_at(g), value, e);
    return unknown_param(name, e);
}

enum status config_keep_scenario_set(struct config *c, const char *text,
                                     struct error *e)
{
    char **grown = realloc(c->scenario_sets, (c->scenario_set_count + 1) *
                                                 sizeof *c->scenario_sets);

    if (!grown)
        return error_set(e, STATUS_MEMORY, "out of memory");
    c->scenario_sets = grown;
    grown[c->scenario_set_count] = strdup(text);
    if (!grown[c->scenario_set_count])
        return error_set(e, STATUS_MEMORY, "out of memory");
    c->scenario_set_count++;
    return STATUS_OK;
}
