/*
 * scenario_override.c - KEY of --set: question, GROUP.KEY, vms.KEY for all VMs,
 * vms.NAME.KEY for those of a name; "requests." goes before a key of theirs.
 */
#include "sim/machine/scenario/scenario_override.h"

#include <stdio.h>
#include <string.h>

static bool is_key(const char *group, const char *name)
{
    for (unsigned i = 0; i < scenario_key_count(); i++) {
        struct scenario_key_info k = scenario_key_at(i);

        if (strcmp(k.group, group) == 0 && strcmp(k.name, name) == 0)
            return true;
    }
    return false;
}

/* vms.KEY, vms.NAME.KEY, taken apart. */
struct vm_path {
    const char *name;  /* not terminated */
    size_t name_chars; /* 0: all VMs */
    const char *key;
    bool in_requests;
};

static struct vm_path vm_path_of(const char *text)
{
    static const char inner[] = "requests.";
    size_t inner_chars = sizeof inner - 1, chars;
    struct vm_path p = {.name = text + sizeof "vms",
                        .key = strrchr(text, '.') + 1};

    chars = (size_t)(p.key - p.name);
    p.in_requests = chars >= inner_chars && is_key("requests", p.key) &&
                    strncmp(p.key - inner_chars, inner, inner_chars) == 0;
    if (p.in_requests)
        chars -= inner_chars;
    p.name_chars = chars > 0 ? chars - 1 : 0;
    return p;
}

bool scenario_has_key(const char *text)
{
    const char *last = strrchr(text, '.');
    char group[32];
    struct vm_path p;

    if (!last)
        return is_key("", text);
    snprintf(group, sizeof group, "%.*s", (int)strcspn(text, "."), text);
    if (strcmp(group, "vms") != 0)
        return strcmp(group, "requests") != 0 && is_key(group, last + 1);
    p = vm_path_of(text);
    return p.in_requests || is_key("vms", p.key);
}

static enum status put(config_setting_t *group,
                       const struct scenario_override *o, const char *key,
                       struct error *e)
{
    config_setting_t *setting;

    if (group && config_setting_get_member(group, key))
        config_setting_remove(group, key);
    setting = group ? config_setting_add(group, key, CONFIG_TYPE_STRING) : NULL;
    if (setting && config_setting_set_string(setting, o->value))
        return STATUS_OK;
    return error_set(e, STATUS_USAGE, "--set %s=%.100s: cannot be set", o->key,
                     o->value);
}

/* A group within another; it is made if there is none. */
static config_setting_t *group_in(config_setting_t *parent, const char *name)
{
    config_setting_t *group = config_setting_get_member(parent, name);

    return group ? group : config_setting_add(parent, name, CONFIG_TYPE_GROUP);
}

static bool is_meant(config_setting_t *vm, int index, const struct vm_path *p)
{
    char usual[16]; /* who has no name: as scenario_file.c calls it */
    const char *name = usual;

    snprintf(usual, sizeof usual, "vm%d", index + 1);
    config_setting_lookup_string(vm, "name", &name);
    return p->name_chars == 0 || (strlen(name) == p->name_chars &&
                                  strncmp(name, p->name, p->name_chars) == 0);
}

static enum status put_vms(config_t *file, const struct scenario_override *o,
                           const char *path, struct error *e)
{
    config_setting_t *list = config_lookup(file, "vms");
    struct vm_path p = vm_path_of(o->key);
    enum status s = STATUS_OK;
    unsigned found = 0;

    for (int i = 0; list && i < config_setting_length(list); i++) {
        config_setting_t *vm = config_setting_get_elem(list, (unsigned)i);

        if (!is_meant(vm, i, &p))
            continue;
        found++;
        if (s == STATUS_OK)
            s = put(p.in_requests ? group_in(vm, "requests") : vm, o, p.key, e);
    }
    if (found == 0)
        return error_set(e, STATUS_USAGE, "--set %s: %s has no such VM", o->key,
                         path);
    return s;
}

enum status scenario_override_put(config_t *file,
                                  const struct scenario_override *o,
                                  const char *path, struct error *e)
{
    config_setting_t *root = config_root_setting(file);
    const char *dot = strchr(o->key, '.');
    char group[32];

    if (!dot)
        return put(root, o, o->key, e);
    snprintf(group, sizeof group, "%.*s", (int)(dot - o->key), o->key);
    if (strcmp(group, "vms") == 0)
        return put_vms(file, o, path, e);
    return put(group_in(root, group), o, dot + 1, e);
}
