/*
 * scenario_plot.c - figures of several runs of a scenario: throughput and
 * latency over what was varied.  Those of one run are made of its log
 * (sim/machine/sched_trace).
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
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

/* What is asked of each entry of the scenario; NAN: it has none. */
typedef double value_fn(const struct scenario_result *, const struct vm_sum *);

static bool line_has(const struct scenario_results *r, unsigned line,
                     value_fn *value)
{
    struct vm_sum sum;

    for (unsigned i = 0; i < r->count; i++) {
        vm_sum_kind(&sum, &r->runs[i], line);
        if (!isnan(value(&r->runs[i], &sum)))
            return true;
    }
    return false;
}

static bool has_lines(const struct scenario_results *r, value_fn *value)
{
    for (unsigned line = 0; line < line_count(r); line++)
        if (line_has(r, line, value))
            return true;
    return false;
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
                      const char *name, value_fn *value)
{
    const char *between = "";

    for (unsigned line = 0; line < line_count(r); line++) {
        if (!line_has(r, line, value))
            continue;
        fprintf(out, "%s\"%s.csv\" skip 1 using ", between, name);
        between = ", ";
        put_using(out, r, line + 2);
        plot_put_title(out, line_name(r, line));
        fprintf(out, " lw 2 lc rgb \"%s\"%s", plot_colour(line),
                line >= 8 ? " dt 2" : "");
    }
    fputs("'\n", out);
}

/* A row for each run. */
static void runs_csv(FILE *out, const struct scenario_results *r,
                     value_fn *value)
{
    struct vm_sum sum;
    double v;

    put_heading(out, r, "run");
    for (unsigned i = 0; i < r->count; i++) {
        plot_put_csv(out, r->runs[i].job->label);
        for (unsigned line = 0; line < line_count(r); line++) {
            vm_sum_kind(&sum, &r->runs[i], line);
            v = value(&r->runs[i], &sum);
            if (isnan(v))
                fputc(',', out);
            else
                fprintf(out, ",%.6g", v);
        }
        fputc('\n', out);
    }
}

/* Requests count as work if there is no other; of real guests instructions. */
static double work_of(const struct scenario_result *run,
                      const struct vm_sum *sum)
{
    (void)run;
    if (sum->vms == 0)
        return NAN;
    if (sum->guests > 0)
        return sum->instructions * sum->guests / 1e6 /
               (sum->seconds > 0 ? sum->seconds : 1);
    return (sum->requests > 0 ? sum->requests : sum->done) * sum->vms;
}

static double p99_of(const struct scenario_result *run,
                     const struct vm_sum *sum)
{
    const struct latency *l = sum->response.count ? &sum->response : &sum->wake;

    if (l->count == 0)
        return NAN;
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

/* All that was varied, with a margin, also where only some have a figure. */
static void put_range(FILE *out, const struct scenario_results *r)
{
    double least = HUGE_VAL, most = -HUGE_VAL, margin;

    for (unsigned i = 0; i < r->count; i++) {
        double value = strtod(r->runs[i].job->label, NULL);

        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    margin = most > least ? (most - least) * 0.05 : 1;
    fprintf(out, "set xrange [%.9g:%.9g]\n", least - margin, most + margin);
}

static void runs_script(FILE *out, const struct scenario_results *r,
                        const char *name, const char *ylabel)
{
    value_fn *value = strcmp(name, "latency") == 0 ? p99_of : work_of;

    fputs("set xlabel \"", out);
    plot_put_quoted(out, r->varied);
    fprintf(out,
            "\" noenhanced\n"
            "set ylabel \"%s\"\n"
            "set yrange [0:0.001<*]\n"
            "set style data linespoints\n"
            "set xtics %snoenhanced\n",
            ylabel, values_are_numbers(r) ? "" : "rotate by -35 ");
    if (values_are_numbers(r))
        put_range(out, r);
    else
        fprintf(out, "set xrange [-0.5:%u.5]\n", r->count - 1);
    fputs("figure = '", out);
    put_lines(out, r, name, value);
    plot_put_tail(out, name);
}

static const char *throughput_unit(const struct scenario_results *r)
{
    unsigned real = 0, others = 0;
    struct vm_sum sum;

    for (unsigned i = 0; i < r->count; i++)
        for (unsigned line = 0; line < line_count(r); line++) {
            vm_sum_kind(&sum, &r->runs[i], line);
            real += sum.guests > 0;
            others += sum.vms > sum.guests;
        }
    if (real == 0)
        return "units of work a second, or requests";
    return others ? "units of work, requests, million instructions a second"
                  : "million instructions a second";
}

static void throughput_script(FILE *out, const void *data)
{
    script_head(out, data, "throughput", "Work done by all VMs of a kind");
    runs_script(out, data, "throughput", throughput_unit(data));
}

static void latency_script(FILE *out, const void *data)
{
    script_head(out, data, "latency",
                "99th percentile of responses, or of wake-ups");
    runs_script(out, data, "latency", "milliseconds");
}

static const struct {
    struct plot_figure figure;
    value_fn *value;
} figures[] = {
    {{"throughput", throughput_csv, throughput_script}, work_of},
    {{"latency", latency_csv, latency_script}, p99_of},
};

enum status scenario_plot(const char *folder, const struct scenario_results *r,
                          struct error *e)
{
    enum status s = STATUS_OK;

    for (size_t i = 0; i < ARRAY_LEN(figures) && s == STATUS_OK; i++)
        if (has_lines(r, figures[i].value))
            s = plot_draw(folder, &figures[i].figure, r, e);
    return s;
}
