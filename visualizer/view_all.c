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

static void fill_topic(struct table *t, const struct config *c)
{
    (void)c;
    for (const struct view *const *v = view_all; *v; v++) {
        const char key[2] = {(*v)->key, '\0'};
        char file[64], help[HELP_BYTES];

        snprintf(file, sizeof file, "visualizer/view_%s.c", (*v)->name);
        table_add(t, (const char *const[]){(*v)->name, key, (*v)->sentence,
                                           flat((*v)->help, help, sizeof help),
                                           file});
    }
}

const struct topic topic_views = {
    .name = "views",
    .singular = "view",
    .sentence = "what `ringside show` prints and `ringside tui` shows",
    .columns = {"name", "key", "what is seen", "what it means, what to try",
                "source", NULL},
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

void view_draw(const struct view *view, const struct scene *s, struct grid *g)
{
    const struct machine *m = s->run->machine;
    const struct pane all = grid_pane(g), body = pane_below(&all, 1);
    char cycles[32], instructions[32], right[128];
    int chars;

    grid_clear(g);
    pane_fill(&all, 0, 0, STYLE_TITLE, ' ');
    pane_printf(&all, place(1, 0), STYLE_TITLE, "%s", view->title);
    format_count(cpu_now(scene_pcpu(s)->cpu), cycles, sizeof cycles);
    format_count(run_instructions(s->run), instructions, sizeof instructions);
    chars = snprintf(right, sizeof right, "%s  %scycle %s  instruction %s",
                     m->vms[0]->technique->name,
                     s->run->measuring ? "" : "boot  ", cycles, instructions);
    if (chars > 0 && (unsigned)chars + 1 < all.width)
        pane_put(&all, place(all.width - (unsigned)chars - 1, 0), STYLE_TITLE,
                 right);
    view->draw(s, &body);
}
