#include "sim/machine/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"
#include "sim/machine/scenario/scenario.h"
#include "sim/machine/suggest.h"

const char ringside_version[] = "0.1.0";

void config_defaults(struct config *c)
{
    struct error e;

    memset(c, 0, sizeof *c);
    c->max_instructions = UINT64_MAX;
    c->max_cycles = UINT64_MAX;
    c->jobs = 1;
    c->past_bytes = (uint64_t)1 << 30;
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

static char **copy_words(char *const *words, unsigned count)
{
    char **copy = calloc(count + 1, sizeof *copy);

    for (unsigned i = 0; copy && i < count; i++)
        if (!(copy[i] = strdup(words[i]))) {
            free_words(copy, i);
            return NULL;
        }
    return copy;
}

void config_vary_free(struct config *c)
{
    free_words(c->overrides, c->override_count);
    free_words(c->scenario_sets, c->scenario_set_count);
    memset(c, 0, sizeof *c);
}

static enum status vary_one(struct config *c, const char *name,
                            const char *value, struct error *e)
{
    char text[160];

    if (!c->scenario_path || param_find(name) < param_count() ||
        !scenario_has_key(name))
        return config_set(c, name, value, e);
    snprintf(text, sizeof text, "%.60s=%.90s", name, value);
    return config_keep_scenario_set(c, text, e);
}

enum status config_vary(struct config *to, const struct config *from,
                        const char *const *pairs, struct error *e)
{
    enum status s = STATUS_OK;

    *to = *from;
    to->overrides = copy_words(from->overrides, from->override_count);
    to->scenario_sets =
        copy_words(from->scenario_sets, from->scenario_set_count);
    if (!to->overrides)
        to->override_count = 0;
    if (!to->scenario_sets)
        to->scenario_set_count = 0;
    if (!to->overrides || !to->scenario_sets)
        s = error_set(e, STATUS_MEMORY, "out of memory");
    for (; s == STATUS_OK && *pairs; pairs += 2)
        s = vary_one(to, pairs[0], pairs[1], e);
    if (s == STATUS_OK && !to->scenario_path) /* which has checks of its own */
        s = config_check(to, e);
    if (s != STATUS_OK)
        config_vary_free(to);
    return s;
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
