/*
 * tui_marks.c - moments to come back to.
 *
 * A mark is a count of instructions, or of a scenario's steps: the same moment
 * whichever way it is reached.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/machine/report.h"
#include "visualizer/tui_commands.h"

static void take_moment(const struct tui *t, struct tui_mark *mark)
{
    for (unsigned i = 0; i < t->count; i++) {
        const struct seat_reply *now = &t->lines[i].now;
        struct milestone *m = &mark->at[i];

        *m = (struct milestone){.figure = FIGURE_INSTRUCTIONS,
                                .value = now->instructions};
        if (t->scenario)
            *m = (struct milestone){.figure = FIGURE_STEPS,
                                    .value = now->host[FIGURE_STEPS]};
    }
}

void tui_leave_trace(struct tui *t)
{
    memcpy(t->came_from.name, "'", 2);
    take_moment(t, &t->came_from);
}

static struct tui_mark *find(struct tui *t, const char *name)
{
    for (unsigned i = 0; i < t->mark_count; i++)
        if (strcmp(t->marks[i].name, name) == 0)
            return &t->marks[i];
    return NULL;
}

/* Without a name: the first letter that is free. */
static void name_mark(struct tui *t, const char *text,
                      char name[static TUI_MARK_BYTES])
{
    snprintf(name, TUI_MARK_BYTES, "%s", text[0] ? text : "a");
    while (!text[0] && name[0] < 'z' && find(t, name))
        name[0]++;
}

void tui_set_mark(struct tui *t, const char *text)
{
    struct tui_mark *mark;
    char name[TUI_MARK_BYTES];

    name_mark(t, text, name);
    mark = find(t, name);
    if (tui_is_moving(t)) {
        tui_say(t, "on the way there is nothing to mark");
    } else if (!mark && t->mark_count == TUI_MARKS) {
        tui_say(t, "%d marks are all there are", TUI_MARKS);
    } else {
        mark = mark ? mark : &t->marks[t->mark_count++];
        memcpy(mark->name, name, sizeof name);
        take_moment(t, mark);
        tui_say(t, "marked: %s; ' and its name come back", name);
    }
}

void tui_go_to_mark(struct tui *t, const char *text)
{
    const struct tui_mark *mark = find(t, text);
    struct tui_mark to;

    if (strcmp(text, "'") == 0)
        text = "";
    if (!text[0])
        mark = &t->came_from;
    if (!mark || !mark->name[0]) {
        tui_say(t,
                text[0] ? "no mark '%.15s': :marks lists them"
                        : "there is no way back yet%s",
                text);
        return;
    }
    if (tui_is_moving(t)) {
        tui_say(t, "it is on the way already: Esc stops");
        return;
    }
    to = *mark;
    tui_leave_trace(t);
    tui_go(t, to.at);
}

void tui_list_marks(struct tui *t, const char *text)
{
    (void)text;
    if (t->mark_count)
        t->list = LIST_MARKS;
    else
        tui_say(t, "no marks: :mark NAME remembers this moment");
}

void tui_draw_marks(const struct tui *t, const struct pane *all)
{
    unsigned rows =
        t->mark_count + 1 < all->height ? t->mark_count + 1 : all->height - 1;
    const struct pane part =
        pane_part(all, 0, all->height - 1 - rows, all->width, rows);

    for (unsigned y = 0; y < rows; y++)
        pane_fill(&part, 0, y, STYLE_PLAIN, ' ');
    pane_put(&part, place(1, 0), STYLE_STRONG,
             "marks; ' and a name goes there, '' back again");
    for (unsigned y = 1; y < rows; y++) {
        const struct tui_mark *mark = &t->marks[y - 1];
        char count[32];

        pane_printf(&part, place(1, y), STYLE_PLAIN, "%-16s %s %s", mark->name,
                    t->scenario ? "step" : "instruction",
                    format_count(mark->at[0].value, count, sizeof count));
    }
}
