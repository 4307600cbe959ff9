/*
 * view_all.c - the views that there are, in the order of their keys.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/machine/catalog.h"
#include "sim/machine/report.h"
#include "sim/machine/scenario/scenario_host.h"
#include "visualizer/tui_commands.h"
#include "visualizer/view.h"

extern const struct view view_overview, view_walk, view_translate, view_tlb;
extern const struct view view_memory, view_tree, view_exits, view_cpu;
extern const struct view view_ledger, view_counters, view_scheduler;

enum { HELP_BYTES = 2000 };

const struct view *const view_all[] = {
    &view_overview, &view_walk,   &view_translate, &view_tlb,
    &view_memory,   &view_tree,   &view_exits,     &view_scheduler,
    &view_cpu,      &view_ledger, &view_counters,  NULL,
};

/* On one line: whoever prints it breaks it anew. */
static const char *flat(const char *text, char *to, size_t bytes)
{
    snprintf(to, bytes, "%s", text);
    for (char *c = to; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    return to;
}

static const char *join_parts(const struct view *v, char *to, size_t bytes)
{
    size_t used = 0;

    to[0] = '\0';
    for (unsigned i = 0; v->parts && v->parts[i] && used < bytes; i++)
        used += (size_t)snprintf(to + used, bytes - used, "%s%s", i ? ", " : "",
                                 v->parts[i]);
    return to;
}

static void fill_views(struct table *t, const struct config *c)
{
    (void)c;
    for (const struct view *const *v = view_all; *v; v++) {
        const char key[2] = {(*v)->key, '\0'};
        char file[64], parts[200], help[HELP_BYTES];

        snprintf(file, sizeof file, "visualizer/view_%s.c", (*v)->name);
        table_add(t, (const char *const[]){(*v)->name, key, (*v)->sentence,
                                           join_parts(*v, parts, sizeof parts),
                                           flat((*v)->help, help, sizeof help),
                                           file});
    }
}

const struct topic topic_views = {
    .name = "views",
    .singular = "view",
    .sentence = "what `ringside show` prints and `ringside tui` shows",
    .columns = {"name", "key", "what is seen", "parts",
                "what it means, what to try", "source", NULL},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_views,
};

static void fill_commands(struct table *t, const struct config *c)
{
    (void)c;
    for (const struct command_line *one = command_all; one->name; one++)
        table_add(t, (const char *const[]){one->name, one->form, one->sentence,
                                           "docs/seat.md"});
}

const struct topic topic_tui_commands = {
    .name = "tui-commands",
    .singular = "command of the seat",
    .sentence = "what may be typed behind the : of `ringside tui`",
    .columns = {"name", "argument", "what it does", "source", NULL},
    .listed = 3,
    .sentence_column = 2,
    .fill = fill_commands,
};

const struct view *view_find(const char *name)
{
    for (const struct view *const *v = view_all; *v; v++)
        if (strcmp((*v)->name, name) == 0)
            return *v;
    return NULL;
}

static unsigned part_count(const struct view *view)
{
    unsigned count = 0;

    while (view->parts && view->parts[count])
        count++;
    return count;
}

unsigned view_part(const struct view *view, const struct look *look)
{
    unsigned count = part_count(view);

    return count ? look->part % count : 0;
}

bool view_find_part(const struct view *view, const char *name, unsigned *part)
{
    unsigned count = part_count(view);

    for (*part = 0; *part < count; ++*part)
        if (strcmp(view->parts[*part], name) == 0)
            return true;
    return false;
}

enum { WHERES = 3, WHERE_BYTES = 128 };

/* Where one machine stands, at length and short. */
static void tell_run(const struct scene *s, char text[WHERES][WHERE_BYTES])
{
    const char *technique = s->machine->vms[0]->technique->name;
    const char *boot = s->run->measuring ? "" : "boot  ";
    char cycles[32], instructions[32];

    format_count(cpu_now(scene_pcpu(s)->cpu), cycles, sizeof cycles);
    format_count(run_instructions(s->run), instructions, sizeof instructions);
    snprintf(text[0], WHERE_BYTES, "%s  %scycle %s  instruction %s", technique,
             boot, cycles, instructions);
    snprintf(text[1], WHERE_BYTES, "%s  %scycle %s", technique, boot, cycles);
    snprintf(text[2], WHERE_BYTES, "%s", technique);
}

/* ... and a scenario's host. */
static void tell_host(const struct scene *s, char text[WHERES][WHERE_BYTES])
{
    const struct host *h = &s->host->host;
    const char *policy = h->dispatch.sched.ops->name;
    double ms = (double)h->now_cycle / (double)h->config.khz;
    bool warm = ms * 1000 >= (double)s->host->job->scenario->warmup_us;

    snprintf(text[0], WHERE_BYTES, "%s  %s%.3f ms  step %" PRIu64, policy,
             warm ? "" : "warm-up  ", ms, h->steps);
    snprintf(text[1], WHERE_BYTES, "%s  %.3f ms", policy, ms);
    snprintf(text[2], WHERE_BYTES, "%s", policy);
}

/* As much of it as has room. */
static void draw_where(const struct scene *s, const struct pane *p,
                       unsigned from)
{
    char text[WHERES][WHERE_BYTES];

    if (s->run)
        tell_run(s, text);
    else
        tell_host(s, text);
    for (unsigned i = 0; i < WHERES; i++) {
        unsigned chars = (unsigned)strlen(text[i]);

        if (from + chars + 2 > p->width)
            continue;
        pane_put(p, place(p->width - chars - 1, 0), STYLE_TITLE, text[i]);
        return;
    }
}

/* Modelled guests have no CPU to look into. */
static bool has_cpu(const struct scene *s, const struct pane *p)
{
    const struct pane part = pane_part(p, 1, 1, p->width - 2, p->height - 1);

    if (!s->machine)
        pane_wrap(&part, 0, STYLE_PLAIN,
                  "The guests of this scenario are modelled: there is no CPU "
                  "and no memory to look into. The overview (1) and the "
                  "scheduler (8) show them. A VM of a scenario runs real code "
                  "with kernel = \"minikernel\" (`ringside list keys`).");
    else if (!scene_pcpu(s)->vcpu)
        pane_wrap(&part, 0, STYLE_PLAIN,
                  "No real code has run on this pCPU yet. p looks at the next "
                  "one, space runs.");
    return s->machine && scene_pcpu(s)->vcpu;
}

void view_draw(const struct view *view, const struct scene *s, struct grid *g)
{
    const struct pane all = grid_pane(g), body = pane_below(&all, 1);

    grid_clear(g);
    pane_fill(&all, 0, 0, STYLE_TITLE, ' ');
    draw_where(s, &all,
               pane_printf(&all, place(1, 0), STYLE_TITLE, "%s", view->title));
    if (view->whole_host || has_cpu(s, &body))
        view->draw(s, &body);
}
