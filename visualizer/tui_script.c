/*
 * tui_script.c - plays a lecture (script.h).
 */
#include <stdio.h>
#include <string.h>

#include "sim/core/units.h"
#include "visualizer/keys.h"
#include "visualizer/tui.h"

unsigned tui_key_of(const char *name, size_t chars)
{
    if (chars == 1)
        return (unsigned char)*name;
    for (const struct key_info *k = key_all; k->name; k++)
        if (strlen(k->name) == chars && strncmp(k->name, name, chars) == 0)
            return (unsigned)k->key;
    return 0;
}

/* One key of the line is pressed; the others wait for what it does. */
static void press(struct tui *t, const char *keys)
{
    size_t chars = strcspn(keys, " ");
    unsigned key = tui_key_of(keys, chars);

    if (key)
        tui_take_key(t, key);
    else
        tui_say(t, "no key '%.*s'", (int)chars, keys);
    keys += chars + strspn(keys + chars, " ");
    t->keys_left = *keys ? keys : NULL;
}

static void play_line(struct tui *t, const char *line)
{
    const char *rest;
    struct error e;
    uint64_t ms;

    if (script_is(line, "caption", &rest)) {
        snprintf(t->caption, sizeof t->caption, "%s", rest);
    } else if (script_is(line, "wait", &rest)) {
        t->user_waited = true;
    } else if (script_is(line, "key", &rest)) {
        press(t, rest);
    } else if (script_is(line, "pause", &rest)) {
        if (units_parse(rest, "pause", &ms, &e) == STATUS_OK)
            t->pause_ms = tui_now_ms() + ms;
    } else {
        tui_command(t, line + (*line == ':'));
    }
}

bool tui_script_waits(const struct tui *t)
{
    bool more =
        t->script && (t->keys_left || t->script->next < t->script->count);

    return !more || t->user_waited || t->runs || tui_now_ms() < t->pause_ms;
}

bool tui_script_play(struct tui *t)
{
    if (tui_script_waits(t))
        return false;
    if (t->keys_left)
        press(t, t->keys_left);
    else
        play_line(t, t->script->lines[t->script->next++]);
    t->stale = true;
    return true;
}
