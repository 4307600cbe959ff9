/*
 * tui_prompt.c - the line at the bottom: what is typed there, and where.
 */
#include <string.h>

#include "visualizer/tui_commands.h"

enum { KEY_ENTER = '\r', KEY_ESCAPE = 27, KEY_TAB = '\t', KEY_INTERRUPT = 3 };

void tui_open_prompt(struct tui *t, char what)
{
    t->prompt = what;
    t->lists = false;
    line_edit_begin(&t->line, what);
}

static void enter(struct tui *t)
{
    const struct command_line *c = command_of_prompt(t->prompt);
    char text[LINE_BYTES];

    line_edit_keep(&t->line);
    memcpy(text, t->line.text, sizeof text);
    t->prompt = 0;
    t->stale = true;
    if (c)
        c->act(t, text);
    else
        tui_command(t, text + strspn(text, " "));
}

void tui_prompt_key(struct tui *t, unsigned key)
{
    bool lists = t->lists;

    t->lists = false;
    if (key == KEY_ENTER || key == '\n')
        enter(t);
    else if (key == KEY_ESCAPE || key == KEY_INTERRUPT)
        t->prompt = 0;
    else if (key == SCREEN_BACKSPACE && !t->line.text[0])
        t->prompt = 0;
    else if (key == KEY_TAB)
        t->lists = tui_complete(t);
    else if (!line_edit_key(&t->line, key))
        t->lists = lists;
}

static const char *prompt_text(char prompt)
{
    switch (prompt) {
    case 'g':
        return "go to: ";
    case 'a':
        return "address: ";
    case 'b':
        return "break at: ";
    case 's':
        return "save as: ";
    case '\'':
        return "to the mark: ";
    case '/':
        return "/";
    default:
        return ":";
    }
}

/* The cursor is the one cell that is not reversed. */
void tui_draw_prompt(const struct tui *t, const struct pane *p)
{
    unsigned x = pane_put(p, place(1, 0), STYLE_TITLE, prompt_text(t->prompt));
    const struct line_edit *l = &t->line;
    unsigned room = p->width > x + 2 ? p->width - x - 2 : 1;
    unsigned from = l->cursor < room ? 0 : l->cursor - room + 1;
    const char under[2] = {l->text[l->cursor] ? l->text[l->cursor] : '_', 0};

    pane_printf(p, place(x, 0), STYLE_TITLE, "%.*s", (int)room, l->text + from);
    pane_put(p, place(x + l->cursor - from, 0), STYLE_PLAIN, under);
}
