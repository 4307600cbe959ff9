/*
 * tui_wish.c - moves that are asked for faster than the machine makes them,
 * or so many times.
 */
#include <stdlib.h>
#include <string.h>

#include "visualizer/tui.h"

static bool same_milestone(const struct milestone *a, const struct milestone *b)
{
    return a->figure == b->figure && a->counter == b->counter &&
           a->measured == b->measured && a->at_end == b->at_end &&
           a->loose == b->loose && a->value == b->value;
}

static bool is_same(const struct tui_wish *a, const struct tui_wish *b)
{
    return a->kind == b->kind && a->act == b->act &&
           a->direction == b->direction &&
           same_milestone(&a->milestone, &b->milestone);
}

bool tui_wish(struct tui *t, const struct tui_wish *wish)
{
    struct tui_wish *last =
        t->wish_count ? &t->wishes[t->wish_count - 1] : NULL;
    unsigned times = t->times ? t->times : 1;

    t->times = 0;
    if (last && is_same(last, wish) && last->times + times <= TUI_MAX_TIMES) {
        last->times += times;
        return true;
    }
    if (t->wish_count == TUI_WISHES) {
        tui_say(t, "too many keys: Esc drops those that wait");
        return false;
    }
    t->wishes[t->wish_count] = *wish;
    t->wishes[t->wish_count++].times = times;
    return true;
}

void tui_grant_wish(struct tui *t)
{
    const struct tui_wish wish = t->wishes[0];

    if (--t->wishes[0].times == 0)
        memmove(t->wishes, t->wishes + 1, --t->wish_count * sizeof *t->wishes);
    switch (wish.kind) {
    case WISH_MOVE:
        tui_move(t, wish.act, &wish.milestone);
        break;
    case WISH_PREVIOUS:
        tui_previous(t, &wish.milestone);
        break;
    case WISH_MICRO:
        tui_micro_step(t, wish.direction);
        break;
    }
}

bool tui_repeat(struct tui *t, const char *line)
{
    char *name;
    unsigned long times = strtoul(line, &name, 10);
    unsigned key;

    if (name == line || *line < '0' || *line > '9')
        return false;
    name += strspn(name, " ");
    key = tui_key_of(name, strlen(name));
    if (key == 0 || times == 0 || times > TUI_MAX_TIMES) {
        tui_say(t, "a number up to %d and a key: :10i", TUI_MAX_TIMES);
        return true;
    }
    t->times = (unsigned)times;
    tui_take_key(t, key);
    t->times = 0; /* if it is no move */
    return true;
}
