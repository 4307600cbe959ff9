/*
 * scenario_file.c - reads a scenario file by the table of its keys.
 */
#include <inttypes.h>
#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/scenario/scenario.h"
#include "sim/machine/scenario/scenario_override.h"
#include "sim/machine/scenario/scenario_text.h"
#include "sim/machine/scenario/scenario_values.h"
#include "sim/machine/suggest.h"

enum key_group {
    GROUP_TOP,
    GROUP_HOST,
    GROUP_POLICY,
    GROUP_RUN,
    GROUP_SWEEP,
    GROUP_VM,
    GROUP_REQUESTS,
    GROUP_COUNT
};

static const char *const group_names[GROUP_COUNT] = {
    "", "host", "policy", "run", "sweep", "vms", "requests"};

struct key {
    enum key_group group;
    const char *name;
    enum scenario_kind kind;
    size_t offset; /* of struct scenario, or of struct scenario_vm */
    uint64_t min, max;
    const char *sentence;
};

#define OWNER_TOP      struct scenario
#define OWNER_HOST     struct scenario
#define OWNER_POLICY   struct scenario
#define OWNER_RUN      struct scenario
#define OWNER_SWEEP    struct scenario
#define OWNER_VM       struct scenario_vm
#define OWNER_REQUESTS struct scenario_vm
#define SCENARIO_KEY(group, name, kind, field, min, max, sentence)             \
    {GROUP_##group, name, SCENARIO_##kind, offsetof(OWNER_##group, field),     \
     min,           max,  sentence},
static const struct key keys[] = {
#include "sim/machine/scenario/scenario_keys.def"
};
#undef SCENARIO_KEY

/* Members that are groups or lists themselves, by the group they are in. */
static const struct {
    enum key_group in, is;
} inner[] = {
    {GROUP_TOP, GROUP_HOST}, {GROUP_TOP, GROUP_POLICY},
    {GROUP_TOP, GROUP_RUN},  {GROUP_TOP, GROUP_SWEEP},
    {GROUP_TOP, GROUP_VM},   {GROUP_VM, GROUP_REQUESTS},
};

struct reader {
    struct scenario *scenario;
    config_t file;
    struct error *e;
};

unsigned scenario_key_count(void)
{
    return ARRAY_LEN(keys);
}

struct scenario_key_info scenario_key_at(unsigned index)
{
    return (struct scenario_key_info){group_names[keys[index].group],
                                      keys[index].name, keys[index].sentence};
}

struct scenario_value scenario_key_value(struct scenario *s, unsigned vm,
                                         unsigned index)
{
    const struct key *k = &keys[index];
    bool of_vm = k->group == GROUP_VM || k->group == GROUP_REQUESTS;
    char *owner = of_vm ? (char *)&s->vms[vm] : (char *)s;

    return (struct scenario_value){k->kind, owner + k->offset, k->min, k->max};
}

static const struct key *find_key(enum key_group group, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i].group == group && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* GROUP_COUNT: there is no such group here. */
static enum key_group find_inner(enum key_group in, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(inner); i++)
        if (inner[i].in == in && strcmp(group_names[inner[i].is], name) == 0)
            return inner[i].is;
    return GROUP_COUNT;
}

static enum status unknown_key(const struct reader *r, enum key_group group,
                               const config_setting_t *setting)
{
    struct suggestion near = {0};
    const char *name = config_setting_name(setting);
    char text[128];

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i].group == group)
            suggest_offer(&near, name, keys[i].name);
    for (size_t i = 0; i < ARRAY_LEN(inner); i++)
        if (inner[i].in == group)
            suggest_offer(&near, name, group_names[inner[i].is]);
    return error_set(r->e, STATUS_USAGE,
                     "%s:%u: there is no key '%s'%s%s%s (ringside list keys)",
                     r->scenario->path, config_setting_source_line(setting),
                     name, group == GROUP_TOP ? "" : " in ", group_names[group],
                     suggest_text(&near, text, sizeof text));
}

static enum status read_key(struct reader *r, const struct key *key,
                            const config_setting_t *setting, char *owner)
{
    struct scenario_value value = {key->kind, owner + key->offset, key->min,
                                   key->max};
    struct error why;
    enum status s = scenario_value_read(&value, setting, &why);

    if (s == STATUS_OK)
        return s;
    if (config_setting_source_line(setting) == 0)
        return error_set(r->e, s, "--set %s: %.400s", key->name, why.text);
    return error_set(r->e, s, "%s:%u: %s: %.400s", r->scenario->path,
                     config_setting_source_line(setting), key->name, why.text);
}

static enum status read_group(struct reader *r, enum key_group group,
                              const config_setting_t *from, char *owner);

static void default_vm(struct scenario_vm *vm, unsigned index)
{
    snprintf(vm->name, sizeof vm->name, "vm%u", index + 1);
    snprintf(vm->technique, sizeof vm->technique, "nested");
    snprintf(vm->kernel, sizeof vm->kernel, "phases");
    vm->copies = 1;
    vm->vcpus = 1;
    vm->weight = 256;
}

