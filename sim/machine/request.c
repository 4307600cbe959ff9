/*
 * request.c - parses a command line against the tables and resolves it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/units.h"
#include "sim/machine/guest_choice.h"
#include "sim/machine/jobs.h"
#include "sim/machine/options.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"
#include "sim/machine/scenario/scenario.h"
#include "sim/machine/scenario/scenario_request.h"
#include "sim/machine/suggest.h"
#include "sim/machine/technique_choice.h"
#include "sim/machine/travel.h"
#include "sim/machine/workload_choice.h"

static const char default_profile[] = "skylake";

/* A parameter to set once the profile is known. */
struct assignment {
    const char *key; /* NULL: text is "KEY=VALUE" */
    const char *text;
};

/* The command line, sorted but not yet resolved. */
struct parser {
    struct request *r;
    int argc;
    char **argv;
    int at;         /* next word of argv */
    int program_at; /* first word after "--"; 0: there is none */
    const char *techniques, *profile;
    struct assignment *assignments; /* argc of them are enough */
    unsigned assignment_count;
    bool memory_given;
    struct error *e;
};

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_MEMORY, "out of memory");
}

static const char *command_name(const struct parser *p)
{
    return command_info(p->r->command)->name;
}

static bool applies(const struct parser *p, const struct option_info *o)
{
    return (o->commands & (1u << p->r->command)) != 0;
}

static enum status unknown_option(const struct parser *p, const char *word)
{
    struct suggestion near = {0};
    size_t chars = strcspn(word, "=");
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)(chars < 63 ? chars : 63), word);
    for (int id = 0; id < OPTION_COUNT && word[1] == '-'; id++) {
        const struct option_info *o = option_info((enum option_id)id);

        if (strcmp(name + 2, o->name) == 0)
            return error_set(p->e, STATUS_USAGE,
                             "%s takes no %s (ringside %s --help)",
                             command_name(p), name, command_name(p));
        if (applies(p, o))
            suggest_offer(&near, name + 2, o->name);
    }
    return error_set(
        p->e, STATUS_USAGE, "unknown option '%s'%s%s%s (ringside %s --help)",
        name, near.name ? "; did you mean --" : "", near.name ? near.name : "",
        near.name ? "?" : "", command_name(p));
}

/* The option that a word names for this command; OPTION_COUNT if none. */
static enum option_id find_option(const struct parser *p, const char *word)
{
    size_t chars = strcspn(word, "=");
    int id = 0;

    for (; id < OPTION_COUNT; id++) {
        const struct option_info *o = option_info((enum option_id)id);

        if (!applies(p, o))
            continue;
        if (word[1] != '-' && word[1] == o->letter && word[2] == '\0')
            break;
        if (word[1] == '-' && strlen(o->name) == chars - 2 &&
            strncmp(word + 2, o->name, chars - 2) == 0)
            break;
    }
    return (enum option_id)id;
}

static enum status read_count(const struct parser *p, const char *name,
                              const char *text, uint64_t *value)
{
    enum status s = units_parse(text, name, value, p->e);

    if (s == STATUS_OK && *value == 0)
        return error_set(p->e, STATUS_USAGE, "%s must not be 0", name);
    return s;
}

static enum status read_jobs(const struct parser *p, const char *text)
{
    uint64_t jobs = 0;
    enum status s = read_count(p, "--jobs", text, &jobs);

    if (s == STATUS_OK && jobs > CONFIG_MAX_JOBS)
        return error_set(p->e, STATUS_USAGE,
                         "--jobs %s is out of range "
                         "(1 .. %d)",
                         text, CONFIG_MAX_JOBS);
    p->r->config.jobs = (unsigned)jobs;
    return s;
}

static void assign(struct parser *p, const char *key, const char *text)
{
    p->assignments[p->assignment_count++] = (struct assignment){key, text};
    if (strcmp(key ? key : text, "memory") == 0 ||
        (!key && strncmp(text, "memory=", 7) == 0))
        p->memory_given = true;
}

