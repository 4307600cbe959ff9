/*
 * tui_mouse.c - what the mouse does, and the row of views to click on.
 */
#include <string.h>

#include "visualizer/tui.h"

enum {
    WHEEL_ROWS = 3,
    TAB_HEIGHT = 30,
    TAB_WIDTH = 98, /* of a screen with tabs, the least */
};

unsigned tui_tab_rows(const struct tui *t)
{
    return !t->printed && t->height >= TAB_HEIGHT && t->width >= TAB_WIDTH;
}

/* " k name" */
static unsigned tab_width(const struct view *view)
{
    return 3 + (unsigned)strlen(view->name);
}

void tui_draw_tabs(const struct tui *t, const struct pane *p)
{
    unsigned x = 0;

    pane_fill(p, 0, 0, STYLE_PLAIN, ' ');
    for (unsigned i = 0; view_all[i]; i++) {
        pane_printf(p, place(x + 1, 0), STYLE_STRONG, "%c", view_all[i]->key);
        pane_printf(p, place(x + 2, 0),
                    i == t->view ? STYLE_TITLE : STYLE_PLAIN, "%s",
                    view_all[i]->name);
        x += tab_width(view_all[i]);
    }
}

static void click_tab(struct tui *t, unsigned at)
{
    unsigned x = 0;

    for (unsigned i = 0; view_all[i]; i++) {
        x += tab_width(view_all[i]);
        if (at < x) {
            tui_turn_to(t, i);
            return;
        }
    }
}

/* In a list that is chosen from: the row that was clicked on. */
static void choose_row(struct tui *t, const struct grid *frame, unsigned row)
{
    if (!view_all[t->view]->rows)
        return;
    for (unsigned y = 1; y < frame->height; y++)
        if (frame->cells[(size_t)y * frame->width].style == STYLE_CURSOR) {
            tui_scroll(t, (int)row - (int)y);
            return;
        }
}

/* A title turns to the next view; the rest of a frame has what is chosen. */
static void click_frame(struct tui *t, unsigned i)
{
    const struct tui_line *line = &t->lines[i];
    unsigned x = t->screen.click_x - i % 2 * line->width;
    unsigned y = t->screen.click_y - i / 2 * line->height;

    t->focus = i;
    if (y > 0)
        choose_row(t, &line->frame, y);
    else if (x < strlen(view_all[t->view]->title) + 2)
        tui_turn_to(t, view_all[t->view + 1] ? t->view + 1 : 0);
    t->stale = true;
}

static void click(struct tui *t)
{
    unsigned x = t->screen.click_x, y = t->screen.click_y;

    if (tui_tab_rows(t) && y + 2 == t->height) {
        click_tab(t, x);
        return;
    }
    for (unsigned i = 0; i < t->count; i++) {
        const struct tui_line *line = &t->lines[i];

        if (x / line->width == i % 2 && y / line->height == i / 2)
            click_frame(t, i);
    }
}

void tui_take_mouse(struct tui *t, unsigned key)
{
    if (t->prompt)
        return;
    t->status[0] = '\0';
    t->lists_timelines = false;
    if (key == SCREEN_CLICK)
        click(t);
    else
        tui_scroll(t, key == SCREEN_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
}
