/*
 * catalog_sched.c - topics of what schedulers do: the events of their log, and
 * what shows them.
 */
#include <stdint.h>
#include <stdio.h>
#include <xen/trace.h>

#include "sim/core/macros.h"
#include "sim/machine/catalog.h"
#include "sim/record/sched_log.h"

/* What Xen would trace in its place, if it would. */
static const struct {
    const char *name;
    uint32_t number;
} xen_events[SCHED_EVENT_COUNT] = {
    [SCHED_EVENT_START] = {"TRC_SCHED_DOM_ADD", TRC_SCHED_DOM_ADD},
    [SCHED_EVENT_STOP] = {"TRC_SCHED_DOM_REM", TRC_SCHED_DOM_REM},
    [SCHED_EVENT_WAKE] = {"TRC_SCHED_WAKE", TRC_SCHED_WAKE},
    [SCHED_EVENT_RUN] = {"TRC_SCHED_SWITCH_INFNEXT", TRC_SCHED_SWITCH_INFNEXT},
    [SCHED_EVENT_PREEMPT] = {"TRC_SCHED_SWITCH_INFPREV",
                             TRC_SCHED_SWITCH_INFPREV},
    [SCHED_EVENT_YIELD] = {"TRC_SCHED_YIELD", TRC_SCHED_YIELD},
    [SCHED_EVENT_BLOCK] = {"TRC_SCHED_BLOCK", TRC_SCHED_BLOCK},
    [SCHED_EVENT_IDLE] = {"TRC_SCHED_SWITCH", TRC_SCHED_SWITCH},
};

static void fill_sched_events(struct table *t, const struct config *c)
{
    (void)c;
    for (int id = 0; id < SCHED_EVENT_COUNT; id++) {
        enum sched_event_kind kind = (enum sched_event_kind)id;
        char xen[64] = "none of its own";

        if (xen_events[id].name)
            snprintf(xen, sizeof xen, "%s, 0x%05x", xen_events[id].name,
                     (unsigned)xen_events[id].number);
        table_add(t, (const char *[]){sched_event_name(kind),
                                      sched_event_sentence(kind), xen,
                                      "sim/record/sched_log.def; Xen's names: "
                                      "xen/trace.h"});
    }
}

const struct topic topic_sched_events = {
    .name = "sched-events",
    .singular = "scheduler's event",
    .sentence = "what --sched-trace writes of a scenario",
    .columns = {"name", "meaning", "in Xen", "source"},
    .listed = 2,
    .sentence_column = 1,
    .fill = fill_sched_events,
};
