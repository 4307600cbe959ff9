/*
 * scenario_resolved.c - a scenario as JSON, by the table of its keys: what the
 * file said, what it left out, what --set and the sweep made of it.
 */
#include "sim/machine/scenario/scenario_resolved.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/machine/report_parts.h"
#include "sim/machine/scenario/scenario_values.h"

enum { PCPUS_BYTES = 256 };

/* "0-3,6"; NULL for the empty set, which stands for all. */
static json_t *pcpus_json(pcpu_set_t set)
{
    char text[PCPUS_BYTES] = "";
    size_t used = 0;

    for (unsigned i = 0; i < SCHED_MAX_PCPUS; i++) {
        unsigned last = i;

        if (!(set >> i & 1))
            continue;
        while (last + 1 < SCHED_MAX_PCPUS && set >> (last + 1) & 1)
            last++;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u",
                                 used ? "," : "", i);
        if (last > i)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, "-%u", last);
        i = last;
    }
    return used ? json_string(text) : NULL;
}

static json_t *lines_json(const struct scenario_lines *lines)
{
    json_t *all = lines->count ? json_array() : NULL;

    for (unsigned i = 0; i < lines->count; i++)
        json_array_append_new(all, text_json(lines->line[i]));
    return all;
}

/* NULL: the file need not say it. */
static json_t *value_json(const struct scenario_value *v)
{
    const char *text = v->field;
    const enum scenario_maybe *maybe;
    char time[32];

    switch (v->kind) {
    case SCENARIO_TEXT:
        return text[0] ? text_json(text) : NULL;
    case SCENARIO_NUMBER:
    case SCENARIO_BYTES:
        return *(uint64_t *)v->field < v->min
                   ? NULL
                   : count_json(*(uint64_t *)v->field);
    case SCENARIO_YES:
        return json_boolean(*(bool *)v->field);
    case SCENARIO_MAYBE:
        maybe = v->field;
        return *maybe == MAYBE_UNSAID ? NULL
                                      : json_boolean(*maybe == MAYBE_YES);
    case SCENARIO_TIME:
        snprintf(time, sizeof time, "%" PRIu64 "us", *(uint64_t *)v->field);
        return json_string(time);
    case SCENARIO_PCPUS:
        return pcpus_json(*(pcpu_set_t *)v->field);
    case SCENARIO_LINES:
        return lines_json(v->field);
    }
    return NULL;
}

/* All keys of a group; vm: of which entry, for groups of VMs. */
static json_t *group_json(struct scenario *s, const char *group, unsigned vm)
{
    json_t *all = json_object();

    for (unsigned i = 0; i < scenario_key_count(); i++) {
        struct scenario_key_info key = scenario_key_at(i);
        struct scenario_value value;
        json_t *json;

        if (strcmp(key.group, group) != 0)
            continue;
        value = scenario_key_value(s, vm, i);
        json = value_json(&value);
        if (json)
            json_object_set_new(all, key.name, json);
    }
    return all;
}

json_t *scenario_resolved_json(const struct scenario_job *job)
{
    const struct config *c = &job->config;
    struct scenario *s = job->scenario; /* is only read */
    json_t *vms = json_array(), *all, *host, *policy, *run;

    for (unsigned i = 0; i < s->vm_count; i++) {
        json_t *vm = group_json(s, "vms", i);

        if (s->vms[i].request_every[0])
            json_object_set_new(vm, "requests", group_json(s, "requests", i));
        json_array_append_new(vms, vm);
    }
    host = group_json(s, "host", 0);
    policy = group_json(s, "policy", 0);
    run = group_json(s, "run", 0);
    /* --set of the parameters, and --profile, go before the file. */
    json_object_set_new(host, "profile", text_json(c->profile_name));
    json_object_set_new(policy, "sched",
                        json_string(sched_all[c->hv.sched.policy]->name));
    json_object_set_new(run, "seed", count_json(c->seed));
    all = group_json(s, "", 0);
    json_object_set_new(all, "host", host);
    json_object_set_new(all, "policy", policy);
    json_object_set_new(all, "run", run);
    json_object_set_new(all, "vms", vms);
    return all;
}
