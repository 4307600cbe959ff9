/*
 * figure_gantt.c - which vCPU each pCPU had, over time.
 *
 * Model   the window is cut into GANTT_CELLS steps; a box is a row of steps in
 *         which the same vCPU had the pCPU longest, so that a chart of millions
 *         of switches stays as small as what can be seen of it.
 * Colours  a line of figure_lines has one; a VM's second vCPU (and the second
 *         VM of a line) is paler than the first, the third paler again, then
 *         they repeat.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/machine/plot_figure.h"
#include "sim/machine/sched_trace/sched_cells.h"
#include "sim/machine/sched_trace/sched_figures.h"

enum { TINTS = 3, TINT_PCT = 30 };

static bool add_box(struct gantt_boxes *g, const struct gantt_box *box)
{
    if (g->count == g->room) {
        size_t room = g->room * 2 + 1024;
        struct gantt_box *grown = realloc(g->boxes, room * sizeof *grown);

        if (!grown)
            return false;
        g->boxes = grown;
        g->room = room;
    }
    g->boxes[g->count++] = *box;
    return true;
}

/* What each pCPU had in the last steps, as one box that still grows. */
struct rows {
    struct gantt_boxes *out;
    struct gantt_box open[SCHED_LOG_MAX_PCPUS];
    bool failed;
};

static void close_row(struct rows *r, unsigned pcpu)
{
    if (r->open[pcpu].vcpu != SCHED_LOG_NO_VCPU)
        r->failed |= !add_box(r->out, &r->open[pcpu]);
    r->open[pcpu].vcpu = SCHED_LOG_NO_VCPU;
}

static void end_step(struct rows *r, struct sched_cells *c, uint64_t end_cycle)
{
    uint16_t longest[SCHED_LOG_MAX_PCPUS];
    uint64_t begin_cycle = c->begin_cycle;

    sched_cells_next(c, end_cycle, longest);
    for (unsigned i = 0; i < c->pcpus; i++) {
        struct gantt_box *open = &r->open[i];

        if (open->vcpu != longest[i]) {
            close_row(r, i);
            *open = (struct gantt_box){.begin_cycle = begin_cycle,
                                       .pcpu = (uint16_t)i,
                                       .vcpu = longest[i]};
        }
        open->end_cycle = end_cycle;
    }
}

static enum sched_read read_rows(struct rows *r, struct sched_cells *c,
                                 struct sched_view *v, struct error *e)
{
    enum sched_read got;

    do {
        uint64_t upto;

        got = sched_view_next(v, e);
        upto = got == SCHED_READ_EVENT ? v->record.event.cycle : v->to_cycle;
        while (got != SCHED_READ_ERROR && sched_cells_end(c) <= upto)
            end_step(r, c, sched_cells_end(c));
        if (got == SCHED_READ_EVENT)
            sched_cells_event(c, v);
    } while (got == SCHED_READ_EVENT);
    if (got == SCHED_READ_END && v->to_cycle > c->begin_cycle)
        end_step(r, c, v->to_cycle);
    for (unsigned i = 0; i < c->pcpus; i++)
        close_row(r, i);
    return got;
}

enum status gantt_read(struct gantt_boxes *g, struct sched_view *v,
                       struct error *e)
{
    struct rows rows = {.out = g};
    struct sched_cells cells;
    uint64_t step_cycles = (v->to_cycle - v->from_cycle) / GANTT_CELLS + 1;
    enum sched_read got = SCHED_READ_ERROR;

    for (unsigned i = 0; i < SCHED_LOG_MAX_PCPUS; i++)
        rows.open[i].vcpu = SCHED_LOG_NO_VCPU;
    if (sched_cells_init(&cells, v, step_cycles)) {
        got = read_rows(&rows, &cells, v, e);
        sched_cells_free(&cells);
    } else {
        rows.failed = true;
    }
    if (rows.failed)
        return error_set(e, STATUS_MEMORY, "out of memory");
    return got == SCHED_READ_ERROR ? STATUS_FILE : STATUS_OK;
}

/* Of a vCPU, as gnuplot's rgb variable has it: 0xRRGGBB. */
static uint32_t colour_of(const struct sched_figures *f, unsigned vcpu)
{
    const struct sched_replay *r = &f->view->replay;
    unsigned vm = sched_replay_vm(r, vcpu);
    bool alone = f->lines.count == 1; /* then it tells VMs apart */
    const char *colour = plot_colour(alone ? vm : f->lines.of_vm[vm]);
    uint32_t full = (uint32_t)strtoul(colour + 1, NULL, 16), mixed = 0;
    unsigned copy = f->lines.count < r->host.vm_count && !alone ? vm : 0;
    uint32_t white_pct = (copy + vcpu - r->vms[vm].first) % TINTS * TINT_PCT;

    for (unsigned shift = 0; shift <= 16; shift += 8) {
        uint32_t part = full >> shift & 0xff;

        part += (255 - part) * white_pct / 100;
        mixed |= part << shift;
    }
    return mixed;
}

void gantt_csv(FILE *out, const void *data)
{
    const struct sched_figures *f = data;
    char name[SCHED_NAME_TEXT_BYTES];

    fputs("begin_s,end_s,pcpu,rgb,vcpu\n", out);
    for (size_t i = 0; i < f->gantt.count; i++) {
        const struct gantt_box *box = &f->gantt.boxes[i];

        fprintf(out, "%.9f,%.9f,%u,%" PRIu32 ",",
                figure_seconds(f->view, box->begin_cycle),
                figure_seconds(f->view, box->end_cycle), (unsigned)box->pcpu,
                colour_of(f, box->vcpu));
        plot_put_csv(out, sched_view_name(f->view, box->vcpu, name));
        fputc('\n', out);
    }
}

/* Rows are easy to tell apart, and 64 of them fit a page. */
static unsigned height_of(unsigned pcpus)
{
    unsigned row_pixels = pcpus <= 8 ? 48 : pcpus <= 16 ? 32 : 18;

    return 150 + pcpus * row_pixels;
}

void gantt_script(FILE *out, const void *data)
{
    const struct sched_figures *f = data;
    const struct sched_view *v = f->gantt_view;
    unsigned pcpus = v->replay.host.pcpus;

    figure_head(out, v, "gantt", "Who had each pCPU");
    fprintf(out,
            "set xlabel \"simulated seconds (white: idle; paler: further "
            "vCPUs%s)\"\n"
            "set ylabel \"pCPU\"\n"
            "set format x \"%%g\"\n"
            "set xrange [%.9f:%.9f]\n"
            "set yrange [%u.5:-0.5]\n"
            "set ytics 0,1%s\n"
            "set style fill solid 1.0 noborder\n"
            "figure = '\"gantt.csv\" skip 1 using (($1+$2)/2):3:(($2-$1)/2):"
            "(0.42):4 with boxxyerror lc rgb variable notitle",
            f->lines.count > 1 && f->lines.count < v->replay.host.vm_count
                ? ", VMs"
                : "",
            figure_seconds(v, v->from_cycle), figure_seconds(v, v->to_cycle),
            pcpus - 1, pcpus > 24 ? " font \",8\"" : "");
    for (unsigned i = 0; i < f->lines.count && f->lines.count > 1; i++) {
        fprintf(out, ", keyentry with boxes fs solid 1.0 fc rgb \"%s\"",
                plot_colour(i));
        plot_put_title(out, f->lines.names[i]);
    }
    fputs("'\n", out);
    plot_put_tail_high(out, "gantt", height_of(pcpus));
}
