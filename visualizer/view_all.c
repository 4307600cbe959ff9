/*
 * view_all.c - the views that there are, in the order of their keys.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/machine/catalog.h"
#include "sim/machine/report.h"
#include "visualizer/view.h"

extern const struct view view_overview, view_walk, view_translate, view_tlb;
extern const struct view view_memory, view_tree, view_exits, view_cpu;
extern const struct view view_ledger, view_counters;

enum { HELP_BYTES = 2000 };

const struct view *const view_all[] = {
    &view_overview, &view_walk,  &view_translate, &view_tlb,    &view_memory,
    &view_tree,     &view_exits, &view_cpu,       &view_ledger, &view_counters,
    NULL,
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

static void fill_topic(struct table *t, const struct config *c)
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
    .fill = fill_topic,
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

/* Where the machine stands, as much of it as has room. */
static void draw_where(const struct scene *s, const struct pane *p,
                       unsigned from)
{
    const char *technique = s->run->machine->vms[0]->technique->name;
    const char *boot = s->run->measuring ? "" : "boot  ";
    char cycles[32], instructions[32], text[3][128];

    format_count(cpu_now(scene_pcpu(s)->cpu), cycles, sizeof cycles);
    format_count(run_instructions(s->run), instructions, sizeof instructions);
    snprintf(text[0], sizeof text[0], "%s  %scycle %s  instruction %s",
             technique, boot, cycles, instructions);
    snprintf(text[1], sizeof text[1], "%s  %scycle %s", technique, boot,
             cycles);
    snprintf(text[2], sizeof text[2], "%s", technique);
    for (unsigned i = 0; i < 3; i++) {
        unsigned chars = (unsigned)strlen(text[i]);

        if (from + chars + 2 > p->width)
            continue;
        pane_put(p, place(p->width - chars - 1, 0), STYLE_TITLE, text[i]);
        return;
    }
}

void view_draw(const struct view *view, const struct scene *s, struct grid *g)
{
    const struct pane all = grid_pane(g), body = pane_below(&all, 1);

    grid_clear(g);
    pane_fill(&all, 0, 0, STYLE_TITLE, ' ');
    draw_where(s, &all,
               pane_printf(&all, place(1, 0), STYLE_TITLE, "%s", view->title));
    view->draw(s, &body);
}
