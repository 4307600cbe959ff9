/*
 * figure_wakeups.c - how long it took from wake-up to running: for each VM, how
 * many of its wake-ups took no longer.
 */
#include <inttypes.h>

#include "sim/machine/plot_figure.h"
#include "sim/machine/sched_trace/sched_figures.h"

/* A logarithmic axis has no 0: what is below a tenth of a microsecond is put
   there. */
static double microseconds(const struct sched_view *v, uint64_t cycles)
{
    double us = (double)cycles * 1000 / (double)v->replay.host.khz;

    return us < 0.1 ? 0.1 : us;
}

/* A block for each line with wake-ups, two blank lines between. */
static void put_block(FILE *out, const struct sched_figures *f, unsigned line)
{
    const struct latency *l = &f->wakes[line];
    uint64_t seen = 0;

    plot_put_csv(out, f->lines.names[line]);
    fputs(",us,percent\n", out);
    for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
        uint64_t cycles = latency_bucket_end(i) - 1;

        if (l->bucket[i] == 0)
            continue;
        if (cycles > l->greatest)
            cycles = l->greatest;
        if (seen == 0)
            fprintf(out, ",%.4f,0\n", microseconds(f->view, cycles));
        seen += l->bucket[i];
        fprintf(out, ",%.4f,%.5f\n", microseconds(f->view, cycles),
                100.0 * (double)seen / (double)l->count);
    }
}

void wakeups_csv(FILE *out, const void *data)
{
    const struct sched_figures *f = data;
    const char *between = "";

    for (unsigned i = 0; i < f->lines.count; i++) {
        if (f->wakes[i].count == 0)
            continue;
        fputs(between, out);
        put_block(out, f, i);
        between = "\n\n";
    }
}

void wakeups_script(FILE *out, const void *data)
{
    const struct sched_figures *f = data;
    unsigned block = 0;

    figure_head(out, f->view, "wakeups", "From wake-up to running");
    fputs("set xlabel \"microseconds (logarithmic)\"\n"
          "set ylabel \"% of wake-ups that took no longer\"\n"
          "set logscale x\n"
          "set format x \"%g\"\n"
          "set grid x\n"
          "set yrange [0:100]\n"
          "set style data steps\n"
          "set arrow from graph 0, first 99 to graph 1, first 99 nohead "
          "dt 2 lc rgb \"#888888\"\n"
          "figure = '",
          out);
    for (unsigned i = 0; i < f->lines.count; i++) {
        if (f->wakes[i].count == 0)
            continue;
        fprintf(out,
                "%s\"wakeups.csv\" index %u skip 1 using 2:3 lw 2 "
                "lc rgb \"%s\"",
                block ? ", " : "", block, plot_colour(i));
        plot_put_title(out, f->lines.names[i]);
        block++;
    }
    fputs("'\n", out);
    plot_put_tail(out, "wakeups");
}
