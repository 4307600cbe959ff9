/*
 * view_map.c - who ran where over time, as `perf sched map`: a column for each
 * pCPU; a star marks what is new, a dot an idle pCPU.
 *
 * Source  perf-sched(1).  Short names are ours: a letter for the VM, the number
 *         of the vCPU behind it, so that siblings are seen to be siblings.
 * Steps   with --step a line tells who had the pCPU longest in that time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/sched_trace/sched_cells.h"

enum { SHORT_NAME_BYTES = 16, MAX_GAP_LINES = 1000000 };

struct map {
    unsigned width; /* of a short name */
    uint16_t shown[SCHED_LOG_MAX_PCPUS];
};

/* A .. Z, AA .. ZZ, ...; returns how long it is. */
static unsigned letters_of(unsigned vm, char text[static SHORT_NAME_BYTES])
{
    char reversed[SHORT_NAME_BYTES];
    unsigned count = 0;

    for (vm++; vm != 0; vm = (vm - 1) / 26)
        reversed[count++] = (char)('A' + (vm - 1) % 26);
    for (unsigned i = 0; i < count; i++)
        text[i] = reversed[count - 1 - i];
    text[count] = '\0';
    return count;
}

static unsigned short_name(const struct sched_view *v, unsigned vcpu,
                           char text[static SHORT_NAME_BYTES])
{
    unsigned vm = sched_replay_vm(&v->replay, vcpu), bytes;

    if (vcpu == SCHED_LOG_NO_VCPU) {
        strcpy(text, ".");
        return 1;
    }
    bytes = letters_of(vm, text);
    return bytes + (unsigned)snprintf(text + bytes, SHORT_NAME_BYTES - bytes,
                                      "%u", vcpu - v->replay.vms[vm].first);
}

static void print_legend(const struct sched_view *v, struct map *m)
{
    unsigned column = 0;
    char text[SHORT_NAME_BYTES];

    for (unsigned i = 0; i < v->replay.host.vm_count; i++) {
        const struct sched_log_vm *vm = &v->replay.vms[i];
        unsigned width = short_name(v, vm->first + vm->vcpus - 1, text);

        if (width > m->width)
            m->width = width;
        letters_of(i, text);
        column += (unsigned)printf("%s%s => %s (%u)", column ? ", " : "", text,
                                   vm->name, vm->vcpus);
        if (column > 64) {
            putchar('\n');
            column = 0;
        }
    }
    if (column)
        putchar('\n');
}

static void print_columns(const struct sched_view *v, const struct map *m)
{
    for (unsigned i = 0; i < v->replay.host.pcpus; i++)
        printf(" %-*u ", (int)m->width, i);
    printf("%14s\n", "pCPU");
}

/* What differs from the line above has a star. */
static void print_line(const struct sched_view *v, struct map *m,
                       const uint16_t *now, uint64_t cycle)
{
    char text[SHORT_NAME_BYTES], seconds[32];

    for (unsigned i = 0; i < v->replay.host.pcpus; i++) {
        short_name(v, now[i], text);
        printf("%c%-*s ", now[i] == m->shown[i] ? ' ' : '*', (int)m->width,
               text);
        m->shown[i] = now[i];
    }
    printf("%14s secs\n", sched_view_seconds(v, cycle, seconds));
}

/* A line for each event after which a pCPU has somebody else. */
static enum sched_read show_events(struct sched_view *v, struct map *m,
                                   struct error *e)
{
    uint16_t now[SCHED_LOG_MAX_PCPUS];
    enum sched_read got;

    memcpy(now, m->shown, sizeof now);
    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT) {
        const struct sched_event *event = &v->record.event;

        if (event->kind != SCHED_EVENT_RUN && event->kind != SCHED_EVENT_IDLE)
            continue;
        if (now[event->pcpu] == v->step.vcpu)
            continue;
        now[event->pcpu] = v->step.vcpu;
        if (sched_view_inside(v))
            print_line(v, m, now, event->cycle);
    }
    return got;
}

/* In a log that was garbled a gap may be as long as the age of the world. */
static bool too_many(const struct sched_view *v,
                     const struct sched_cells *cells, uint64_t upto_cycle,
                     struct error *e)
{
    uint64_t lines;

    if (upto_cycle < cells->begin_cycle)
        return false;
    lines = (upto_cycle - cells->begin_cycle) / cells->step_cycles;
    if (lines <= MAX_GAP_LINES)
        return false;
    error_set(e, STATUS_USAGE,
              "%s: nothing happens in %" PRIu64
              " steps: take a longer --step, or a window (--to)",
              v->query->path, lines);
    return true;
}

static enum sched_read show_steps(struct sched_view *v, struct map *m,
                                  struct sched_cells *cells, struct error *e)
{
    uint16_t longest[SCHED_LOG_MAX_PCPUS];
    enum sched_read got;

    do {
        uint64_t upto;

        got = sched_view_next(v, e);
        upto = got == SCHED_READ_EVENT ? v->record.event.cycle : v->to_cycle;
        if (got != SCHED_READ_ERROR && too_many(v, cells, upto, e))
            return SCHED_READ_ERROR;
        while (got != SCHED_READ_ERROR && sched_cells_end(cells) <= upto) {
            uint64_t begin_cycle = cells->begin_cycle;

            sched_cells_next(cells, sched_cells_end(cells), longest);
            print_line(v, m, longest, begin_cycle);
        }
        if (got == SCHED_READ_EVENT)
            sched_cells_event(cells, v);
    } while (got == SCHED_READ_EVENT);
    if (got == SCHED_READ_END && v->to_cycle > cells->begin_cycle) {
        uint64_t begin_cycle = cells->begin_cycle;

        sched_cells_next(cells, v->to_cycle, longest);
        print_line(v, m, longest, begin_cycle);
    }
    return got;
}

enum status sched_view_map(struct sched_view *v, struct error *e)
{
    struct sched_cells cells;
    struct map m = {.width = 1};
    enum sched_read got;

    for (unsigned i = 0; i < SCHED_LOG_MAX_PCPUS; i++)
        m.shown[i] = SCHED_LOG_NO_VCPU;
    if (v->query->step_ns &&
        !sched_cells_init(&cells, v, sched_view_cycles(v, v->query->step_ns)))
        return error_set(e, STATUS_MEMORY, "out of memory");
    print_legend(v, &m);
    print_columns(v, &m);
    if (v->query->step_ns) {
        got = show_steps(v, &m, &cells, e);
        sched_cells_free(&cells);
    } else {
        got = show_events(v, &m, e);
    }
    return got == SCHED_READ_ERROR ? STATUS_FILE : STATUS_OK;
}
