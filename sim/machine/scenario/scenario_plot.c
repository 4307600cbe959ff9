/*
 * scenario_plot.c - figures of a scenario: shares over time and wake-up
 * latencies of one run; throughput and latency over what was varied.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/plot_figure.h"
#include "sim/machine/scenario/scenario_report.h"

enum { MOST_LINES = 12 };

/* Lines of a figure: VMs, or entries of the scenario if VMs are too many. */
static bool lines_are_kinds(const struct scenario_results *r)
{
    return r->count > 1 || r->runs[0].vm_count > MOST_LINES;
}

static unsigned line_count(const struct scenario_results *r)
{
    return lines_are_kinds(r) ? r->runs[0].job->scenario->vm_count
                              : r->runs[0].vm_count;
}

static const char *line_name(const struct scenario_results *r, unsigned line)
{
    return lines_are_kinds(r) ? r->runs[0].job->scenario->vms[line].name
                              : r->runs[0].vms[line].name;
}

static bool on_line(const struct scenario_results *r,
                    const struct scenario_result *run, unsigned vm,
                    unsigned line)
{
    return lines_are_kinds(r) ? run->vms[vm].kind == line : vm == line;
}

static void put_heading(FILE *out, const struct scenario_results *r,
                        const char *first)
{
    fputs(first, out);
    for (unsigned line = 0; line < line_count(r); line++)
        fprintf(out, ",%s", line_name(r, line));
    fputc('\n', out);
}

static void script_head(FILE *out, const struct scenario_results *r,
                        const char *name, const char *what)
{
    const struct scenario *s = r->runs[0].job->scenario;

    fprintf(out, "# Draw again: gnuplot %s.gp\nset datafile separator \",\"\n",
            name);
    fprintf(out, "set title \"%s\\n", what);
    plot_put_quoted(out, s->question[0] ? s->question : s->path);
    fputs("\" noenhanced\n"
          "set grid lc rgb \"#cccccc\"\n"
          "set border 3\n"
          "set tics nomirror out\n"
          "set key outside right top Left reverse noenhanced\n",
          out);
}

/* Seconds, then each line's part of a pCPU. */
static void shares_csv(FILE *out, const void *data)
{
    const struct scenario_results *r = data;
    const struct scenario_result *run = &r->runs[0];
    double step = scenario_us(run, run->cycles) / 1e6 / RESULT_SAMPLES;

    put_heading(out, r, "seconds");
    for (unsigned i = 0; i < RESULT_SAMPLES; i++) {
        fprintf(out, "%.6f", step * (i + 1));
        for (unsigned line = 0; line < line_count(r); line++) {
            double sum = 0;

            for (unsigned n = 0; n < run->vm_count; n++)
                if (on_line(r, run, n, line))
                    sum += (double)run->samples[i * run->vm_count + n];
            fprintf(out, ",%.5f", sum);
        }
        fputc('\n', out);
    }
}

/* Values that are numbers have their place on the axis; others are in a row. */
static bool values_are_numbers(const struct scenario_results *r)
{
    for (unsigned i = 0; i < r->count; i++) {
        const char *label = r->runs[i].job->label;

        if (label[0] == '\0' || label[strspn(label, "0123456789.")] != '\0')
            return false;
    }
    return true;
}

static void put_using(FILE *out, const struct scenario_results *r, bool shares,
                      unsigned column)
{
    if (shares)
        fprintf(out, "1:(column(%u)*100)", column);
    else if (values_are_numbers(r))
        fprintf(out, "1:%u", column);
    else
        fprintf(out, "0:%u:xtic(1)", column);
}

static void put_lines(FILE *out, const struct scenario_results *r,
                      const char *name, bool shares)
{
    for (unsigned line = 0; line < line_count(r); line++) {
        fprintf(out, "%s\"%s.csv\" skip 1 using ", line ? ", " : "", name);
        put_using(out, r, shares, line + 2);
        fputs(" title \"", out);
        plot_put_quoted(out, line_name(r, line));
        fprintf(out, "\" lw 2 lc rgb \"%s\"%s", plot_colour(line),
                line >= 8 ? " dt 2" : "");
    }
    fputs("'\n", out);
}

static void shares_script(FILE *out, const void *data)
{
    const struct scenario_results *r = data;

    script_head(out, r, "shares", "CPU that each VM had");
    fputs("set xlabel \"simulated seconds\"\n"
          "set ylabel \"% of one pCPU\"\n"
          "set yrange [0:*]\n"
          "set style data lines\n"
          "figure = '",
          out);
    put_lines(out, r, "shares", true);
    plot_put_tail(out, "shares");
}

/* All wake-ups of a line, in all VMs of the first run. */
static void sum_wakes(const struct scenario_results *r, unsigned line,
                      struct latency *sum)
{
    const struct scenario_result *run = &r->runs[0];

    memset(sum, 0, sizeof *sum);
    for (unsigned n = 0; n < run->vm_count; n++)
        if (on_line(r, run, n, line))
            latency_merge(sum, &run->vms[n].wake);
}

