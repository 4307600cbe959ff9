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

/*
 * What is varied last lies on the axis; there is a line for each entry of the
 * scenario, and for each combination of all else that is varied.
 */
static const struct scenario_axis *axis_of(const struct scenario_results *r)
{
    return &r->axes->axes[r->axes->count - 1];
}

static unsigned kind_count(const struct scenario_results *r)
{
    return r->runs[0].job->scenario->vm_count;
}

static unsigned line_count(const struct scenario_results *r)
{
    return r->count / axis_of(r)->count * kind_count(r);
}

/* The run at a place of the axis. */
static unsigned run_of(const struct scenario_results *r, unsigned line,
                       unsigned place)
{
    return line / kind_count(r) * axis_of(r)->count + place;
}

enum { LINE_BYTES = JOB_LABEL_BYTES + SCHED_NAME_BYTES };

/* "rr, 2: server"; the entry alone if nothing else is varied. */
static const char *line_name(const struct scenario_results *r, unsigned line,
                             char name[LINE_BYTES])
{
    unsigned kind = line % kind_count(r);
    struct scenario_override varied[JOB_MAX_VARIED];
    size_t used = 0;

    scenario_axes_at(r->axes, run_of(r, line, 0), varied);
    for (unsigned i = 0; i + 1 < r->axes->count; i++)
        used += (size_t)snprintf(name + used, LINE_BYTES - used, "%s%.40s",
                                 i ? ", " : "", varied[i].value);
    snprintf(name + used, LINE_BYTES - used, "%s%.24s", used ? ": " : "",
             r->runs[0].job->scenario->vms[kind].name);
    return name;
}

static void put_heading(FILE *out, const struct scenario_results *r)
{
    char name[LINE_BYTES];

    plot_put_csv(out, axis_of(r)->key);
    for (unsigned line = 0; line < line_count(r); line++) {
        fputc(',', out);
        plot_put_csv(out, line_name(r, line, name));
    }
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

static double value_at(const struct scenario_results *r, unsigned line,
                       unsigned place, value_fn *value)
{
    const struct scenario_result *run = &r->runs[run_of(r, line, place)];
    struct vm_sum sum;

    vm_sum_kind(&sum, run, line % kind_count(r));
    return value(run, &sum);
}

static bool line_has(const struct scenario_results *r, unsigned line,
                     value_fn *value)
{
    for (unsigned i = 0; i < axis_of(r)->count; i++)
        if (!isnan(value_at(r, line, i, value)))
            return true;
    return false;
}

static bool has_lines(const struct scenario_results *r, value_fn *value)
{
    for (unsigned line = 0; line < line_count(r); line++)
        if (line_has(r, line, value))
            return true;
    return false;
}

/* Numbers that ascend have their place on the axis; other values are in a row
   (a cap of 0 is none, and comes first or last). */
static bool values_are_numbers(const struct scenario_results *r)
{
    const struct scenario_axis *axis = axis_of(r);
    double last = -1;

    for (unsigned i = 0; i < axis->count; i++) {
        const char *value = axis->values[i];

        if (value[0] == '\0' || value[strspn(value, "0123456789.")] != '\0' ||
            strtod(value, NULL) <= last)
            return false;
        last = strtod(value, NULL);
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
    char title[LINE_BYTES];

    for (unsigned line = 0; line < line_count(r); line++) {
        if (!line_has(r, line, value))
            continue;
        fprintf(out, "%s\"%s.csv\" skip 1 using ", between, name);
        between = ", ";
        put_using(out, r, line + 2);
        plot_put_title(out, line_name(r, line, title));
        fprintf(out, " lw 2 lc rgb \"%s\"%s", plot_colour(line),
                line >= 8 ? " dt 2" : "");
    }
    fputs("'\n", out);
}

/* A row for each place on the axis. */
static void runs_csv(FILE *out, const struct scenario_results *r,
                     value_fn *value)
{
    put_heading(out, r);
    for (unsigned i = 0; i < axis_of(r)->count; i++) {
        plot_put_csv(out, axis_of(r)->values[i]);
        for (unsigned line = 0; line < line_count(r); line++) {
            double v = value_at(r, line, i, value);

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
static void put_range(FILE *out, const struct scenario_axis *axis)
{
    double least = HUGE_VAL, most = -HUGE_VAL, margin;

    for (unsigned i = 0; i < axis->count; i++) {
        double value = strtod(axis->values[i], NULL);

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
    plot_put_quoted(out, axis_of(r)->key);
    fprintf(out,
            "\" noenhanced\n"
            "set ylabel \"%s\"\n"
            "set yrange [0:0.001<*]\n"
            "set style data linespoints\n"
            "set xtics %snoenhanced\n",
            ylabel, values_are_numbers(r) ? "" : "rotate by -35 ");
    if (values_are_numbers(r))
        put_range(out, axis_of(r));
    else
        fprintf(out, "set xrange [-0.5:%u.5]\n", axis_of(r)->count - 1);
    fputs("figure = '", out);
    put_lines(out, r, name, value);
    plot_put_tail(out, name);
}

static const char *throughput_unit(const struct scenario_results *r)
{
    unsigned real = 0, others = 0;
    struct vm_sum sum;

    for (unsigned i = 0; i < r->count; i++)
        for (unsigned kind = 0; kind < kind_count(r); kind++) {
            vm_sum_kind(&sum, &r->runs[i], kind);
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
