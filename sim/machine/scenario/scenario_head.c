/*
 * scenario_head.c - the head of a scenario's report: what was run, and which of
 * its promises to VMs the scheduler does not know of.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/scenario/scenario_report.h"

const char *scenario_time_text(double us, char text[SCENARIO_TIME_BYTES])
{
    const char *unit = "us";

    if (us >= 999.5e3) {
        us /= 1e6;
        unit = "s";
    } else if (us >= 999.5) {
        us /= 1e3;
        unit = "ms";
    }
    snprintf(text, SCENARIO_TIME_BYTES, "%.*f %s",
             us < 9.995   ? 2
             : us < 99.95 ? 1
                          : 0,
             us, unit);
    return text;
}

static const struct config *config_of(const struct scenario_results *r,
                                      unsigned run)
{
    return &r->runs[run].job->config;
}

static const struct scenario *scenario_of(const struct scenario_results *r,
                                          unsigned run)
{
    return r->runs[run].job->scenario;
}

/* The value, or what stands for several. */
static const char *profile_name(const struct scenario_results *r)
{
    for (unsigned i = 1; i < r->count; i++)
        if (strcmp(config_of(r, i)->profile_name,
                   config_of(r, 0)->profile_name) != 0)
            return "each profile";
    return config_of(r, 0)->profile_name;
}

static const char *scheduler_name(const struct scenario_results *r)
{
    uint32_t policy = config_of(r, 0)->hv.sched.policy;

    for (unsigned i = 1; i < r->count; i++)
        if (config_of(r, i)->hv.sched.policy != policy)
            return "each";
    return sched_all[policy]->name;
}

static void put_pcpus(FILE *out, const struct scenario_results *r)
{
    uint64_t pcpus = scenario_of(r, 0)->pcpus;

    for (unsigned i = 1; i < r->count; i++)
        if (scenario_of(r, i)->pcpus != pcpus) {
            fputs("some pCPUs", out);
            return;
        }
    fprintf(out, "%" PRIu64 " pCPU%s", pcpus, pcpus == 1 ? "" : "s");
}

static void put_length(FILE *out, const struct scenario_results *r)
{
    const struct scenario *s = scenario_of(r, 0);
    char text[SCENARIO_TIME_BYTES];

    for (unsigned i = 1; i < r->count; i++)
        if (scenario_of(r, i)->length_us != s->length_us ||
            scenario_of(r, i)->warmup_us != s->warmup_us) {
            fputs("some time simulated", out);
            return;
        }
    fprintf(out, "%s simulated",
            scenario_time_text((double)(s->length_us - s->warmup_us), text));
    if (s->warmup_us)
        fprintf(out, " after %s of warm-up",
                scenario_time_text((double)s->warmup_us, text));
}

static void put_seed(FILE *out, const struct scenario_results *r)
{
    for (unsigned i = 1; i < r->count; i++)
        if (config_of(r, i)->seed != config_of(r, 0)->seed) {
            fputs("each seed", out);
            return;
        }
    fprintf(out, "seed %" PRIu64, config_of(r, 0)->seed);
}

/* What a policy may heed of a VM, as its options call it. */
enum promise {
    PROMISE_WEIGHT,
    PROMISE_CAP,
    PROMISE_RESERVATION,
    PROMISE_PERIOD,
    PROMISE_WARP,
    PROMISE_COUNT
};

static const char *const promises[PROMISE_COUNT] = {
    "weight", "cap", "reservation", "period", "warp"};

static bool gives(const struct scenario *s, const struct scenario_vm *vm,
                  enum promise promise)
{
    switch (promise) {
    case PROMISE_WEIGHT: /* all alike is no promise */
        return vm->weight != s->vms[0].weight;
    case PROMISE_CAP:
        return vm->cap || vm->limit;
    case PROMISE_RESERVATION:
        return vm->reservation != 0;
    case PROMISE_PERIOD:
        return vm->budget_us != 0;
    case PROMISE_WARP:
        return vm->warp != 0;
    case PROMISE_COUNT:
        break;
    }
    return false;
}

static bool is_option(const struct sched_ops *ops, const char *word)
{
    size_t chars = strlen(word);

    for (const char *at = ops->options; *at; at += strspn(at, " ")) {
        if (strcspn(at, " ") == chars && strncmp(at, word, chars) == 0)
            return true;
        at += strcspn(at, " ");
    }
    return false;
}

static bool is_broken(const struct scenario *s, const struct sched_ops *ops,
                      enum promise promise)
{
    for (unsigned i = 0; i < s->vm_count; i++)
        if (s->vms[i].copies && gives(s, &s->vms[i], promise))
            return !is_option(ops, promises[promise]);
    return false;
}

/* A line for each policy that does not know of what the file promises. */
static void put_notes(FILE *out, const struct scenario_results *r)
{
    for (uint32_t policy = 0; sched_all[policy]; policy++) {
        const struct scenario *s = NULL;
        const char *between = " heeds no ";

        for (unsigned i = 0; i < r->count; i++)
            if (config_of(r, i)->hv.sched.policy == policy)
                s = scenario_of(r, i);
        for (int p = 0; s && p < PROMISE_COUNT; p++) {
            if (!is_broken(s, sched_all[policy], (enum promise)p))
                continue;
            if (*between == ' ')
                fprintf(out, " %s", sched_all[policy]->name);
            fprintf(out, "%s%s", between, promises[p]);
            between = ", ";
        }
        if (*between == ',')
            fputs(" (ringside list schedulers)\n", out);
    }
}

void scenario_report_head(FILE *out, const struct scenario_results *r)
{
    const struct scenario *s = scenario_of(r, 0);

    fprintf(out, "\n %s\n", s->path);
    if (s->question[0])
        fprintf(out, " %s\n", s->question);
    fprintf(out, "\n %s, ", profile_name(r));
    put_pcpus(out, r);
    fprintf(out, ", %s scheduler, ", scheduler_name(r));
    put_length(out, r);
    fputs(", ", out);
    put_seed(out, r);
    fputc('\n', out);
    put_notes(out, r);
}
