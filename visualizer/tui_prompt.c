/*
 * tui_prompt.c - the line at the bottom: moments, addresses, filters, files,
 * commands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/core/units.h"
#include "visualizer/tui.h"

enum { KEY_ENTER = '\r', KEY_ESCAPE = 27, KEY_TAB = '\t' };

static void go(struct tui *t, const char *text)
{
    struct milestone m;
    struct error e;

    if (milestone_parse(&m, text, &e) == STATUS_OK)
        tui_move(t, SEAT_REACH, &m);
    else
        tui_say(t, "a cycle, begin, user, end, or COUNTER:N");
}

/* A number or a name. */
static bool parse_address(struct tui *t, const char *text, uint64_t *address)
{
    struct error e;

    if (symbols_find(&t->symbols, text, address) ||
        units_parse(text, "address", address, &e) == STATUS_OK)
        return true;
    tui_say(t, "%.60s: no address, and no name that is known", text);
    return false;
}

static void look_at(struct tui *t, const char *text)
{
    t->look.has_address = text[0] && parse_address(t, text, &t->look.address);
    if (!text[0])
        tui_say(t, "the next instruction again");
}

static void add_break(struct tui *t, const char *text)
{
    struct cpu_stops *s = &t->stops;
    uint64_t at;

    if (s->count == CPU_STOPS_MAX)
        tui_say(t, "%d breakpoints are all there are; :delete", CPU_STOPS_MAX);
    else if (parse_address(t, text, &at))
        s->at[s->count++] = gva(at);
}

/* Eight bytes at an address. */
static void add_watch(struct tui *t, const char *text)
{
    struct cpu_stops *s = &t->stops;
    uint64_t at;

    if (s->watch_count == CPU_WATCHES_MAX)
        tui_say(t, "%d watchpoints are all there are; :delete",
                CPU_WATCHES_MAX);
    else if (parse_address(t, text, &at))
        s->watch[s->watch_count++] =
            (struct cpu_watch){gva(at), 8, CPU_WATCH_WRITE};
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

static void delete_stops(struct tui *t, const char *text)
{
    (void)text;
    t->stops.count = t->stops.watch_count = 0;
    tui_say(t, "no breakpoints, no watchpoints");
}

static void filter(struct tui *t, const char *text)
{
    snprintf(t->look.filter, sizeof t->look.filter, "%.*s",
             LOOK_FILTER_BYTES - 1, text);
    t->look.top = 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

static void save(struct tui *t, const char *path)
{
    enum grid_format format = ends_with(path, ".svg")   ? GRID_SVG
                              : ends_with(path, ".ans") ? GRID_ANSI
                                                        : GRID_TEXT;
    FILE *out = path[0] ? fopen(path, "wx") : NULL; /* nobody loses a file */

    if (out)
        grid_write(out, &t->lines[0].frame, format, t->screen.ascii);
    if (!out || fclose(out) != 0)
        tui_say(t, "%s: %s", path, path[0] ? strerror(errno) : "no name");
    else
        tui_say(t, "saved as %s", path);
}

static void turn_to(struct tui *t, const char *name)
{
    for (unsigned i = 0; view_all[i]; i++)
        if (strcmp(view_all[i]->name, name) == 0) {
            t->view = i;
            t->look.top = t->look.part = t->look.zoom = 0;
            return;
        }
    tui_say(t, "no view '%.30s'", name);
}

static void leave(struct tui *t, const char *text)
{
    (void)text;
    t->quit = true;
}

static void help(struct tui *t, const char *text);

static const struct command_line {
    const char *name;
    void (*act)(struct tui *t, const char *argument);
} commands[] = {
    {"address", look_at},
    {"break", add_break},
    {"delete", delete_stops},
    {"steps", show_steps},
    {"watch", add_watch},
    {"filter", filter},
    {"go", go},
    {"help", help},
    {"quit", leave},
    {"save", save},
    {"view", turn_to},
};

static void help(struct tui *t, const char *text)
{
    (void)text;
    tui_say(
        t,
        ":address :break :delete :filter :go :quit :save :steps :view :watch");
}

/* The name may be cut short. */
void tui_command(struct tui *t, const char *line)
{
    size_t chars = strcspn(line, " ");
    const char *argument = line + chars + (line[chars] == ' ');

    for (size_t i = 0; chars && i < sizeof commands / sizeof *commands; i++)
        if (strncmp(commands[i].name, line, chars) == 0) {
            commands[i].act(t, argument);
            return;
        }
    tui_say(t, "no command '%.30s'; :help lists them", line);
}

static void complete(struct tui *t)
{
    size_t chars = strlen(t->line);

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strncmp(commands[i].name, t->line, chars) == 0) {
            snprintf(t->line, sizeof t->line, "%s ", commands[i].name);
            return;
        }
}

static void enter(struct tui *t)
{
    char what = t->prompt;

    t->prompt = 0;
    t->stale = true;
    switch (what) {
    case 'g':
        go(t, t->line);
        break;
    case 'a':
        look_at(t, t->line);
        break;
    case 'b':
        add_break(t, t->line);
        break;
    case '/':
        filter(t, t->line);
        break;
    case 's':
        save(t, t->line);
        break;
    default:
        tui_command(t, t->line);
    }
}

void tui_prompt_key(struct tui *t, unsigned key)
{
    size_t chars = strlen(t->line);

    if (key == KEY_ENTER || key == '\n')
        enter(t);
    else if (key == KEY_ESCAPE || key == 3)
        t->prompt = 0;
    else if (key == SCREEN_BACKSPACE && chars > 0)
        t->line[chars - 1] = '\0';
    else if (key == SCREEN_BACKSPACE)
        t->prompt = 0;
    else if (key == KEY_TAB && t->prompt == ':')
        complete(t);
    else if (key >= ' ' && key < 0x7f && chars + 1 < sizeof t->line) {
        t->line[chars] = (char)key;
        t->line[chars + 1] = '\0';
    }
}
