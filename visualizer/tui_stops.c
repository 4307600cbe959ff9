/*
 * tui_stops.c - breakpoints and watchpoints.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/core/units.h"
#include "visualizer/tui_commands.h"

enum { STOP_TEXT_BYTES = 120 };

char *tui_place_text(const struct tui *t, uint64_t address,
                     char text[static TUI_PLACE_BYTES])
{
    const struct symbol *symbol = symbols_at(&t->symbols, address);

    if (!symbol)
        snprintf(text, TUI_PLACE_BYTES, "0x%" PRIx64, address);
    else if (symbol->value == address)
        snprintf(text, TUI_PLACE_BYTES, "%.60s", symbol->name);
    else
        snprintf(text, TUI_PLACE_BYTES, "%.50s+0x%" PRIx64, symbol->name,
                 address - symbol->value);
    return text;
}

/* How many of a kind there are in a request, and what they are called. */
struct stop_limit {
    unsigned most;
    const char *name;
};

static const struct stop_limit limits[] = {
    [TUI_STOP_BREAK] = {CPU_STOPS_MAX, "breakpoints"},
    [TUI_STOP_WATCH] = {CPU_WATCHES_MAX, "watchpoints"},
    [TUI_STOP_CELL] = {CPU_CELLS_MAX, "watchpoints of gpa and hpa"},
    [TUI_STOP_COUNTER] = {DEBUGGER_TRIPS, "counters"},
};

static void name_counter(const struct tui_stop *stop, char *text)
{
    const struct milestone m = debugger_trip_milestone(&stop->trip);

    if (m.measured)
        snprintf(text, STOP_TEXT_BYTES, "break at %s >= %" PRIu64,
                 milestone_name(&m), m.value);
    else
        snprintf(text, STOP_TEXT_BYTES, "break when %s grows",
                 milestone_name(&m));
}

static char *name_stop(const struct tui *t, const struct tui_stop *stop,
                       char text[static STOP_TEXT_BYTES])
{
    char place[TUI_PLACE_BYTES];

    switch (stop->kind) {
    case TUI_STOP_BREAK:
        snprintf(text, STOP_TEXT_BYTES, "break at 0x%" PRIx64 " %s", stop->at,
                 tui_place_text(t, stop->at, place));
        break;
    case TUI_STOP_WATCH:
        snprintf(text, STOP_TEXT_BYTES, "watch of gva 0x%" PRIx64 " %s",
                 stop->at, tui_place_text(t, stop->at, place));
        break;
    case TUI_STOP_CELL:
        snprintf(text, STOP_TEXT_BYTES, "watch of %s 0x%" PRIx64,
                 stop->guest ? "gpa" : "hpa", stop->at);
        break;
    case TUI_STOP_COUNTER:
        name_counter(stop, text);
        break;
    }
    return text;
}

const struct tui_stop *tui_stop_of(const struct tui *t, enum tui_stop_kind kind,
                                   unsigned n)
{
    for (unsigned i = 0; i < t->stop_count; i++)
        if (t->stops[i].kind == kind && n-- == 0)
            return &t->stops[i];
    return NULL;
}

void tui_fill_stops(const struct tui *t, struct seat_request *q)
{
    struct cpu_stops *s = &q->stops;

    for (unsigned i = 0; i < t->stop_count; i++) {
        const struct tui_stop *stop = &t->stops[i];

        switch (stop->kind) {
        case TUI_STOP_BREAK:
            s->at[s->count++] = gva(stop->at);
            break;
        case TUI_STOP_WATCH:
            s->watch[s->watch_count++] =
                (struct cpu_watch){gva(stop->at), 8, CPU_WATCH_WRITE};
            break;
        case TUI_STOP_CELL:
            q->guest_cells |= (uint32_t)stop->guest << s->cell_count;
            s->cell[s->cell_count++] = (struct cpu_cell){.at = hpa(stop->at)};
            break;
        case TUI_STOP_COUNTER:
            q->trips.trip[q->trips.count++] = stop->trip;
            break;
        }
    }
}

/* Numbers are not given again, so that one that was read stays true. */
static void add_stop(struct tui *t, const struct tui_stop *stop)
{
    const struct stop_limit *limit = &limits[stop->kind];
    char name[STOP_TEXT_BYTES];
    struct tui_stop *added;

    if (tui_stop_of(t, stop->kind, limit->most - 1)) {
        tui_say(t, "%u %s are all there are; :delete", limit->most,
                limit->name);
        return;
    }
    added = &t->stops[t->stop_count++];
    *added = *stop;
    added->number = ++t->stop_numbers;
    tui_say(t, "%u: %s", added->number, name_stop(t, added, name));
}