/* What each option does; those with a parameter never come here. */
static enum status apply_option(struct parser *p, enum option_id id,
                                const char *text)
{
    struct config *c = &p->r->config;
    if (request_keep(p->r, id, text))
        return STATUS_OK;
    if (id == OPTION_TECHNIQUE)
        p->techniques = text;
    else if (id == OPTION_PROFILE)
        p->profile = text;
    else if (id == OPTION_SET)
        assign(p, NULL, text);
    else if (id == OPTION_DIR)
        return travel_add_dir(&c->travel, text, p->e);
    else if (id == OPTION_OUT)
        return travel_add_out(&c->travel, text, p->e);
    else if (id == OPTION_RESET)
        return guest_set_reset(c, text, p->e);
    else if (id == OPTION_OVER)
        return request_keep_over(c, text, p->e);
    else if (id == OPTION_DISK)
        return guest_add_disk(c, text, p->e);
    else if (id == OPTION_MODULE)
        return guest_add_module(c, text, p->e);
    else if (id == OPTION_MAX_INSTRUCTIONS)
        return read_count(p, "--max-instructions", text, &c->max_instructions);
    else if (id == OPTION_MAX_CYCLES)
        return read_count(p, "--max-cycles", text, &c->max_cycles);
    else if (id == OPTION_JOBS)
        return read_jobs(p, text);
    else if (id == OPTION_PAST)
        return read_count(p, "--past", text, &c->past_bytes);
    return STATUS_OK;
}

static enum status parse_option(struct parser *p, const char *word)
{
    enum option_id id = find_option(p, word);
    const struct option_info *o;
    const char *text = word[1] == '-' ? strchr(word, '=') : NULL;

    if (id == OPTION_COUNT)
        return unknown_option(p, word);
    o = option_info(id);
    if (!o->argument && text)
        return error_set(p->e, STATUS_USAGE, "--%s takes no argument", o->name);
    if (text) {
        text++;
    } else if (o->argument) {
        if (p->at == p->argc || strcmp(p->argv[p->at], "--") == 0)
            return error_set(p->e, STATUS_USAGE, "--%s needs an argument: %s",
                             o->name, o->argument);
        text = p->argv[p->at++];
    }
    if (o->argument && text[0] == '\0')
        return error_set(p->e, STATUS_USAGE, "--%s needs an argument: %s",
                         o->name, o->argument);
    if (o->param) {
        assign(p, o->param, o->argument ? text : "on");
        return STATUS_OK;
    }
    return apply_option(p, id, text);
}

static enum status parse_words(struct parser *p)
{
    enum status s = STATUS_OK;

    while (p->at < p->argc && s == STATUS_OK && !p->program_at) {
        char *word = p->argv[p->at++];

        if (strcmp(word, "--") == 0)
            p->program_at = p->at;
        else if (word[0] == '-' && word[1] != '\0')
            s = parse_option(p, word);
        else
            p->r->words[p->r->word_count++] = word;
    }
    return s;
}

/* argv[1]: a command, --help or --version. */
static enum status parse_command(struct parser *p)
{
    struct suggestion near = {0};
    char text[128];
    const char *word = p->argc > 1 ? p->argv[1] : NULL;

    p->at = 2;
    if (!word)
        return error_set(p->e, STATUS_USAGE,
                         "a command is missing: run, compare, list, explain "
                         "(ringside --help)");
    p->r->help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    p->r->version = strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0;
    p->r->command = command_find(word);
    if (p->r->command != COMMAND_COUNT || p->r->help || p->r->version)
        return STATUS_OK;
    for (int id = 0; id < COMMAND_COUNT; id++)
        suggest_offer(&near, word, command_info((enum command)id)->name);
    return error_set(p->e, STATUS_USAGE,
                     "unknown command '%s'%s (ringside --help)", word,
                     suggest_text(&near, text, sizeof text));
}

static enum status apply_assignment(struct config *c,
                                    const struct assignment *a, struct error *e)
{
    const char *equals = strchr(a->text, '=');
    const char *comma = equals ? strchr(equals, ',') : NULL;
    char key[96];

    if (a->key)
        return config_set(c, a->key, a->text, e);
    if (!equals || equals == a->text || (size_t)(equals - a->text) > 95)
        return error_set(e, STATUS_USAGE,
                         "--set %s: the form is KEY=VALUE (ringside list "
                         "params)",
                         a->text);
    snprintf(key, sizeof key, "%.*s", (int)(equals - a->text), a->text);
    if (param_find(key) == param_count() && scenario_has_key(key))
        return request_keep_key(c, key, a->text, e);
    if (comma && strchr(comma, '='))
        return error_set(e, STATUS_USAGE,
                         "--set %s: one parameter at a time: --set %.*s --set "
                         "%s",
                         a->text, (int)(comma - a->text), a->text, comma + 1);
    return config_set(c, key, equals + 1, e);
}

