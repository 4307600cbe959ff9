/*
 * tui_help.c - what is seen and what to try; then the keys; then the commands.
 */
#include <stdio.h>

#include "visualizer/keys.h"
#include "visualizer/tui_commands.h"

/* Columns of rows, filled one after the other; what fills a page goes on on
   the next. */
struct list {
    const struct pane *pane;
    unsigned least_width, name_width; /* of a column, of what is on its left */
    unsigned entries;                 /* all that will be put */
    unsigned page; /* the one that is drawn; 0 is the first */
    unsigned count;
};

enum { PAGE_VIEW = 1, PAGE_KEYS = 2 };

/* Of a column, and of what is on its left: two of keys in 80. */
enum {
    KEYS_WIDTH = 39,
    KEY_WIDTH = 7,
    COMMANDS_WIDTH = 78,
    COMMAND_WIDTH = 28
};

/* The last row says what ? turns to. */
static unsigned rows(const struct list *l)
{
    return l->pane->height > 1 ? l->pane->height - 1 : 1;
}

/* As few as hold all of it: the wider they are. */
static unsigned columns(const struct list *l)
{
    unsigned most = l->pane->width / l->least_width;
    unsigned enough = (l->entries + rows(l) - 1) / rows(l);

    most = most < enough ? most : enough;
    return most > 0 ? most : 1;
}

static void put(struct list *l, enum style style, const char *name,
                const char *text)
{
    unsigned room = rows(l) * columns(l), at = l->count % room;
    unsigned page = l->count++ / room;

    if (page == l->page) {
        unsigned width = l->pane->width / columns(l);
        const struct pane cell = pane_part(l->pane, at / rows(l) * width,
                                           at % rows(l), width - 1, 1);

        pane_put(&cell, place(0, 0), STYLE_STRONG, name);
        pane_put(&cell, place(l->name_width, 0), style, text);
    }
}

static unsigned pages(const struct list *l)
{
    unsigned room = rows(l) * columns(l);

    return (l->count + room - 1) / room;
}

static unsigned count_keys(void)
{
    unsigned n = 0;

    for (unsigned i = 0; view_all[i]; i++)
        n++;
    for (const struct key_info *k = key_all; k->name; k++)
        n += k->sentence != NULL;
    return n;
}

/* Draws one of their pages; returns how many there are. */
static unsigned draw_keys(const struct pane *p, unsigned page)
{
    struct list list = {p, KEYS_WIDTH, KEY_WIDTH, count_keys(), page, 0};

    for (unsigned i = 0; view_all[i]; i++) {
        const char key[2] = {view_all[i]->key, '\0'};

        put(&list, STYLE_GUEST, key, view_all[i]->title);
    }
    for (const struct key_info *k = key_all; k->name; k++)
        if (k->sentence)
            put(&list, STYLE_PLAIN, k->name, k->sentence);
    return pages(&list);
}

static unsigned count_commands(void)
{
    unsigned n = 0;

    while (command_all[n].name)
        n++;
    return n;
}

static unsigned draw_commands(const struct pane *p, unsigned page)
{
    struct list list = {
        p, COMMANDS_WIDTH, COMMAND_WIDTH, count_commands(), page, 0};

    for (const struct command_line *c = command_all; c->name; c++) {
        char text[LINE_BYTES];

        snprintf(text, sizeof text, ":%s %s", c->name, c->form);
        put(&list, STYLE_PLAIN, text, c->sentence);
    }
    return pages(&list);
}

static void draw_view_help(const struct view *view, const struct pane *p)
{
    unsigned y = pane_wrap(p, 0, STYLE_STRONG, view->sentence) + 1;

    pane_wrap(p, y, STYLE_PLAIN, view->help);
}

/* With a pane of nothing it draws nothing. */
static unsigned page_count(const struct pane *p, unsigned *commands)
{
    unsigned none = UINT32_MAX;

    *commands = PAGE_KEYS + draw_keys(p, none);
    return *commands + draw_commands(p, none) - 1;
}

/* Between the title and the last row, or the tabs. */
unsigned tui_help_rows(const struct tui *t)
{
    unsigned others = 2 + tui_tab_rows(t);

    return t->height > others ? t->height - others : 1;
}

static struct pane help_pane(const struct tui *t)
{
    return (struct pane){NULL, 0, 0, t->width > 2 ? t->width - 2 : 1,
                         tui_help_rows(t)};
}

void tui_draw_help(const struct tui *t, const struct pane *p)
{
    const struct pane part = pane_part(p, 1, 0, p->width - 2, p->height);
    unsigned commands, last = page_count(&part, &commands);

    if (part.height == 0 || part.width < 3)
        return;
    if (t->help == PAGE_VIEW)
        draw_view_help(view_all[t->view], &part);
    else if (t->help < commands)
        draw_keys(&part, t->help - PAGE_KEYS);
    else
        draw_commands(&part, t->help - commands);
    pane_printf(&part, place(0, part.height - 1), STYLE_DIM,
                "page %u of %u; ? again: %s", t->help, last,
                t->help == PAGE_VIEW      ? "the keys"
                : t->help + 1 < commands  ? "more keys"
                : t->help + 1 == commands ? "commands"
                : t->help < last          ? "more commands"
                                          : "back to the view");
}

void tui_turn_help(struct tui *t)
{
    const struct pane p = help_pane(t);
    unsigned commands;

    t->help = t->help < page_count(&p, &commands) ? t->help + 1 : 0;
}

void tui_help_commands(struct tui *t)
{
    const struct pane p = help_pane(t);

    page_count(&p, &t->help);
}
