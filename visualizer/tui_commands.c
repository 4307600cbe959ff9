/*
 * tui_commands.c - what each command does (tui_commands.h).
 */
#include "visualizer/tui_commands.h"

#include <stdio.h>
#include <string.h>

#include "sim/core/units.h"
#include "sim/machine/suggest.h"

static void go(struct tui *t, const char *text)
{
    struct milestone m;
    struct error e;

    if (milestone_parse(&m, text, &e) != STATUS_OK)
        tui_say(t, "a cycle, 20ms, begin, user, end, or COUNTER:N");
    else if (tui_counts(t, &m))
        tui_move(t, SEAT_REACH, &m);
}

/* "page_copy", "page_copy+0x7". */
static bool find_symbol(const struct tui *t, const char *text,
                        uint64_t *address)
{
    const char *plus = strchr(text, '+');
    size_t chars = plus ? (size_t)(plus - text) : strlen(text);
    char name[LINE_BYTES];
    uint64_t offset = 0;
    struct error e;

    if (chars >= sizeof name ||
        (plus && units_parse(plus + 1, "offset", &offset, &e) != STATUS_OK))
        return false;
    memcpy(name, text, chars);
    name[chars] = '\0';
    if (!symbols_find(&t->symbols, name, address))
        return false;
    *address += offset;
    return true;
}

bool tui_parse_address(struct tui *t, const char *text, uint64_t *address)
{
    struct error e;

    if (find_symbol(t, text, address) ||
        units_parse(text, "address", address, &e) == STATUS_OK)
        return true;
    tui_say(t, "%.60s: no address, and no name that is known", text);
    return false;
}

static void look_at(struct tui *t, const char *text)
{
    t->look.has_address =
        text[0] && tui_parse_address(t, text, &t->look.address);
    if (!text[0])
        tui_say(t, "the next instruction again");
}

/* Of the walk that is shown, only its first steps. */
static void show_steps(struct tui *t, const char *text)
{
    struct error e;
    uint64_t steps;

    if (units_parse(text, "steps", &steps, &e) == STATUS_OK)
        t->look.steps =
            steps < LOOK_ALL_STEPS ? (unsigned)steps : LOOK_ALL_STEPS;
    else
        tui_say(t, "%s", e.text);
    t->stale = true;
}

static void filter(struct tui *t, const char *text)
{
    snprintf(t->look.filter, sizeof t->look.filter, "%.*s",
             LOOK_FILTER_BYTES - 1, text);
    t->look.top = 0;
}

static void pin(struct tui *t, const char *name)
{
    enum counter counter = counter_find(name);

    if (counter == COUNTER_COUNT)
        tui_say(t, "no counter '%.40s'", name);
    else if (look_is_pinned(&t->look, counter))
        tui_say(t, "%s is on top already", name);
    else if (!look_pin(&t->look, counter))
        tui_say(t, "%d counters are all that can be pinned; :unpin", LOOK_PINS);
}

/* That one, or all. */
static void unpin(struct tui *t, const char *name)
{
    enum counter counter = counter_find(name);

    if (!name[0])
        memset(t->look.pins, 0, sizeof t->look.pins);
    else if (counter == COUNTER_COUNT || !look_is_pinned(&t->look, counter))
        tui_say(t, "%.40s is not pinned", name);
    else
        look_pin(&t->look, counter);
}

static void turn_to(struct tui *t, const char *name)
{
    for (unsigned i = 0; view_all[i]; i++)
        if (strcmp(view_all[i]->name, name) == 0) {
            tui_turn_to(t, i);
            return;
        }
    tui_say(t, "no view '%.30s'", name);
}

static void turn_to_part(struct tui *t, const char *name)
{
    t->look.top = 0;
    if (!view_find_part(view_all[t->view], name, &t->look.part))
        tui_say(t, "this view has no part '%.30s'", name);
}

static void leave(struct tui *t, const char *text)
{
    (void)text;
    t->quit = true;
}

static void use_palette(struct tui *t, const char *name)
{
    enum screen_palette palette;

    if (!screen_find_palette(name, &palette)) {
        tui_say(t, "no palette '%.20s': auto, mono, 8, 16 or 256", name);
        return;
    }
    screen_set_palette(&t->screen, palette);
    screen_redraw();
    tui_say(t, "palette %s", screen_palette_names[t->screen.palette]);
}

static void use_mouse(struct tui *t, const char *text)
{
    bool on = strcmp(text, "on") == 0;

    if (!on && strcmp(text, "off") != 0) {
        tui_say(t, "mouse: on or off");
        return;
    }
    screen_set_mouse(on);
    tui_say(t, on ? "the mouse is ours" : "the mouse is the terminal's");
}

static void help(struct tui *t, const char *text)
{
    (void)text;
    tui_help_commands(t);
}