/* Long: VM, latency, how many percent took no longer. */
static void wakeups_csv(FILE *out, const void *data)
{
    const struct scenario_results *r = data;
    struct latency sum;

    for (unsigned line = 0; line < line_count(r); line++) {
        uint64_t seen = 0;

        sum_wakes(r, line, &sum);
        fprintf(out, "%s\"%s us\",\"%%\"\n", line ? "\n\n" : "",
                line_name(r, line));
        for (unsigned b = 0; b < LATENCY_BUCKETS; b++) {
            if (sum.bucket[b] == 0)
                continue;
            seen += sum.bucket[b];
            fprintf(out, "%.4f,%.5f\n",
                    scenario_us(&r->runs[0], latency_bucket_end(b) - 1),
                    100.0 * (double)seen / (double)sum.count);
        }
    }
}

static void wakeups_script(FILE *out, const void *data)
{
    const struct scenario_results *r = data;

    script_head(out, r, "wakeups", "From wake-up to running");
    fputs("set xlabel \"microseconds (logarithmic)\"\n"
          "set ylabel \"% of wake-ups that took no longer\"\n"
          "set logscale x\n"
          "set yrange [0:100]\n"
          "set style data steps\n"
          "figure = '",
          out);
    for (unsigned line = 0; line < line_count(r); line++) {
        fprintf(out, "%s\"wakeups.csv\" index %u skip 1 using 1:2 title \"",
                line ? ", " : "", line);
        plot_put_quoted(out, line_name(r, line));
        fprintf(out, "\" lw 2 lc rgb \"%s\"%s", plot_colour(line),
                line >= 8 ? " dt 2" : "");
    }
    fputs("'\n", out);
    plot_put_tail(out, "wakeups");
}

/* A row for each run: what is asked of each entry of the scenario. */
static void runs_csv(FILE *out, const struct scenario_results *r,
                     double (*value)(const struct scenario_result *,
                                     const struct vm_sum *))
{
    struct vm_sum sum;

    put_heading(out, r, "run");
    for (unsigned i = 0; i < r->count; i++) {
        fprintf(out, "\"%s\"", r->runs[i].job->label);
        for (unsigned line = 0; line < line_count(r); line++) {
            vm_sum_kind(&sum, &r->runs[i], line);
            fprintf(out, ",%.6g", value(&r->runs[i], &sum));
        }
        fputc('\n', out);
    }
}

/* Requests count as work if there is no other. */
static double work_of(const struct scenario_result *run,
                      const struct vm_sum *sum)
{
    (void)run;
    return (sum->requests > 0 ? sum->requests : sum->done) * sum->vms;
}

static double p99_of(const struct scenario_result *run,
                     const struct vm_sum *sum)
{
    const struct latency *l = sum->response.count ? &sum->response : &sum->wake;

    return scenario_us(run, latency_permille(l, 990)) / 1000;
}

static void throughput_csv(FILE *out, const void *data)
{
    runs_csv(out, data, work_of);
}

static void latency_csv(FILE *out, const void *data)
{
    runs_csv(out, data, p99_of);
}

static void runs_script(FILE *out, const struct scenario_results *r,
                        const char *name, const char *ylabel)
{
    fputs("set xlabel \"", out);
    plot_put_quoted(out, r->varied);
    fprintf(out,
            "\" noenhanced\n"
            "set ylabel \"%s\"\n"
            "set yrange [0:*]\n"
            "set style data linespoints\n"
            "set xtics %snoenhanced\n"
            "set offsets graph 0.04, graph 0.04, 0, 0\n"
            "figure = '",
            ylabel, values_are_numbers(r) ? "" : "rotate by -35 ");
    put_lines(out, r, name, false);
    plot_put_tail(out, name);
}

static void throughput_script(FILE *out, const void *data)
{
    script_head(out, data, "throughput", "Work done by all VMs of a kind");
    runs_script(out, data, "throughput", "units of work a second, or requests");
}

static void latency_script(FILE *out, const void *data)
{
    script_head(out, data, "latency",
                "99th percentile of responses, or of wake-ups");
    runs_script(out, data, "latency", "milliseconds");
}

static const struct plot_figure of_one[] = {
    {"shares", shares_csv, shares_script},
    {"wakeups", wakeups_csv, wakeups_script},
};

static const struct plot_figure of_many[] = {
    {"throughput", throughput_csv, throughput_script},
    {"latency", latency_csv, latency_script},
};

enum status scenario_plot(const char *folder, const struct scenario_results *r,
                          struct error *e)
{
    const struct plot_figure *figures = r->count > 1 ? of_many : of_one;
    size_t count = r->count > 1 ? ARRAY_LEN(of_many) : ARRAY_LEN(of_one);
    enum status s = STATUS_OK;

    for (size_t i = 0; i < count && s == STATUS_OK; i++)
        s = plot_draw(folder, &figures[i], r, e);
    return s;
}
