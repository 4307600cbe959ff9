/*
 * plot.c - figures by gnuplot: where the cycles went, and why guests left.
 *
 * Each figure is a .csv with the numbers and a .gp with the script, so that
 * anybody can change and redraw it: gnuplot NAME.gp.  Colours are Paul Tol's
 * scheme for twelve, made for readers who do not see all colours apart.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/machine/plot_figure.h"
#include "sim/machine/report.h"

/* Ledger rows that one colour stands for; the rows from first to last. */
struct plot_group {
    const char *name;
    const char *colour;
    enum ledger_row first, last;
};

static const struct plot_group groups[] = {
    {"user", "#332288", LEDGER_USER, LEDGER_USER},
    {"kernel", "#6699CC", LEDGER_KERNEL, LEDGER_KERNEL},
    {"memory stalls", "#88CCEE", LEDGER_STALL_L2, LEDGER_STALL_DRAM},
    {"L2 TLB hits", "#44AA99", LEDGER_TLB_L2_HIT, LEDGER_TLB_L2_HIT},
    {"walks, guest", "#117733", LEDGER_WALK_GUEST, LEDGER_WALK_GUEST},
    {"walks, host", "#999933", LEDGER_WALK_HOST, LEDGER_WALK_HOST},
    {"delivery", "#DDCC77", LEDGER_DELIVERY, LEDGER_DELIVERY},
    {"exits and entries", "#661100", LEDGER_EXIT, LEDGER_EXIT},
    {"exit handlers", "#CC6677", LEDGER_HANDLER_EXCEPTION,
     (enum ledger_row)(LEDGER_COUNT - 1)},
    {"hypercalls", "#AA4466", LEDGER_HYPERCALL, LEDGER_HYPERCALL},
    {"shadow tables", "#882255", LEDGER_SHADOW, LEDGER_SHADOW},
    {"devices, idle, rest", "#AA4499", LEDGER_DEVICE, LEDGER_STEAL},
};

static uint64_t group_cycles(const struct run_record *r,
                             const struct plot_group *g)
{
    uint64_t sum = 0;

    for (int row = (int)g->first; row <= (int)g->last; row++)
        sum += r->ledger.cycles[row];
    return sum;
}

static void ledger_csv(FILE *out, const void *data)
{
    const struct results *r = data;

    fputs("technique", out);
    for (size_t g = 0; g < ARRAY_LEN(groups); g++)
        fprintf(out, ",\"%s\"", groups[g].name);
    fputc('\n', out);
    for (unsigned i = 0; i < r->count; i++) {
        fputs(r->records[i].technique, out);
        for (size_t g = 0; g < ARRAY_LEN(groups); g++)
            fprintf(out, ",%" PRIu64, group_cycles(&r->records[i], &groups[g]));
        fputc('\n', out);
    }
}

/* Reasons that occur, one a line; a column per technique. */
static void exits_csv(FILE *out, const void *data)
{
    const struct results *r = data;
    fputs("reason", out);
    for (unsigned i = 0; i < r->count; i++)
        fprintf(out, ",%s", r->records[i].technique);
    fputc('\n', out);
    for (int reason = 0; reason < VMEXIT_COUNT; reason++) {
        enum counter id = counter_of_exit((enum vmexit)reason);
        uint64_t sum = 0;

        for (unsigned i = 0; i < r->count; i++)
            sum += record_count(&r->records[i], id);
        if (sum == 0)
            continue;
        fputs(counter_info(id)->name + strlen("exit."), out);
        for (unsigned i = 0; i < r->count; i++)
            fprintf(out, ",%" PRIu64, record_count(&r->records[i], id));
        fputc('\n', out);
    }
}

static void script_head(FILE *out, const struct results *r, const char *name,
                        const char *what)
{
    char command[1024];

    results_command(r, command, sizeof command);
    fputs("# Made by: ", out);
    plot_put_quoted(out, command);
    fprintf(out,
            "\n# Draw again: gnuplot %s.gp\n"
            "set datafile separator \",\"\n"
            "set title \"%s: ",
            name, what);
    plot_put_quoted(out, r->config->workload.text);
    fprintf(out, "\\nprofile %s, %s timing\" noenhanced\n",
            r->config->profile_name, report_timing(r->config));
    fputs("set style fill solid 1.0 border lc rgb \"white\"\n"
          "set grid ytics lc rgb \"#cccccc\"\n"
          "set border 3\n"
          "set tics nomirror out\n"
          "set key outside right top Left reverse noenhanced\n",
          out);
}

static bool group_is_empty(const struct results *r, const struct plot_group *g)
{
    for (unsigned i = 0; i < r->count; i++)
        if (group_cycles(&r->records[i], g))
            return false;
    return true;
}

static void ledger_script(FILE *out, const void *data)
{
    const struct results *r = data;
    bool any = false;

    script_head(out, r, "ledger", "Where the cycles went");
    fputs("set style data histograms\n"
          "set style histogram rowstacked\n"
          "set boxwidth 0.6\n"
          "set xlabel \"technique\"\n"
          "set ylabel \"simulated cycles (millions)\"\n"
          "set yrange [0:*]\n"
          "set key invert\n"
          "figure = '",
          out);
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        if (group_is_empty(r, &groups[g]))
            continue;
        fprintf(out,
                "%s\"ledger.csv\" skip 1 using (column(%zu)/1e6):xtic(1) "
                "title \"%s\" lc rgb \"%s\"",
                any ? ", " : "", g + 2, groups[g].name, groups[g].colour);
        any = true;
    }
    fputs("'\n", out);
    plot_put_tail(out, "ledger");
}

static void exits_script(FILE *out, const void *data)
{
    const struct results *r = data;
    script_head(out, r, "exits", "Exits by reason");
    fputs("set style data histograms\n"
          "set style histogram clustered gap 1\n"
          "set boxwidth 0.9\n"
          "set xlabel \"exit reason\"\n"
          "set xtics rotate by -35 noenhanced\n"
          "set ylabel \"exits (logarithmic)\"\n"
          "set logscale y\n"
          "set yrange [0.5:*]\n"
          "figure = '",
          out);
    for (unsigned i = 0; i < r->count; i++)
        fprintf(out,
                "%s\"exits.csv\" skip 1 using %u:xtic(1) title \"%s\" "
                "lc rgb \"%s\"",
                i ? ", " : "", i + 2, r->records[i].technique, plot_colour(i));
    fputs("'\n", out);
    plot_put_tail(out, "exits");
}

static const struct plot_figure figures[] = {
    {"ledger", ledger_csv, ledger_script},
    {"exits", exits_csv, exits_script},
};

static bool has_exits(const struct results *r)
{
    for (unsigned i = 0; i < r->count; i++)
        if (record_count(&r->records[i], COUNTER_EXIT_TOTAL))
            return true;
    return false;
}

enum status plot_results(const char *folder, const struct results *r,
                         struct error *e)
{
    enum status s = STATUS_OK;

    for (size_t i = 0; i < ARRAY_LEN(figures) && s == STATUS_OK; i++) {
        if (figures[i].csv == exits_csv && !has_exits(r))
            continue;
        s = plot_draw(folder, &figures[i], r, e);
    }
    return s;
}
