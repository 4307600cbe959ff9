/*
 * scenario_plot.c - figures of several runs of a scenario: throughput and
 * latency over what was varied.  Those of one run are made of its log
 * (sim/machine/sched_trace).
 */
#include <inttypes.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/plot_figure.h"
#include "sim/machine/scenario/scenario_report.h"

/* A line for each entry of the scenario. */
static unsigned line_count(const struct scenario_results *r)
{
    return r->runs[0].job->scenario->vm_count;
}

static const char *line_name(const struct scenario_results *r, unsigned line)
{
    return r->runs[0].job->scenario->vms[line].name;
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

static void put_using(FILE *out, const struct scenario_results *r,
                      unsigned column)
{
    if (values_are_numbers(r))
        fprintf(out, "1:%u", column);
    else
        fprintf(out, "0:%u:xtic(1)", column);
}

static void put_lines(FILE *out, const struct scenario_results *r,
                      const char *name)
{
    for (unsigned line = 0; line < line_count(r); line++) {
        fprintf(out, "%s\"%s.csv\" skip 1 using ", line ? ", " : "", name);
        put_using(out, r, line + 2);
        fputs(" title \"", out);
        plot_put_quoted(out, line_name(r, line));
        fprintf(out, "\" lw 2 lc rgb \"%s\"%s", plot_colour(line),
                line >= 8 ? " dt 2" : "");
    }
    fputs("'\n", out);
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
    put_lines(out, r, name);
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

static const struct plot_figure figures[] = {
    {"throughput", throughput_csv, throughput_script},
    {"latency", latency_csv, latency_script},
};

enum status scenario_plot(const char *folder, const struct scenario_results *r,
                          struct error *e)
{
    enum status s = STATUS_OK;

    for (size_t i = 0; i < ARRAY_LEN(figures) && s == STATUS_OK; i++)
        s = plot_draw(folder, &figures[i], r, e);
    return s;
}
