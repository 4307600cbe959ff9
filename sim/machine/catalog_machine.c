/*
 * catalog_machine.c - topics of what a machine is made of: techniques,
 * workloads, profiles, parameters, schedulers, replacement policies.
 */
#include <stdio.h>
#include <string.h>

#include "hypervisor-model/sched/sched.h"
#include "mmu/repl/repl.h"
#include "sim/core/macros.h"
#include "sim/machine/catalog.h"
#include "sim/machine/params.h"
#include "sim/machine/profile.h"
#include "sim/machine/workload_choice.h"

/* What to read about a technique or policy. */
struct reading {
    const char *name, *source;
};

static const struct reading readings[] = {
    {"native", "Intel SDM vol. 3, \"Paging\""},
    {"shadow", "Adams, Agesen: A Comparison of Software and Hardware "
               "Techniques for x86 Virtualization, ASPLOS 2006"},
    {"nested", "Intel SDM vol. 3, \"The Extended Page Table Mechanism (EPT)\"; "
               "Bhargava et al.: Accelerating Two-Dimensional Page Walks for "
               "Virtualized Systems, ASPLOS 2008"},
    {"pv", "Barham et al.: Xen and the Art of Virtualization, SOSP 2003; "
           "public headers xen/*.h"},
    {"lru", "least recently used; exact, one stamp per way"},
    {"plru", "Al-Zoubi et al.: Performance Evaluation of Cache Replacement "
             "Policies for the SPEC CPU2000 Benchmark Suite, ACMSE 2004"},
    {"random", "one draw of SplitMix64 per victim; see --seed"},
};

static const char *reading_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(readings); i++)
        if (strcmp(readings[i].name, name) == 0)
            return readings[i].source;
    return "";
}

static void fill_techniques(struct table *t, const struct config *c)
{
    for (size_t i = 0; technique_all[i]; i++) {
        const struct technique_ops *o = technique_all[i];
        struct error why = {""};
        bool can = o->supported(&c->hv, &why) == STATUS_OK;
        const char *row[] = {o->name,
                             o->cpu_virt,
                             o->mmu_virt,
                             o->io_virt,
                             o->sentence,
                             can ? "yes" : why.text,
                             reading_of(o->name)};

        table_add(t, row);
    }
}

static void fill_workloads(struct table *t, const struct config *c)
{
    (void)c;
    for (unsigned i = 0; i < built_in_count(); i++) {
        const struct built_in *b = built_in_at(i);
        const char *row[] = {b->name, b->params, b->sentence, b->example,
                             "workloads/programs, runs on any Linux too"};

        table_add(t, row);
    }
}

static void fill_profiles(struct table *t, const struct config *c)
{
    struct config one;
    struct error e;
    char year[16];

    (void)c;
    for (unsigned i = 0; i < profile_count(); i++) {
        config_defaults(&one);
        if (profile_load(&one, profile_name_at(i), &e) != STATUS_OK)
            BUG(e.text); /* built in, and tested */
        snprintf(year, sizeof year, "%u", one.profile->year);
        table_add(t, (const char *[]){
                         one.profile->name, year, one.profile->title,
                         one.profile->summary, one.hv.has_nested ? "yes" : "no",
                         "each value has its own: ringside list params "
                         "--profile NAME"});
        config_free(&one);
    }
}

/* Whether --set or an option changed a parameter. */
static bool overridden(const struct config *c, const char *name)
{
    size_t chars = strlen(name);

    for (unsigned i = 0; i < c->override_count; i++)
        if (strncmp(c->overrides[i], name, chars) == 0 &&
            c->overrides[i][chars] == '=')
            return true;
    return false;
}

static void fill_params(struct table *t, const struct config *c)
{
    char value[PARAM_TEXT_BYTES], range[PARAM_TEXT_BYTES];

    for (unsigned i = 0; i < param_count(); i++) {
        const struct param *p = param_at(i);
        const struct profile_value *v = &c->profile->values[i];
        const char *confidence = p->preset ? "setting" : v->confidence;
        const char *source = p->preset ? "a choice, not a property" : v->source;

        if (overridden(c, p->name)) {
            confidence = "set";
            source = "set on the command line";
        }
        table_add(t, (const char *[]){
                         p->name, config_param_text(c, i, value, sizeof value),
                         p->unit, param_range(p, range, sizeof range),
                         confidence, source, p->sentence});
    }
}

