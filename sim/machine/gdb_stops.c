/*
 * gdb_stops.c - GDB's packets about breakpoints and watchpoints.
 *
 * Interface  GDB manual, "Packets", z0 to z4.
 * Model      Z0 and Z1 are alike: an address that the CPU looks for.  A
 *            watchpoint covers as many bytes as it likes.
 */
#include <stdlib.h>

#include "sim/machine/gdb_internal.h"

static const char nothing[] = "", full[] = "E1c", malformed[] = "E16";

/* "TYPE,ADDRESS,KIND": the type, '0' to '4', and the range; 0: not that. */
static char parse(const char *args, uint64_t *at, uint64_t *kind)
{
    *at = *kind = 0;
    if (args[0] == '\0' || args[1] != ',')
        return 0;
    gdb_range(args + 2, at, kind);
    return args[0];
}

static enum cpu_watch_kind watch_kind(char type)
{
    if (type == '2')
        return CPU_WATCH_WRITE;
    return type == '3' ? CPU_WATCH_READ : CPU_WATCH_ACCESS;
}

/* GDB may set the same one twice. */
static void remove_address(struct cpu_stops *s, uint64_t at)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < s->count; i++)
        if (s->at[i].v != at)
            s->at[kept++] = s->at[i];
    s->count = kept;
}

static void remove_watch(struct cpu_stops *s, const struct cpu_watch *w)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < s->watch_count; i++) {
        const struct cpu_watch *one = &s->watch[i];

        if (one->at.v != w->at.v || one->bytes != w->bytes ||
            one->kind != w->kind)
            s->watch[kept++] = *one;
    }
    s->watch_count = kept;
}

static const char *set_address(struct cpu_stops *s, uint64_t at)
{
    remove_address(s, at);
    if (s->count == CPU_STOPS_MAX)
        return full;
    s->at[s->count++] = gva(at);
    return "OK";
}

static const char *set_watch(struct cpu_stops *s, const struct cpu_watch *w)
{
    if (w->bytes == 0)
        return malformed;
    remove_watch(s, w);
    if (s->watch_count == CPU_WATCHES_MAX)
        return full;
    s->watch[s->watch_count++] = *w;
    return "OK";
}

enum next gdb_set_stop(struct gdb *g, const char *args)
{
    struct cpu_stops *stops = &g->d.now.stops;
    uint64_t at, kind;
    char type = parse(args, &at, &kind);
    const struct cpu_watch w = {gva(at), kind, watch_kind(type)};

    if (type < '0' || type > '4')
        gdb_reply(g, type ? nothing : malformed);
    else
        gdb_reply(g,
                  type < '2' ? set_address(stops, at) : set_watch(stops, &w));
    return NEXT_PACKET;
}

enum next gdb_clear_stop(struct gdb *g, const char *args)
{
    struct cpu_stops *stops = &g->d.now.stops;
    uint64_t at, kind;
    char type = parse(args, &at, &kind);
    const struct cpu_watch w = {gva(at), kind, watch_kind(type)};

    if (type < '0' || type > '4') {
        gdb_reply(g, type ? nothing : malformed);
        return NEXT_PACKET;
    }
    if (type < '2')
        remove_address(stops, at);
    else
        remove_watch(stops, &w);
    gdb_reply(g, "OK");
    return NEXT_PACKET;
}