static enum status read_vms(struct reader *r, const config_setting_t *list)
{
    struct scenario *s = r->scenario;
    int count = config_setting_length(list);
    enum status status = STATUS_OK;

    if (!config_setting_is_list(list))
        return error_set(r->e, STATUS_USAGE,
                         "%s:%u: vms: a list is expected: vms = ( {...}, ... )",
                         s->path, config_setting_source_line(list));
    for (int i = 0; i < count && status == STATUS_OK; i++) {
        const config_setting_t *one =
            config_setting_get_elem(list, (unsigned)i);
        struct scenario_vm *vm = &s->vms[s->vm_count];

        if (s->vm_count == SCENARIO_MAX_KINDS)
            return error_set(
                r->e, STATUS_USAGE, "%s:%u: vms: more than %d entries", s->path,
                config_setting_source_line(one), SCENARIO_MAX_KINDS);
        default_vm(vm, s->vm_count++);
        vm->at_line = config_setting_source_line(one);
        status = read_group(r, GROUP_VM, one, (char *)vm);
    }
    return status;
}

static enum status read_member(struct reader *r, enum key_group group,
                               const config_setting_t *setting, char *owner)
{
    const char *name = config_setting_name(setting);
    const struct key *key = find_key(group, name);
    enum key_group is = find_inner(group, name);

    if (key)
        return read_key(r, key, setting, owner);
    if (is == GROUP_VM)
        return read_vms(r, setting);
    if (is != GROUP_COUNT)
        return read_group(r, is, setting, owner);
    return unknown_key(r, group, setting);
}

/* For what contradicts itself, scenario_check.c. */
static void note_line(struct scenario *s, enum key_group group, unsigned line)
{
    if (group == GROUP_HOST)
        s->host_line = line;
    else if (group == GROUP_POLICY)
        s->policy_line = line;
    else if (group == GROUP_RUN)
        s->run_line = line;
}

static enum status read_group(struct reader *r, enum key_group group,
                              const config_setting_t *from, char *owner)
{
    enum status s = STATUS_OK;

    note_line(r->scenario, group, config_setting_source_line(from));
    if (!config_setting_is_group(from))
        return error_set(r->e, STATUS_USAGE,
                         "%s:%u: %s: a group is expected: {key = value; ...}",
                         r->scenario->path, config_setting_source_line(from),
                         group_names[group]);
    for (int i = 0; i < config_setting_length(from) && s == STATUS_OK; i++)
        s = read_member(r, group, config_setting_get_elem(from, (unsigned)i),
                        owner);
    return s;
}

/* libconfig says no more than where; after an unclosed text or bracket that is
   behind the mistake. */
static const char *hint_for(const char *why)
{
    if (strcmp(why, "syntax error") == 0)
        return " here or before (key = value; GROUP: { ... }; vms = ( { ... "
               "}, { ... } ))";
    return strcmp(why, "memory exhausted") == 0 ? ": too many brackets" : "";
}

static enum status parse_file(struct reader *r, const char *path)
{
    char *text;
    enum status s = scenario_text_read(&text, path, r->e);

    if (s != STATUS_OK)
        return s;
    if (!config_read_string(&r->file, text))
        s = error_set(r->e, STATUS_USAGE, "%s:%d: %s%s", path,
                      config_error_line(&r->file), config_error_text(&r->file),
                      hint_for(config_error_text(&r->file)));
    free(text);
    return s;
}

static void set_defaults(struct scenario *s, const char *path)
{
    memset(s, 0, sizeof *s);
    snprintf(s->path, sizeof s->path, "%s", path);
    snprintf(s->sched, sizeof s->sched, "credit");
    s->pcpus = s->threads_per_core = s->nodes = 1;
    s->length_us = 10000000;
    s->seed = 1;
    s->memory_bytes = (uint64_t)16 << 30;
}

enum status scenario_read(struct scenario *s, const char *path,
                          const struct scenario_override *overrides,
                          unsigned override_count, struct error *e)
{
    struct reader r = {.scenario = s, .e = e};
    enum status status;

    set_defaults(s, path);
    config_init(&r.file);
    status = parse_file(&r, path);
    for (unsigned i = 0; i < override_count && status == STATUS_OK; i++)
        status = scenario_override_put(&r.file, &overrides[i], path, e);
    if (status == STATUS_OK)
        status =
            read_group(&r, GROUP_TOP, config_root_setting(&r.file), (char *)s);
    config_destroy(&r.file);
    if (status != STATUS_OK)
        scenario_free(s);
    return status;
}

static void free_lines(struct scenario_lines *l)
{
    for (unsigned i = 0; i < l->count; i++)
        free(l->line[i]);
    l->count = 0;
}

void scenario_free(struct scenario *s)
{
    free_lines(&s->sets);
    free_lines(&s->sweep_values);
    for (unsigned i = 0; i < s->vm_count; i++)
        free_lines(&s->vms[i].workload);
}

unsigned scenario_vm_count(const struct scenario *s)
{
    unsigned count = 0;

    for (unsigned i = 0; i < s->vm_count; i++)
        count += (unsigned)s->vms[i].copies;
    return count;
}
