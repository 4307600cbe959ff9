/*
 * catalog_record.c - topics of what is recorded: counters, ledger rows,
 * exits, hypercalls, trace events.
 */
#include <stdio.h>
#include <string.h>

#include "sim/machine/catalog.h"
#include "sim/record/counters.h"
#include "sim/record/ledger.h"
#include "sim/record/trace.h"

enum { TEXT_BYTES = 128, FIRST_PV_EXIT = 0x100 };

static const char sdm_exits[] =
    "Intel SDM vol. 3, appendix \"VMX Basic Exit Reasons\"";
static const char pv_exits[] =
    "no VMX exit: a trip that only a de-privileged guest makes (Barham et al., "
    "SOSP 2003)";
static const char xen_header[] = "xen/xen.h, __HYPERVISOR_";

static const char *after_dot(const char *name)
{
    return strchr(name, '.') + 1;
}

/* Where the number of an exit is defined. */
static void exit_source(const struct counter_info *i, char *text)
{
    if (i->number >= FIRST_PV_EXIT)
        snprintf(text, TEXT_BYTES, "%s", pv_exits);
    else
        snprintf(text, TEXT_BYTES, "%s, number %u", sdm_exits, i->number);
}

static void hypercall_source(const struct counter_info *i, char *text)
{
    snprintf(text, TEXT_BYTES, "%s%s, number %u", xen_header,
             after_dot(i->name), i->number);
}

static bool is_exit(enum counter id)
{
    return id >= counter_of_exit((enum vmexit)0) &&
           id < counter_of_exit((enum vmexit)0) + VMEXIT_COUNT;
}

static bool is_hypercall(enum counter id)
{
    return id >= counter_of_hypercall((enum hypercall)0) &&
           id < counter_of_hypercall((enum hypercall)0) + HYPERCALL_COUNT;
}

static void fill_counters(struct table *t, const struct config *c)
{
    char source[TEXT_BYTES];

    (void)c;
    for (int id = 0; id < COUNTER_COUNT; id++) {
        const struct counter_info *i = counter_info((enum counter)id);
        const char *row[] = {i->name, i->unit, i->sentence, source};

        if (is_exit((enum counter)id))
            exit_source(i, source);
        else if (is_hypercall((enum counter)id))
            hypercall_source(i, source);
        else
            snprintf(source, sizeof source,
                     "counted by the simulator: sim/record/counters.def");
        table_add(t, row);
    }
}

static void fill_ledger(struct table *t, const struct config *c)
{
    char cost[TEXT_BYTES];

    (void)c;
    for (int id = 0; id < LEDGER_COUNT; id++) {
        const struct ledger_info *i = ledger_info((enum ledger_row)id);
        const char *row[] = {i->name, i->sentence, cost,
                             "charged by the simulator: every cycle is in one "
                             "row, the rows sum to the total"};

        cost[0] = '\0';
        if (strncmp(i->name, "handler.", 8) == 0)
            snprintf(cost, sizeof cost, "exit.%s_cycles", i->name);
        table_add(t, row);
    }
}

static void fill_exits(struct table *t, const struct config *c)
{
    char number[16], source[TEXT_BYTES], ledger[TEXT_BYTES], cost[TEXT_BYTES];

    (void)c;
    for (int id = 0; id < VMEXIT_COUNT; id++) {
        const struct counter_info *i =
            counter_info(counter_of_exit((enum vmexit)id));
        const char *name = after_dot(i->name);
        const char *row[] = {name,   number, i->sentence, i->name,
                             ledger, cost,   source};

        snprintf(number, sizeof number, "%u", i->number);
        snprintf(ledger, sizeof ledger, "handler.%s", name);
        snprintf(cost, sizeof cost, "exit.handler.%s_cycles", name);
        exit_source(i, source);
        table_add(t, row);
    }
}

static void fill_hypercalls(struct table *t, const struct config *c)
{
    char number[16], source[TEXT_BYTES];

    (void)c;
    for (int id = 0; id < HYPERCALL_COUNT; id++) {
        const struct counter_info *i =
            counter_info(counter_of_hypercall((enum hypercall)id));
        const char *row[] = {after_dot(i->name), number, i->sentence, i->name,
                             source};

        snprintf(number, sizeof number, "%u", i->number);
        hypercall_source(i, source);
        table_add(t, row);
    }
}

static void fill_events(struct table *t, const struct config *c)
{
    (void)c;
    for (int id = 0; id < TRACE_COUNT; id++) {
        const struct trace_info *i = trace_info((enum trace_kind)id);
        const char *row[] = {i->name, i->category, i->sentence,
                             "recorded by the simulator: sim/record/trace.def"};

        table_add(t, row);
    }
}

const struct topic topic_counters = {
    .name = "counters",
    .singular = "counter",
    .sentence = "what is counted, per vCPU",
    .columns = {"name", "unit", "meaning", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_counters,
};

const struct topic topic_ledger = {
    .name = "ledger",
    .singular = "ledger row",
    .sentence = "where every simulated cycle goes",
    .columns = {"name", "meaning", "cost parameter", "source"},
    .listed = 2,
    .sentence_column = 1,
    .fill = fill_ledger,
};

const struct topic topic_exits = {
    .name = "exits",
    .singular = "exit",
    .sentence = "why a guest leaves for the hypervisor",
    .columns = {"name", "number", "meaning", "counter", "ledger row",
                "cost parameter", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_exits,
};

const struct topic topic_hypercalls = {
    .name = "hypercalls",
    .singular = "hypercall",
    .sentence = "Xen's hypercalls that a pv guest may make",
    .columns = {"name", "number", "meaning", "counter", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_hypercalls,
};

const struct topic topic_events = {
    .name = "events",
    .singular = "trace event",
    .sentence = "what --trace puts on the time line",
    .columns = {"name", "category", "meaning", "source"},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_events,
};