static enum status resolve_workload(struct parser *p)
{
    struct request *r = p->r;
    struct workload *w = &r->config.workload;
    bool given = r->word_count + (p->program_at > 0) > 0;
    enum status s = guest_check(&r->config, given, p->e);
    uint64_t bytes;

    if (s != STATUS_OK)
        return s;
    if (!given && guest_runs_alone(&r->config))
        return workload_none(w,
                             r->config.boot_path ? r->config.boot_path
                                                 : r->config.kernel_path,
                             p->e);
    if (!given)
        return error_set(p->e, STATUS_USAGE,
                         "%s: a workload is missing: NAME[:key=value,...] or "
                         "-- PROGRAM ARG... (ringside list workloads)",
                         command_name(p));
    if (r->word_count + (p->program_at > 0) > 1)
        return error_set(p->e, STATUS_USAGE,
                         "%s: one workload at a time; '%s' is one too many",
                         command_name(p), r->words[r->word_count - 1]);
    if (p->program_at)
        return workload_program(w, p->argc - p->program_at,
                                p->argv + p->program_at, p->e);
    s = workload_built_in(w, r->words[0], p->e);
    bytes = workload_memory_bytes(w);
    if (s == STATUS_OK && !p->memory_given && bytes > r->config.memory_bytes)
        r->config.memory_bytes = bytes;
    return s;
}

/* show: the first word is a view, the rest is as for run. */
static enum status take_view(struct parser *p)
{
    struct request *r = p->r;

    if (r->word_count == 0)
        return error_set(p->e, STATUS_USAGE,
                         "show: a view is missing (ringside list views)");
    r->show.view = r->words[0];
    r->word_count--;
    memmove(r->words, r->words + 1, r->word_count * sizeof *r->words);
    return STATUS_OK;
}

/* Views have several side by side if they are named. */
static bool takes_several(const struct parser *p)
{
    return p->r->command == COMMAND_COMPARE ||
           (((1u << p->r->command) & ON_VIEW) && p->techniques);
}

/* Profile, then assignments, then what depends on them. */
static enum status resolve(struct parser *p)
{
    struct config *c = &p->r->config;
    bool machine = ((1u << p->r->command) & ON_MACHINE) != 0;
    enum status s =
        profile_load(c, p->profile ? p->profile : default_profile, p->e);

    c->profile_given = p->profile != NULL;
    if (s == STATUS_OK && !p->program_at)
        s = request_find_scenario(p->r, p->e);
    for (unsigned i = 0; i < p->assignment_count && s == STATUS_OK; i++)
        s = apply_assignment(c, &p->assignments[i], p->e);
    if (s != STATUS_OK || !machine)
        return s;
    if (c->scenario_path)
        return request_check_scenario(p->r, p->techniques, p->e);
    s = request_check_alone(p->r, p->e);
    if (s == STATUS_OK)
        s = resolve_workload(p);
    c->no_pv = guest_refuses_pv(c);
    if (s == STATUS_OK)
        s = technique_choose(c, p->techniques, takes_several(p), p->e);
    return s == STATUS_OK ? config_check(c, p->e) : s;
}

static enum status parse_and_resolve(struct parser *p)
{
    enum status s = parse_command(p);

    if (s != STATUS_OK || p->r->command == COMMAND_COUNT)
        return s;
    s = parse_words(p);
    if (s != STATUS_OK || p->r->help || p->r->version)
        return s;
    if (p->program_at && !((1u << p->r->command) & ON_MACHINE))
        return error_set(p->e, STATUS_USAGE, "%s takes no program",
                         command_name(p));
    if (p->r->command == COMMAND_SHOW)
        s = take_view(p);
    if (s != STATUS_OK)
        return s;
    if (p->r->show.script) /* which says what to run: cmd_tui() asks again */
        return STATUS_OK;
    return (1u << p->r->command) & ON_RESOLVED ? resolve(p) : STATUS_OK;
}

enum status request_parse(struct request *r, int argc, char **argv,
                          struct error *e)
{
    struct parser p = {.r = r, .argc = argc, .argv = argv, .e = e};
    size_t room = (size_t)argc + 1;
    enum status s;

    memset(r, 0, sizeof *r);
    config_defaults(&r->config);
    r->config.jobs = jobs_of_host();
    r->words = calloc(room, sizeof *r->words);
    p.assignments = calloc(room, sizeof *p.assignments);
    s = r->words && p.assignments ? parse_and_resolve(&p) : no_memory(e);
    free(p.assignments);
    return s;
}

void request_free(struct request *r)
{
    free(r->words);
    config_free(&r->config);
}