/* Where a name is cut short, the first one counts. */
const struct command_line command_all[] = {
    {"address", "ADDRESS|SYMBOL", ARGUMENT_PLACE, look_at,
     "look at a linear address (a)"},
    {"back", "COUNTER|ENTRY", ARGUMENT_EVENT, tui_back_to,
     "to the last time it grew; pte: was written"},
    {"break", "PLACE|COUNTER[>=N]", ARGUMENT_BREAK, tui_add_break,
     "an address, symbol or counter (b)"},
    {"breaks", "", ARGUMENT_NONE, tui_list_stops, "what is watched"},
    {"cause", "", ARGUMENT_NONE, tui_find_cause,
     "back to why the walk was necessary"},
    {"delete", "[N]", ARGUMENT_TEXT, tui_delete_stops,
     "breakpoint N of :breaks, or all"},
    {"digest", "", ARGUMENT_NONE, tui_tell_digest,
     "of memory and registers: the same moment, the same"},
    {"drop", "N", ARGUMENT_TIMELINE, tui_drop_timeline, "a timeline ends"},
    {"filter", "TEXT", ARGUMENT_TEXT, filter, "of lists: such names only (/)"},
    {"go", "MOMENT", ARGUMENT_MOMENT, go,
     "to a cycle, begin, user, end, COUNTER:N (g)"},
    {"help", "", ARGUMENT_NONE, help, "this list"},
    {"mark", "[NAME]", ARGUMENT_TEXT, tui_set_mark, "remember this moment"},
    {"marks", "", ARGUMENT_NONE, tui_list_marks, "what is remembered"},
    {"mouse", "on|off", ARGUMENT_WORD, use_mouse,
     "off: the terminal marks and copies text"},
    {"next", "COUNTER", ARGUMENT_EVENT, tui_next_of,
     "to the next time it grows"},
    {"only", "[N]", ARGUMENT_TIMELINE, tui_only,
     "one timeline alone on the screen"},
    {"palette", "auto|mono|8|16|256", ARGUMENT_WORD, use_palette, "colours"},
    {"part", "PART", ARGUMENT_PART, turn_to_part, "of this view (t)"},
    {"pin", "COUNTER", ARGUMENT_COUNTER, pin,
     "it stays on top of Counters (P)"},
    {"quit", "", ARGUMENT_NONE, leave, "leave (q)"},
    {"save", "FILE", ARGUMENT_TEXT, tui_save,
     "the screen: .txt, .ans, .svg (s)"},
    {"set", "PARAMETER VALUE", ARGUMENT_PARAM, tui_set_param,
     "what if: anew from power-on to here, with it"},
    {"steps", "N", ARGUMENT_TEXT, show_steps, "of a walk: its first ones"},
    {"timeline", "N", ARGUMENT_TIMELINE, tui_turn_timeline,
     "turn to another one, as it was left"},
    {"timelines", "", ARGUMENT_NONE, tui_list_timelines,
     "those of :set: what was set, how far they are"},
    {"to", "NAME", ARGUMENT_TEXT, tui_go_to_mark,
     "a moment that was marked (')"},
    {"unpin", "[COUNTER]", ARGUMENT_COUNTER, unpin, "that one, or all"},
    {"versus", "[N]", ARGUMENT_TIMELINE, tui_versus,
     "another timeline beside this one, in step"},
    {"view", "VIEW", ARGUMENT_VIEW, turn_to, "turn to a view"},
    {"watch", "[gpa:|hpa:]PLACE", ARGUMENT_PLACE, tui_add_watch,
     "stop at writes to 8 bytes there"},
    {NULL, NULL, ARGUMENT_NONE, NULL, NULL},
};

const struct command_line *command_find_line(const char *line)
{
    size_t chars = strcspn(line, " ");
    const struct command_line *first = NULL;

    for (const struct command_line *c = command_all; chars && c->name; c++)
        if (strncmp(c->name, line, chars) == 0) {
            if (c->name[chars] == '\0')
                return c;
            first = first ? first : c;
        }
    return first;
}

const struct command_line *command_of_prompt(char prompt)
{
    static const struct {
        char prompt;
        const char *command;
    } prompts[] = {{'g', "go"},  {'a', "address"}, {'b', "break"},
                   {'\'', "to"}, {'/', "filter"},  {'s', "save"}};

    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++)
        if (prompts[i].prompt == prompt)
            return command_find_line(prompts[i].command);
    return NULL;
}

/* The machines are stopped for what needs them to stand. */
static void postpone(struct tui *t, const char *line)
{
    snprintf(t->later, sizeof t->later, "%s", line);
    t->runs = false;
    t->stale = true;
}

static bool needs_stand(const struct command_line *c)
{
    return c->argument == ARGUMENT_PARAM || c->argument == ARGUMENT_TIMELINE;
}

static void say_unknown(struct tui *t, const char *line)
{
    struct suggestion near = {0};
    char word[31], text[60];

    snprintf(word, sizeof word, "%.*s", (int)strcspn(line, " "), line);
    for (const struct command_line *c = command_all; c->name; c++)
        suggest_offer(&near, word, c->name);
    suggest_text(&near, text, sizeof text);
    tui_say(t, "no command '%s'%s", word,
            text[0] ? text : "; :help lists them");
}

void tui_command(struct tui *t, const char *line)
{
    const struct command_line *c = command_find_line(line);
    const char *argument = line + strcspn(line, " ");
    char text[LINE_BYTES];

    if (tui_repeat(t, line))
        return;
    snprintf(text, sizeof text, "%s", argument + strspn(argument, " "));
    for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
        text[n - 1] = '\0';
    if (!c)
        say_unknown(t, line);
    else if (needs_stand(c) && !tui_stands(t))
        postpone(t, line);
    else
        c->act(t, text);
}

void tui_do_later(struct tui *t)
{
    char line[LINE_BYTES];

    memcpy(line, t->later, sizeof line);
    t->later[0] = '\0';
    tui_command(t, line);
    t->stale = true; /* what it said is not on the screen yet */
}
