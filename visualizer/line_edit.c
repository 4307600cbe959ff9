#include "visualizer/line_edit.h"

#include <stdio.h>
#include <string.h>

#include "visualizer/screen.h"

enum { CTRL = '@' }; /* ^A is 'A' - CTRL */

void line_edit_begin(struct line_edit *l, char prompt)
{
    l->prompt = prompt;
    l->text[0] = l->kept[0] = '\0';
    l->cursor = 0;
    l->at = l->past_count;
}

static unsigned length(const struct line_edit *l)
{
    return (unsigned)strlen(l->text);
}

/* Characters from .. to go. */
static void cut(struct line_edit *l, unsigned from, unsigned to)
{
    memmove(l->text + from, l->text + to, strlen(l->text + to) + 1);
    if (l->cursor > to)
        l->cursor -= to - from;
    else if (l->cursor > from)
        l->cursor = from;
}

static void insert(struct line_edit *l, const char *text)
{
    size_t room = sizeof l->text - 1 - strlen(l->text);
    size_t chars = strlen(text) < room ? strlen(text) : room;
    char *at = l->text + l->cursor;

    memmove(at + chars, at, strlen(at) + 1);
    memcpy(at, text, chars);
    l->cursor += (unsigned)chars;
}

void line_edit_replace(struct line_edit *l, unsigned from, const char *text)
{
    cut(l, from, l->cursor);
    insert(l, text);
}

static unsigned word_begin(const struct line_edit *l)
{
    unsigned at = l->cursor;

    while (at > 0 && l->text[at - 1] == ' ')
        at--;
    while (at > 0 && l->text[at - 1] != ' ')
        at--;
    return at;
}

/* The next line of the same prompt that way; the new one is the last. */
static void travel(struct line_edit *l, int direction)
{
    unsigned at = l->at;

    do {
        if (direction < 0 ? at == 0 : at >= l->past_count)
            return;
        at = direction < 0 ? at - 1 : at + 1;
    } while (at < l->past_count && l->past[at].prompt != l->prompt);
    if (l->at == l->past_count)
        snprintf(l->kept, sizeof l->kept, "%s", l->text);
    l->at = at;
    snprintf(l->text, sizeof l->text, "%s",
             at == l->past_count ? l->kept : l->past[at].text);
    l->cursor = length(l);
}

static bool move_cursor(struct line_edit *l, unsigned key)
{
    if (key == SCREEN_LEFT || key == 'B' - CTRL)
        l->cursor -= l->cursor > 0;
    else if (key == SCREEN_RIGHT || key == 'F' - CTRL)
        l->cursor += l->cursor < length(l);
    else if (key == SCREEN_HOME || key == 'A' - CTRL)
        l->cursor = 0;
    else if (key == SCREEN_END || key == 'E' - CTRL)
        l->cursor = length(l);
    else if (key == SCREEN_UP || key == 'P' - CTRL)
        travel(l, -1);
    else if (key == SCREEN_DOWN || key == 'N' - CTRL)
        travel(l, 1);
    else
        return false;
    return true;
}

static bool erase(struct line_edit *l, unsigned key)
{
    if (key == SCREEN_BACKSPACE && l->cursor > 0)
        cut(l, l->cursor - 1, l->cursor);
    else if (key == SCREEN_DELETE || key == 'D' - CTRL)
        cut(l, l->cursor, l->cursor + (l->cursor < length(l)));
    else if (key == 'U' - CTRL)
        cut(l, 0, l->cursor);
    else if (key == 'K' - CTRL)
        cut(l, l->cursor, length(l));
    else if (key == 'W' - CTRL)
        cut(l, word_begin(l), l->cursor);
    else
        return false;
    return true;
}

bool line_edit_key(struct line_edit *l, unsigned key)
{
    if (key >= ' ' && key < 0x7f) {
        insert(l, (const char[]){(char)key, '\0'});
        return true;
    }
    return move_cursor(l, key) || erase(l, key);
}

void line_edit_keep(struct line_edit *l)
{
    const struct line_past *last =
        l->past_count ? &l->past[l->past_count - 1] : NULL;

    if (!l->text[0] ||
        (last && last->prompt == l->prompt && strcmp(last->text, l->text) == 0))
        return;
    if (l->past_count == LINE_HISTORY)
        memmove(&l->past[0], &l->past[1], --l->past_count * sizeof *l->past);
    l->past[l->past_count].prompt = l->prompt;
    memcpy(l->past[l->past_count++].text, l->text, sizeof l->text);
}
