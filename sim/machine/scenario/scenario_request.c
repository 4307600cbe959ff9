#include "sim/machine/scenario/scenario_request.h"

#include <string.h>

static bool ends_in_conf(const char *word)
{
    size_t chars = strlen(word);

    return chars > 5 && strcmp(word + chars - 5, ".conf") == 0;
}

enum status request_find_scenario(struct request *r, struct error *e)
{
    if (r->command == COMMAND_SCENARIO) {
        if (r->word_count != 2 || strcmp(r->words[0], "check") != 0)
            return error_set(e, STATUS_USAGE,
                             "scenario: the form is: ringside scenario check "
                             "FILE");
        r->config.scenario_path = r->words[1];
    } else if (((1u << r->command) & ON_MACHINE) && r->word_count > 0 &&
               ends_in_conf(r->words[0])) {
        r->config.scenario_path = r->words[0];
    }
    return STATUS_OK;
}

enum status request_keep_key(struct config *c, const char *key,
                             const char *text, struct error *e)
{
    if (c->scenario_path)
        return config_keep_scenario_set(c, text, e);
    return error_set(e, STATUS_USAGE, "--set %s: %s is a key of scenario files",
                     text, key);
}

enum status request_keep_over(struct config *c, const char *text,
                              struct error *e)
{
    if (c->over_count == CONFIG_MAX_OVERS)
        return error_set(e, STATUS_USAGE, "at most %d keys are varied (--over)",
                         CONFIG_MAX_OVERS);
    c->overs[c->over_count++] = text;
    return STATUS_OK;
}

enum status request_check_scenario(const struct request *r,
                                   const char *techniques, struct error *e)
{
    const struct config *c = &r->config;
    const struct {
        const char *name;
        bool given;
    } not_here[] = {
        {"technique", techniques != NULL},
        {"kernel", c->kernel_path != NULL},
        {"boot", c->boot_path != NULL},
        {"console", c->console},
        {"keyboard", c->keyboard},
        {"append", c->append != NULL},
        {"initrd", c->initrd_path != NULL},
        {"module", c->module_count != 0},
        {"reset", c->reboots},
        {"gdb", c->gdb_address != NULL},
        {"gdb-arch", c->gdb_architecture != NULL},
        {"exits", c->outputs.exits || c->outputs.exits_all},
        {"screen", c->outputs.screen},
        {"disk", c->disk_count != 0},
        {"dir", c->travel.dir_count != 0},
        {"out", c->travel.out_count != 0},
        {"max-instructions", c->max_instructions != UINT64_MAX},
        {"max-cycles", c->max_cycles != UINT64_MAX},
    };

    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        if (not_here[i].given)
            return error_set(e, STATUS_USAGE,
                             "--%s is for one machine; a scenario's file says "
                             "what there is (ringside list keys)",
                             not_here[i].name);
    if (r->word_count > 1)
        return error_set(e, STATUS_USAGE,
                         "one scenario at a time; '%s' is one too many",
                         r->words[1]);
    if (r->command == COMMAND_COMPARE && c->over_count == 0)
        return error_set(e, STATUS_USAGE,
                         "compare: a scenario needs --over KEY=VALUE,VALUE "
                         "(such as sched.policy=credit,credit2)");
    return STATUS_OK;
}

enum status request_check_alone(const struct request *r, struct error *e)
{
    const struct config *c = &r->config;

    if (c->over_count || c->sched_trace_path)
        return error_set(e, STATUS_USAGE, "--%s is for a scenario: FILE.conf",
                         c->over_count ? "over" : "sched-trace");
    if (c->hv.sched.policy != 0)
        return error_set(e, STATUS_USAGE,
                         "sched.policy: one machine alone has a pCPU for each "
                         "vCPU; VMs share CPUs in a scenario: FILE.conf");
    return STATUS_OK;
}
