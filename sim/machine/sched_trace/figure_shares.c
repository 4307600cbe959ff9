/*
 * figure_shares.c - how much of the pCPUs each VM had, over time: areas on top
 * of each other; what is missing to 100 % was idle, or the scheduler's own.
 *
 * Model   bins of time; when a log outgrows them, two and two become one.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/machine/plot_figure.h"
#include "sim/machine/sched_trace/sched_figures.h"

enum { FIRST_BIN_NS = 10000 };

bool share_bins_init(struct share_bins *b, const struct sched_view *v)
{
    b->bin_cycles = sched_view_cycles(v, FIRST_BIN_NS);
    b->used = 0;
    b->ran_cycles = calloc(SHARE_BINS, sizeof *b->ran_cycles);
    return b->ran_cycles != NULL;
}

void share_bins_free(struct share_bins *b)
{
    free(b->ran_cycles);
    b->ran_cycles = NULL;
}

/* Two bins become one. */
static void fold(struct share_bins *b)
{
    for (unsigned i = 0; i < SHARE_BINS / 2; i++)
        for (unsigned line = 0; line < FIGURE_LINES; line++)
            b->ran_cycles[i][line] =
                b->ran_cycles[2 * i][line] + b->ran_cycles[2 * i + 1][line];
    memset(b->ran_cycles[SHARE_BINS / 2], 0,
           SHARE_BINS / 2 * sizeof *b->ran_cycles);
    b->used = (b->used + 1) / 2;
    b->bin_cycles *= 2;
}

void share_bins_add(struct sched_figures *f, unsigned vcpu,
                    uint64_t begin_cycle, uint64_t end_cycle)
{
    const struct sched_view *v = f->view;
    struct share_bins *b = &f->shares;
    unsigned line = f->lines.of_vm[sched_replay_vm(&v->replay, vcpu)];
    uint64_t at, end;

    if (sched_view_overlap(v, begin_cycle, end_cycle) == 0)
        return;
    at = (begin_cycle > v->from_cycle ? begin_cycle : v->from_cycle) -
         v->from_cycle;
    end = (end_cycle < v->to_cycle ? end_cycle : v->to_cycle) - v->from_cycle;
    while (end > b->bin_cycles * SHARE_BINS)
        fold(b);
    while (at < end) {
        unsigned bin = (unsigned)(at / b->bin_cycles);
        uint64_t upto = (bin + 1) * b->bin_cycles;

        if (upto > end)
            upto = end;
        b->ran_cycles[bin][line] += upto - at;
        at = upto;
        if (bin >= b->used)
            b->used = bin + 1;
    }
}

/* The last bin may end with the log. */
static uint64_t bin_end(const struct share_bins *b, const struct sched_view *v,
                        unsigned bin)
{
    uint64_t end = v->from_cycle + (bin + 1) * b->bin_cycles;

    return end < v->to_cycle ? end : v->to_cycle;
}

/* Percent of all pCPUs' time, the end of a bin and its begin: gnuplot's
   fillsteps wants the end of the last one, too. */
static void put_bin(FILE *out, const struct sched_figures *f, unsigned bin,
                    double seconds)
{
    const struct share_bins *b = &f->shares;
    const struct sched_view *v = f->view;
    uint64_t begin = v->from_cycle + bin * b->bin_cycles;
    double all =
        (double)(bin_end(b, v, bin) - begin) * v->replay.host.pcpus / 100;

    fprintf(out, "%.9f", seconds);
    for (unsigned line = 0; line < f->lines.count; line++)
        fprintf(out, ",%.4f", (double)b->ran_cycles[bin][line] / all);
    fputc('\n', out);
}

void shares_csv(FILE *out, const void *data)
{
    const struct sched_figures *f = data;
    const struct share_bins *b = &f->shares;

    fputs("seconds", out);
    for (unsigned i = 0; i < f->lines.count; i++) {
        fputc(',', out);
        plot_put_csv(out, f->lines.names[i]);
    }
    fputc('\n', out);
    for (unsigned bin = 0; bin < b->used; bin++)
        put_bin(
            out, f, bin,
            figure_seconds(f->view, f->view->from_cycle + bin * b->bin_cycles));
    if (b->used)
        put_bin(out, f, b->used - 1,
                figure_seconds(f->view, bin_end(b, f->view, b->used - 1)));
}

void shares_script(FILE *out, const void *data)
{
    const struct sched_figures *f = data;

    figure_head(out, f->view, "shares", "How much of the pCPUs each VM had");
    fputs("set xlabel \"simulated seconds\"\n"
          "set ylabel \"% of all pCPUs (white: idle, or the scheduler)\"\n"
          "set format x \"%g\"\n"
          "set yrange [0:100]\n"
          "set style data fillsteps\n"
          "set style fill solid 1.0 noborder\n"
          "set grid front\n"
          "figure = '",
          out);
    for (unsigned i = f->lines.count; i-- > 0;) {
        fprintf(out,
                "\"shares.csv\" skip 1 using 1:(sum [c=2:%u] column(c)) "
                "lc rgb \"%s\"",
                i + 2, plot_colour(i));
        plot_put_title(out, f->lines.names[i]);
        fputs(i ? ", " : "'\n", out);
    }
    plot_put_tail(out, "shares");
}