static void fill_groups(struct table *t, const struct config *c)
{
    char members[16];

    (void)c;
    for (unsigned g = 0; g < param_group_count(); g++) {
        const struct param_group *group = param_group_at(g);
        unsigned count = 0;

        for (unsigned i = 0; i < param_count(); i++)
            count += param_group_has(group, param_at(i));
        snprintf(members, sizeof members, "%u", count);
        table_add(t, (const char *[]){group->name, members, group->sentence,
                                      "a shorthand of --set"});
    }
}

#define TERM(word, sentence, source) {word, sentence, source},
static const char *const terms[][3] = {
#include "sim/machine/terms.def"
};
#undef TERM

static void fill_terms(struct table *t, const struct config *c)
{
    (void)c;
    for (size_t i = 0; i < ARRAY_LEN(terms); i++)
        table_add(t, terms[i]);
}

static void fill_schedulers(struct table *t, const struct config *c)
{
    (void)c;
    for (size_t i = 0; sched_all[i]; i++)
        table_add(t, (const char *[]){sched_all[i]->name, sched_all[i]->options,
                                      sched_all[i]->sentence,
                                      sched_all[i]->source});
}

static void fill_replacement(struct table *t, const struct config *c)
{
    (void)c;
    for (size_t i = 0; repl_all[i]; i++)
        table_add(t, (const char *[]){
                         repl_all[i]->name,
                         "replacement policy of TLBs, paging-structure caches "
                         "and data caches: --set tlb.repl, psc.repl, "
                         "cache.repl",
                         reading_of(repl_all[i]->name)});
}

const struct topic topic_techniques = {
    .name = "techniques",
    .singular = "technique",
    .sentence = "how a guest can be virtualized",
    .columns = {"name", "cpu.virt", "mmu.virt", "io.virt", "meaning",
                "on this profile", "source"},
    .listed = 5,
    .sentence_column = 4,
    .fill = fill_techniques,
};

const struct topic topic_workloads = {
    .name = "workloads",
    .singular = "workload",
    .sentence = "built-in guest programs; any static Linux program runs too",
    .columns = {"name", "parameters", "meaning", "example", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_workloads,
};

const struct topic topic_profiles = {
    .name = "profiles",
    .singular = "profile",
    .sentence = "CPU generations: geometry and costs, each with its source",
    .columns = {"name", "year", "cpu", "meaning", "nested paging", "source"},
    .listed = 4,
    .sentence_column = 3,
    .fill = fill_profiles,
};

const struct topic topic_params = {
    .name = "params",
    .singular = "parameter",
    .sentence = "what --set can change, with the profile's values",
    .columns = {"name", "value", "unit", "range", "confidence", "source",
                "meaning"},
    .listed = 6,
    .sentence_column = 6,
    .fill = fill_params,
};

const struct topic topic_groups = {
    .name = "groups",
    .singular = "parameter group",
    .sentence = "names with which --set changes several parameters",
    .columns = {"name", "members", "meaning", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_groups,
};

const struct topic topic_schedulers = {
    .name = "schedulers",
    .singular = "scheduler",
    .sentence = "how the hypervisor shares CPUs among vCPUs",
    .columns = {"name", "heeds", "meaning", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_schedulers,
};

const struct topic topic_replacement = {
    .name = "replacement",
    .singular = "replacement policy",
    .sentence = "which entry a full TLB or cache gives up",
    .columns = {"name", "meaning", "source"},
    .listed = 3,
    .sentence_column = 1,
    .fill = fill_replacement,
};

const struct topic topic_terms = {
    .name = "terms",
    .singular = "term",
    .sentence = "the words of the project",
    .columns = {"name", "meaning", "source"},
    .listed = 2,
    .sentence_column = 1,
    .fill = fill_terms,
};
