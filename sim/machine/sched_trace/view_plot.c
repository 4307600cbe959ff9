/*
 * view_plot.c - figures of a scheduler's log.
 *
 * Window  shares and wake-ups are of the window that was asked for; so is the
 *         Gantt chart, but of a whole log it shows a piece from the middle,
 *         short enough to tell one run of a vCPU from the next.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/plot_figure.h"
#include "sim/machine/report.h"
#include "sim/machine/sched_trace/sched_figures.h"

enum { RUNS_PER_PCPU = 60 }; /* in the Gantt chart of a whole log */

double figure_seconds(const struct sched_view *v, uint64_t cycles)
{
    return (double)sched_view_ns(v, cycles) / 1e9;
}

void figure_head(FILE *out, const struct sched_view *v, const char *name,
                 const char *what)
{
    char text[2][32];

    if (v->reader->made_by[0])
        fprintf(out, "# Of: %s\n", v->reader->made_by);
    fprintf(out,
            "# Draw again: gnuplot %s.gp\n"
            "set datafile separator \",\"\n"
            "set title \"%s\\n",
            name, what);
    plot_put_quoted(out, v->query->path);
    fprintf(out, ", %s scheduler, %u pCPU%s, %s s to %s s\" noenhanced\n",
            v->replay.host.policy, v->replay.host.pcpus,
            v->replay.host.pcpus == 1 ? "" : "s",
            sched_view_seconds(v, v->from_cycle, text[0]),
            sched_view_seconds(v, v->to_cycle, text[1]));
    fputs("set grid ytics lc rgb \"#cccccc\"\n"
          "set border 3\n"
          "set tics nomirror out\n"
          "set key outside right top Left reverse noenhanced\n",
          out);
}

static void collect(struct sched_figures *f, const struct sched_view *v)
{
    const struct sched_event *event = &v->record.event;

    if (v->step.vcpu == SCHED_LOG_NO_VCPU)
        return;
    if (v->step.before == SCHED_LOG_RUNNING)
        share_bins_add(f, v->step.vcpu, v->step.since_cycle, event->cycle);
    if (event->kind != SCHED_EVENT_RUN || !sched_view_inside(v))
        return;
    f->runs++;
    if (v->step.woken)
        latency_add(&f->wakes[f->lines.of_vm[event->vm]], v->step.delay_cycles);
}

static enum status read_all(struct sched_figures *f, struct sched_view *v,
                            struct error *e)
{
    enum sched_read got;

    while ((got = sched_view_next(v, e)) == SCHED_READ_EVENT)
        collect(f, v);
    if (got == SCHED_READ_ERROR)
        return STATUS_FILE;
    if (v->to_cycle <= v->from_cycle)
        return error_set(e, STATUS_USAGE, "%s: there is nothing in the window",
                         v->query->path);
    for (unsigned i = 0; i < v->replay.vcpu_count; i++)
        if (v->replay.vcpus[i].state == SCHED_LOG_RUNNING)
            share_bins_add(f, i, v->replay.vcpus[i].since_cycle, v->to_cycle);
    return STATUS_OK;
}

/* The window that was asked for, or a piece from the middle of the whole. */
static void choose_gantt_window(const struct sched_figures *f,
                                struct sched_view *v)
{
    uint64_t length = f->view->to_cycle - f->view->from_cycle;
    uint64_t runs = (uint64_t)RUNS_PER_PCPU * f->view->replay.host.pcpus;
    bool asked = v->query->from_ns != 0 || v->query->to_ns != UINT64_MAX;

    v->from_cycle = f->view->from_cycle;
    v->to_cycle = f->view->to_cycle;
    if (asked || f->runs <= runs)
        return;
    v->from_cycle += length / 2;
    v->to_cycle = v->from_cycle + length / f->runs * runs + 1;
    if (v->to_cycle > f->view->to_cycle)
        v->to_cycle = f->view->to_cycle;
}

static bool any_wake(const struct sched_figures *f)
{
    for (unsigned i = 0; i < f->lines.count; i++)
        if (f->wakes[i].count)
            return true;
    return false;
}

/* All of them, though one may not be drawn: without gnuplot the data of each is
   left. */
static enum status draw(struct sched_figures *f, struct error *e)
{
    static const struct plot_figure figures[] = {
        {"gantt", gantt_csv, gantt_script},
        {"shares", shares_csv, shares_script},
        {"wakeups", wakeups_csv, wakeups_script},
    };
    const bool empty[] = {f->gantt.count == 0, f->shares.used == 0,
                          !any_wake(f)};
    struct error later;
    enum status s = STATUS_OK;

    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        if (!empty[i]) {
            enum status one =
                plot_draw(f->view->query->plot_folder, &figures[i], f,
                          s == STATUS_OK ? e : &later);

            s = s == STATUS_OK ? one : s;
        }
    return s;
}

/* The second time through the file. */
static enum status read_gantt(struct sched_figures *f, FILE *in,
                              struct error *e)
{
    struct sched_view v = {.query = f->view->query};
    enum status s;

    rewind(in);
    v.reader = sched_reader_open(in, v.query->path, e);
    if (!v.reader)
        return STATUS_FILE;
    if (sched_replay_init(&v.replay, &v.reader->host)) {
        choose_gantt_window(f, &v);
        s = gantt_read(&f->gantt, &v, e);
        f->gantt_view = &v;
        if (s == STATUS_OK)
            s = draw(f, e);
        sched_replay_free(&v.replay);
    } else {
        s = error_set(e, STATUS_MEMORY, "out of memory");
    }
    sched_reader_close(v.reader);
    return s;
}

enum status sched_view_plot(struct sched_view *v, struct error *e)
{
    struct sched_figures f = {.view = v};
    enum status s;

    if (!v->query->plot_folder)
        return error_set(e, STATUS_USAGE, "plot: --plot DIR is missing");
    if (ftell(v->reader->in) < 0)
        return error_set(e, STATUS_USAGE,
                         "plot reads its file twice: %s is a "
                         "pipe",
                         v->query->path);
    s = plot_prepare(v->query->plot_folder, e);
    f.wakes = calloc(FIGURE_LINES, sizeof *f.wakes);
    if (s == STATUS_OK && !(share_bins_init(&f.shares, v) &&
                            figure_lines_init(&f.lines, v) && f.wakes))
        s = error_set(e, STATUS_MEMORY, "out of memory");
    if (s == STATUS_OK)
        s = read_all(&f, v, e);
    if (s == STATUS_OK)
        s = read_gantt(&f, v->reader->in, e);
    share_bins_free(&f.shares);
    figure_lines_free(&f.lines);
    free(f.wakes);
    free(f.gantt.boxes);
    return s;
}
