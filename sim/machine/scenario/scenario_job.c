#include "sim/machine/scenario/scenario_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"

/* "key=value", taken apart. */
struct pair {
    char *text; /* owned */
    struct scenario_override override;
};

/* False: it has not that form.  Free p->text in any case. */
static bool take_apart(struct pair *p, const char *text)
{
    char *equals;

    p->text = strdup(text);
    equals = p->text ? strchr(p->text, '=') : NULL;
    if (!equals || equals == p->text)
        return false;
    *equals = '\0';
    p->override = (struct scenario_override){p->text, equals + 1};
    return true;
}

/* All that goes before the file: the user's keys, and what is varied. */
static unsigned collect(const struct config *base, struct pair *pairs,
                        struct scenario_override *overrides)
{
    unsigned count = 0;

    for (unsigned i = 0; i < base->scenario_set_count; i++)
        if (take_apart(&pairs[i], base->scenario_sets[i]))
            overrides[count++] = pairs[i].override;
    return count;
}

static enum status read_scenario(struct scenario_job *job,
                                 const struct config *base,
                                 const struct scenario_override *varied,
                                 unsigned varied_count, struct error *e)
{
    unsigned sets = base->scenario_set_count, count;
    struct pair *pairs = calloc(sets + 1, sizeof *pairs);
    struct scenario_override *overrides =
        calloc(sets + varied_count + 1, sizeof *overrides);
    enum status s = STATUS_OK;

    if (!pairs || !overrides)
        s = error_set(e, STATUS_MEMORY, "out of memory");
    if (s == STATUS_OK) {
        count = collect(base, pairs, overrides);
        for (unsigned i = 0; i < varied_count; i++)
            if (param_find(varied[i].key) == param_count())
                overrides[count++] = varied[i];
        s = scenario_read(job->scenario, base->scenario_path, overrides, count,
                          e);
    }
    for (unsigned i = 0; pairs && i < sets; i++)
        free(pairs[i].text);
    free(pairs);
    free(overrides);
    return s;
}

/* A parameter, unless it is of one machine alone: a VM here has its own. */
static enum status set_parameter(struct scenario_job *job, const char *key,
                                 const char *value, struct error *e)
{
    static const char *const keys[] = {"vcpus", "memory"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return error_set(e, STATUS_USAGE,
                             "%s is of one machine alone; for VMs of a "
                             "scenario: --set vms.%s=%.60s",
                             key, key, value);
    return config_set(&job->config, key, value, e);
}

/* "KEY=VALUE" of the file's policy.set. */
static enum status apply_file_set(struct scenario_job *job, const char *text,
                                  struct error *e)
{
    struct error why;
    struct pair p;
    enum status s = STATUS_OK;

    if (!take_apart(&p, text))
        s = error_set(&why, STATUS_USAGE, "'%.60s': the form is KEY=VALUE",
                      text);
    else
        s = set_parameter(job, p.override.key, p.override.value, &why);
    free(p.text);
    if (s == STATUS_OK)
        return s;
    return error_set(e, STATUS_USAGE, "%s:%u: set: %.400s", job->scenario->path,
                     job->scenario->sets.at_line, why.text);
}

static enum status apply_file_sets(struct scenario_job *job, struct error *e)
{
    const struct scenario_lines *sets = &job->scenario->sets;
    enum status s = STATUS_OK;

    for (unsigned i = 0; i < sets->count && s == STATUS_OK; i++)
        s = apply_file_set(job, sets->line[i], e);
    return s;
}

static enum status apply_scenario(struct scenario_job *job, struct error *e)
{
    char seed[32];
    enum status s = scenario_check(job->scenario, e);

    snprintf(seed, sizeof seed, "%llu",
             (unsigned long long)job->scenario->seed);
    if (s == STATUS_OK)
        s = config_set(&job->config, "sched.policy", job->scenario->sched, e);
    if (s == STATUS_OK)
        s = config_set(&job->config, "seed", seed, e);
    return s == STATUS_OK ? apply_file_sets(job, e) : s;
}

static enum status apply_user(struct scenario_job *job,
                              const struct config *base, struct error *e)
{
    enum status s = STATUS_OK;
    struct pair p;

    for (unsigned i = 0; i < base->override_count && s == STATUS_OK; i++) {
        if (take_apart(&p, base->overrides[i]))
            s = set_parameter(job, p.override.key, p.override.value, e);
        free(p.text);
    }
    return s;
}

static enum status apply_varied(struct scenario_job *job,
                                const struct scenario_override *varied,
                                unsigned count, struct error *e)
{
    enum status s = STATUS_OK;
    size_t used = 0;

    for (unsigned i = 0; i < count && s == STATUS_OK; i++) {
        if (param_find(varied[i].key) != param_count())
            s = set_parameter(job, varied[i].key, varied[i].value, e);
        used += (size_t)snprintf(job->label + used, sizeof job->label - used,
                                 "%s%.40s", i ? ", " : "", varied[i].value);
    }
    return s;
}

static enum status resolve(struct scenario_job *job, const struct config *base,
                           const struct scenario_override *varied,
                           unsigned varied_count, struct error *e)
{
    const char *profile = base->profile_name;
    enum status s = read_scenario(job, base, varied, varied_count, e);

    if (s != STATUS_OK)
        return s;
    if (!base->profile_given && job->scenario->profile[0])
        profile = job->scenario->profile;
    s = profile_load(&job->config, profile, e);
    if (s == STATUS_OK)
        s = apply_scenario(job, e);
    if (s == STATUS_OK)
        s = apply_user(job, base, e);
    if (s == STATUS_OK)
        s = apply_varied(job, varied, varied_count, e);
    if (s == STATUS_OK)
        s = config_check(&job->config, e);
    return s;
}

enum status scenario_job_init(struct scenario_job *job,
                              const struct config *base,
                              const struct scenario_override *varied,
                              unsigned varied_count, struct error *e)
{
    enum status s;

    memset(job, 0, sizeof *job);
    config_defaults(&job->config);
    job->scenario = calloc(1, sizeof *job->scenario);
    if (!job->scenario)
        return error_set(e, STATUS_MEMORY, "out of memory");
    s = resolve(job, base, varied, varied_count, e);
    if (s != STATUS_OK)
        scenario_job_free(job);
    return s;
}

void scenario_job_free(struct scenario_job *job)
{
    if (job->scenario)
        scenario_free(job->scenario);
    free(job->scenario);
    config_free(&job->config);
    memset(job, 0, sizeof *job);
}
