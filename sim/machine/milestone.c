#include "sim/machine/milestone.h"

#include <string.h>

#include "sim/core/macros.h"
#include "sim/core/units.h"

void moment_take(struct moment *now, const struct run *r)
{
    const struct machine *m = r->machine;

    memset(now, 0, sizeof *now);
    now->measuring = r->measuring;
    now->khz = m->config->cpu.tsc_khz;
    now->instructions = now->position = run_instructions(r);
    for (unsigned i = 0; i < m->pcpu_count; i++) {
        const struct pcpu *p = &m->pcpus[i];

        if (cpu_now(p->cpu) > now->cycles)
            now->cycles = cpu_now(p->cpu);
        counters_join(&now->counters, &p->vcpu->counters);
    }
    if (!r->measuring)
        return;
    now->boot_instructions = r->boot_end.retired;
    now->boot_cycles = r->boot_end_cycle;
    now->boot_counters = r->boot_end.counters;
}

static uint64_t ns_of(const struct moment *m, uint64_t cycles)
{
    return m->khz ? sched_cycles_ns(cycles, m->khz) : 0;
}

uint64_t milestone_figure(const struct milestone *m, const struct moment *then)
{
    uint64_t total = 0, boot = 0;

    switch (m->figure) {
    case FIGURE_STEPS:
    case FIGURE_DECISIONS:
    case FIGURE_SWITCHES:
    case FIGURE_MIGRATIONS:
    case FIGURE_LOCK_HOLDERS:
    case FIGURE_COUNT:
        return then->host[m->figure];
    case FIGURE_NS:
        total = ns_of(then, then->cycles);
        boot = ns_of(then, then->boot_cycles);
        break;
    case FIGURE_INSTRUCTIONS:
        total = then->instructions;
        boot = then->boot_instructions;
        break;
    case FIGURE_CYCLES:
        total = then->cycles;
        boot = then->boot_cycles;
        break;
    case FIGURE_COUNTER:
        total = then->counters.value[m->counter];
        boot = then->boot_counters.value[m->counter];
        break;
    }
    if (!m->measured)
        return total;
    return then->measuring ? total - boot : 0;
}

bool milestone_reached(const struct milestone *m, const struct moment *then)
{
    return !m->at_end && (!m->measured || then->measuring) &&
           milestone_figure(m, then) >= m->value;
}

static bool is_count(const char *text, uint64_t *value)
{
    struct error e;

    return units_parse(text, "", value, &e) == STATUS_OK;
}

/* Cycles, or a time with its unit: "20ms". */
static bool parse_amount(struct milestone *m, const char *text)
{
    struct error e;
    size_t chars = strlen(text);

    m->figure = FIGURE_CYCLES;
    if (is_count(text, &m->value))
        return true;
    m->figure = FIGURE_NS;
    return chars > 1 && text[chars - 1] == 's' &&
           units_parse_ns(text, "", &m->value, &e) == STATUS_OK;
}

static const struct {
    const char *name;
    enum figure figure;
} figures[] = {
    {"instructions", FIGURE_INSTRUCTIONS},
    {"steps", FIGURE_STEPS},
    {"decisions", FIGURE_DECISIONS},
    {"switches", FIGURE_SWITCHES},
    {"migrations", FIGURE_MIGRATIONS},
    {"lock-holders", FIGURE_LOCK_HOLDERS},
};

bool milestone_find(struct milestone *m, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        if (strcmp(name, figures[i].name) == 0) {
            m->figure = figures[i].figure;
            return true;
        }
    m->figure = FIGURE_COUNTER;
    m->counter = counter_find(name);
    return m->counter != COUNTER_COUNT;
}

const char *milestone_name(const struct milestone *m)
{
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        if (figures[i].figure == m->figure)
            return figures[i].name;
    if (m->figure == FIGURE_COUNTER)
        return counter_info(m->counter)->name;
    return m->figure == FIGURE_NS ? "ns" : "cycles";
}

/* "walk.count:5", "walk.count", "switches:3". */
static bool parse_count(struct milestone *m, const char *text)
{
    const char *colon = strchr(text, ':');
    char name[64];
    size_t chars = colon ? (size_t)(colon - text) : strlen(text);

    if (chars >= sizeof name)
        return false;
    memcpy(name, text, chars);
    name[chars] = '\0';
    m->measured = true;
    m->value = 1;
    if (colon && (!is_count(colon + 1, &m->value) || m->value == 0))
        return false;
    return milestone_find(m, name);
}

enum status milestone_parse(struct milestone *m, const char *text,
                            struct error *e)
{
    *m = (struct milestone){.figure = FIGURE_CYCLES};
    if (strcmp(text, "begin") == 0 || parse_amount(m, text))
        return STATUS_OK;
    *m = (struct milestone){.figure = FIGURE_CYCLES};
    if (strcmp(text, "end") == 0) {
        m->at_end = true;
        return STATUS_OK;
    }
    if (strncmp(text, "user", 4) == 0 && (text[4] == '+' || text[4] == '\0')) {
        m->measured = true;
        if (text[4] == '\0' || parse_amount(m, text + 5))
            return STATUS_OK;
    } else if (parse_count(m, text)) {
        return STATUS_OK;
    }
    return error_set(e, STATUS_USAGE,
                     "--at %.60s: name a cycle, a time as 20ms, begin, user, "
                     "user+CYCLES, end, instructions:N or COUNTER:N, as "
                     "walk.count:3; `ringside list counters` has their names",
                     text);
}
