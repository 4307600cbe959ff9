#include "sim/machine/scenario/scenario_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/params.h"
#include "sim/machine/profile.h"

enum { MOST_OVERRIDES = 256, PAIR_BYTES = 512 };

/* "key=value", taken apart; where both are kept. */
struct pair {
    char text[PAIR_BYTES];
    struct scenario_override override;
};

static bool take_apart(struct pair *p, const char *text)
{
    char *equals;

    snprintf(p->text, sizeof p->text, "%s", text);
    equals = strchr(p->text, '=');
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
        if (count < MOST_OVERRIDES - JOB_MAX_VARIED &&
            take_apart(&pairs[i], base->scenario_sets[i]))
            overrides[count++] = pairs[i].override;
    return count;
}

static enum status read_scenario(struct scenario_job *job,
                                 const struct config *base,
                                 const struct scenario_override *varied,
                                 unsigned varied_count, struct error *e)
{
    struct pair *pairs = calloc(MOST_OVERRIDES, sizeof *pairs);
    struct scenario_override *overrides =
        calloc(MOST_OVERRIDES, sizeof *overrides);
    enum status s = STATUS_OK;
    unsigned count;

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
    free(pairs);
    free(overrides);
    return s;
}

/* "KEY=VALUE" of the file's policy.set. */
static enum status apply_file_sets(struct scenario_job *job, struct error *e)
{
    const struct scenario_lines *sets = &job->scenario->sets;
    struct error why;
    struct pair p;

    for (unsigned i = 0; i < sets->count; i++) {
        if (!take_apart(&p, sets->line[i]))
            return error_set(e, STATUS_USAGE,
                             "%s:%u: set: '%.60s': the form is KEY=VALUE",
                             job->scenario->path, sets->at_line, sets->line[i]);
        if (config_set(&job->config, p.override.key, p.override.value, &why) !=
            STATUS_OK)
            return error_set(e, STATUS_USAGE, "%s:%u: set: %.400s",
                             job->scenario->path, sets->at_line, why.text);
    }
    return STATUS_OK;
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

    for (unsigned i = 0; i < base->override_count && s == STATUS_OK; i++)
        if (take_apart(&p, base->overrides[i]))
            s = config_set(&job->config, p.override.key, p.override.value, e);
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
            s = config_set(&job->config, varied[i].key, varied[i].value, e);
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
