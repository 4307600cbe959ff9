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

/* All of them in one order; false: there are no more. */
static bool name_stop(const struct tui *t, unsigned n, char *text)
{
    const struct cpu_stops *s = &t->stops;
    char place[TUI_PLACE_BYTES];
    struct milestone of;

    if (n < s->count) {
        snprintf(text, STOP_TEXT_BYTES, "break at 0x%" PRIx64 " %s", s->at[n].v,
                 tui_place_text(t, s->at[n].v, place));
        return true;
    }
    n -= s->count;
    if (n < s->watch_count) {
        snprintf(text, STOP_TEXT_BYTES, "watch of gva 0x%" PRIx64 " %s",
                 s->watch[n].at.v, tui_place_text(t, s->watch[n].at.v, place));
        return true;
    }
    n -= s->watch_count;
    if (n < s->cell_count) {
        snprintf(text, STOP_TEXT_BYTES, "watch of %s 0x%" PRIx64,
                 t->guest_cells >> n & 1 ? "gpa" : "hpa", s->cell[n].at.v);
        return true;
    }
    n -= s->cell_count;
    if (n >= t->trips.count)
        return false;
    of = debugger_trip_milestone(&t->trips.trip[n]);
    if (of.measured)
        snprintf(text, STOP_TEXT_BYTES, "break at %s >= %" PRIu64,
                 milestone_name(&of), of.value);
    else
        snprintf(text, STOP_TEXT_BYTES, "break when %s grows",
                 milestone_name(&of));
    return true;
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

/* A new one is there, at an index. */
static void say_added(struct tui *t, unsigned n)
{
    char name[STOP_TEXT_BYTES];

    name_stop(t, n, name);
    tui_say(t, "%u: %s", n + 1, name);
}

static void add_trip(struct tui *t, const struct debugger_trip *trip)
{
    const struct milestone m = debugger_trip_milestone(trip);
    const struct cpu_stops *s = &t->stops;

    if (!tui_counts(t, &m))
        return;
    if (t->trips.count == DEBUGGER_TRIPS) {
        tui_say(t, "%d counters are all there are; :delete", DEBUGGER_TRIPS);
        return;
    }
    t->trips.trip[t->trips.count++] = *trip;
    say_added(t,
              s->count + s->watch_count + s->cell_count + t->trips.count - 1);
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
    struct cpu_stops *s = &t->stops;
    struct debugger_trip trip;
    uint64_t at;

    if (parse_trip(text, &trip)) {
        add_trip(t, &trip);
        return;
    }
    if (!has_addresses(t))
        return;
    if (s->count == CPU_STOPS_MAX)
        tui_say(t, "%d breakpoints are all there are; :delete", CPU_STOPS_MAX);
    else if (tui_parse_address(t, text, &at)) {
        s->at[s->count++] = gva(at);
        say_added(t, s->count - 1);
    }
}

/* Eight bytes of physical memory, whoever writes them. */
static void watch_cell(struct tui *t, const char *text, bool guest)
{
    struct cpu_stops *s = &t->stops;
    struct error e;
    uint64_t at;

    if (s->cell_count == CPU_CELLS_MAX)
        tui_say(t, "%d watchpoints of gpa and hpa are all there are; :delete",
                CPU_CELLS_MAX);
    else if (units_parse(text, "address", &at, &e) != STATUS_OK)
        tui_say(t, "%s", e.text);
    else if (at % 8 != 0)
        tui_say(t, "8 bytes at a multiple of 8 are watched");
    else {
        t->guest_cells &= ~(1u << s->cell_count);
        t->guest_cells |= (uint32_t)guest << s->cell_count;
        s->cell[s->cell_count++] = (struct cpu_cell){.at = hpa(at)};
        say_added(t, s->count + s->watch_count + s->cell_count - 1);
    }
}

void tui_add_watch(struct tui *t, const char *text)
{
    struct cpu_stops *s = &t->stops;
    uint64_t at;

    if (!has_addresses(t))
        return;
    if (strncmp(text, "gpa:", 4) == 0 || strncmp(text, "hpa:", 4) == 0)
        watch_cell(t, text + 4, text[0] == 'g');
    else if (s->watch_count == CPU_WATCHES_MAX)
        tui_say(t, "%d watchpoints are all there are; :delete",
                CPU_WATCHES_MAX);
    else if (tui_parse_address(t, text, &at)) {
        s->watch[s->watch_count++] =
            (struct cpu_watch){gva(at), 8, CPU_WATCH_WRITE};
        say_added(t, s->count + s->watch_count - 1);
    }
}

/* Takes one element of many out. */
static void take_out(void *all, unsigned *count, unsigned n, size_t bytes)
{
    char *at = (char *)all + n * bytes;

    memmove(at, at + bytes, (--*count - n) * bytes);
}

static void delete_stop(struct tui *t, unsigned n)
{
    struct cpu_stops *s = &t->stops;
    uint32_t low;

    if (n < s->count) {
        take_out(s->at, &s->count, n, sizeof *s->at);
        return;
    }
    n -= s->count;
    if (n < s->watch_count) {
        take_out(s->watch, &s->watch_count, n, sizeof *s->watch);
        return;
    }
    n -= s->watch_count;
    if (n < s->cell_count) {
        low = t->guest_cells & ((1u << n) - 1);
        t->guest_cells = (t->guest_cells >> (n + 1) << n) | low;
        take_out(s->cell, &s->cell_count, n, sizeof *s->cell);
        return;
    }
    n -= s->cell_count;
    take_out(t->trips.trip, &t->trips.count, n, sizeof *t->trips.trip);
}

void tui_delete_stops(struct tui *t, const char *text)
{
    char name[STOP_TEXT_BYTES];
    struct error e;
    uint64_t n;

    if (!text[0]) {
        t->stops.count = t->stops.watch_count = t->stops.cell_count = 0;
        t->trips.count = 0;
        tui_say(t, "no breakpoints, no watchpoints");
    } else if (units_parse(text, "number", &n, &e) != STATUS_OK || n == 0 ||
               n > UINT32_MAX || !name_stop(t, (unsigned)n - 1, name)) {
        tui_say(t, "no breakpoint %.20s: :breaks has their numbers", text);
    } else {
        delete_stop(t, (unsigned)n - 1);
        tui_say(t, "deleted: %s", name);
    }
}

void tui_list_stops(struct tui *t, const char *text)
{
    char name[STOP_TEXT_BYTES];

    (void)text;
    if (name_stop(t, 0, name))
        t->list = LIST_STOPS;
    else
        tui_say(t, "no breakpoints, no watchpoints");
}

void tui_draw_stops(const struct tui *t, const struct pane *all)
{
    char name[STOP_TEXT_BYTES];
    unsigned count = 0, rows;
    struct pane part;

    while (name_stop(t, count, name))
        count++;
    rows = count + 1 < all->height ? count + 1 : all->height - 1;
    part = pane_part(all, 0, all->height - 1 - rows, all->width, rows);
    for (unsigned y = 0; y < rows; y++)
        pane_fill(&part, 0, y, STYLE_PLAIN, ' ');
    pane_put(&part, place(1, 0), STYLE_STRONG,
             "breakpoints and watchpoints; :delete N takes one away");
    for (unsigned y = 1; y < rows; y++) {
        name_stop(t, y - 1, name);
        pane_printf(&part, place(1, y), STYLE_PLAIN, "%3u  %s", y, name);
    }
}