/* "COUNTER", "COUNTER>=N"; false: nothing of that name is counted. */
static bool parse_trip(const char *text, struct debugger_trip *trip)
{
    const char *sign = strstr(text, ">=");
    size_t chars = sign ? (size_t)(sign - text) : strlen(text);
    struct milestone m = {.value = 0};
    char name[64];
    struct error e;

    if (chars >= sizeof name)
        return false;
    memcpy(name, text, chars);
    name[chars] = '\0';
    while (chars > 0 && name[chars - 1] == ' ')
        name[--chars] = '\0';
    if (!milestone_find(&m, name))
        return false;
    *trip = (struct debugger_trip){.figure = m.figure, .counter = m.counter};
    return !sign || (units_parse(sign + 2 + strspn(sign + 2, " "), "count",
                                 &trip->value, &e) == STATUS_OK &&
                     trip->value > 0);
}

/* Addresses are those of one machine. */
static bool has_addresses(struct tui *t)
{
    if (t->scenario)
        tui_say(t, "a scenario stops at what is counted: :break switches, "
                   "lock-holders>=3");
    return !t->scenario;
}

void tui_add_break(struct tui *t, const char *text)
{
    struct tui_stop stop = {.kind = TUI_STOP_COUNTER};

    if (parse_trip(text, &stop.trip)) {
        const struct milestone m = debugger_trip_milestone(&stop.trip);

        if (tui_counts(t, &m))
            add_stop(t, &stop);
        return;
    }
    stop.kind = TUI_STOP_BREAK;
    if (has_addresses(t) && tui_parse_address(t, text, &stop.at))
        add_stop(t, &stop);
}

/* Eight bytes of physical memory, whoever writes them. */
static void watch_cell(struct tui *t, const char *text, bool guest)
{
    struct tui_stop stop = {.kind = TUI_STOP_CELL, .guest = guest};
    struct error e;

    if (units_parse(text, "address", &stop.at, &e) != STATUS_OK)
        tui_say(t, "%s", e.text);
    else if (stop.at % 8 != 0)
        tui_say(t, "8 bytes at a multiple of 8 are watched");
    else
        add_stop(t, &stop);
}

void tui_add_watch(struct tui *t, const char *text)
{
    struct tui_stop stop = {.kind = TUI_STOP_WATCH};

    if (!has_addresses(t))
        return;
    if (strncmp(text, "gpa:", 4) == 0 || strncmp(text, "hpa:", 4) == 0)
        watch_cell(t, text + 4, text[0] == 'g');
    else if (tui_parse_address(t, text, &stop.at))
        add_stop(t, &stop);
}

/* stop_count: there is none of that number. */
static unsigned find_stop(const struct tui *t, const char *text)
{
    struct error e;
    uint64_t number;
    unsigned i = 0;

    if (units_parse(text, "number", &number, &e) != STATUS_OK)
        return t->stop_count;
    while (i < t->stop_count && t->stops[i].number != number)
        i++;
    return i;
}

static void delete_stop(struct tui *t, unsigned i)
{
    struct tui_stop *stop = &t->stops[i];
    char name[STOP_TEXT_BYTES];

    tui_say(t, "deleted: %s", name_stop(t, stop, name));
    memmove(stop, stop + 1, (--t->stop_count - i) * sizeof *stop);
}

void tui_delete_stops(struct tui *t, const char *text)
{
    unsigned i = find_stop(t, text);

    if (!text[0]) {
        t->stop_count = t->stop_numbers = 0;
        tui_say(t, "no breakpoints, no watchpoints");
    } else if (i == t->stop_count) {
        tui_say(t, "no breakpoint %.20s: :breaks has their numbers", text);
    } else {
        delete_stop(t, i);
    }
}

void tui_list_stops(struct tui *t, const char *text)
{
    (void)text;
    if (t->stop_count)
        t->list = LIST_STOPS;
    else
        tui_say(t, "no breakpoints, no watchpoints");
}

void tui_draw_stops(const struct tui *t, const struct pane *all)
{
    unsigned most = all->height - 1,
             rows = t->stop_count + 1 < most ? t->stop_count + 1 : most;
    struct pane part =
        pane_part(all, 0, all->height - 1 - rows, all->width, rows);
    char name[STOP_TEXT_BYTES];

    for (unsigned y = 0; y < rows; y++)
        pane_fill(&part, 0, y, STYLE_PLAIN, ' ');
    pane_put(&part, place(1, 0), STYLE_STRONG,
             "breakpoints and watchpoints; :delete N takes one away");
    for (unsigned y = 1; y < rows; y++)
        pane_printf(&part, place(1, y), STYLE_PLAIN, "%3u  %s",
                    t->stops[y - 1].number,
                    name_stop(t, &t->stops[y - 1], name));
}
