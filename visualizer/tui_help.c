/*
 * tui_help.c - what is seen and what to try; then the keys.
 */
#include "visualizer/keys.h"
#include "visualizer/tui.h"

/* Columns of rows, filled one after the other. */
struct list {
    const struct pane *pane;
    unsigned row, column;
};

enum { COLUMN_WIDTH = 40, NAME_WIDTH = 8 };

static void put(struct list *l, enum style style, const char *name,
                const char *text)
{
    unsigned x = l->column * COLUMN_WIDTH;
    const struct pane cell = pane_part(l->pane, x, l->row, COLUMN_WIDTH - 1, 1);

    pane_put(&cell, place(0, 0), STYLE_STRONG, name);
    pane_put(&cell, place(NAME_WIDTH, 0), style, text);
    if (++l->row == l->pane->height) {
        l->row = 0;
        l->column++;
    }
}

static void draw_keys(const struct pane *p)
{
    struct list list = {p, 0, 0};

    for (unsigned i = 0; view_all[i]; i++) {
        const char key[2] = {view_all[i]->key, '\0'};

        put(&list, STYLE_GUEST, key, view_all[i]->title);
    }
    for (const struct key_info *k = key_all; k->name; k++)
        if (k->sentence)
            put(&list, STYLE_PLAIN, k->name, k->sentence);
}

static void draw_view_help(const struct view *view, const struct pane *p)
{
    unsigned y = pane_wrap(p, 0, STYLE_STRONG, view->sentence) + 1;

    y += pane_wrap(p, y, STYLE_PLAIN, view->help) + 1;
    pane_put(p, place(0, y), STYLE_DIM, "? again: the keys");
}

void tui_draw_help(const struct tui *t, const struct pane *p)
{
    const struct pane part = pane_part(p, 1, 0, p->width - 2, p->height);

    if (t->help == 1)
        draw_view_help(view_all[t->view], &part);
    else
        draw_keys(&part);
}
