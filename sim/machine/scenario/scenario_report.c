/*
 * scenario_report.c - a scenario's results on the terminal.
 */
#include "sim/machine/scenario/scenario_report.h"

#include <inttypes.h>
#include <string.h>

#include "sim/machine/report.h"

enum { MOST_ROWS = 32 };

static void print_time(FILE *out, const struct scenario_result *r,
                       uint64_t count, uint64_t cycles)
{
    char text[SCENARIO_TIME_BYTES];

    fprintf(out, " %9s",
            count ? scenario_time_text(scenario_us(r, cycles), text) : "-");
}

static void print_latency(FILE *out, const struct scenario_result *r,
                          const struct latency *l)
{
    print_time(out, r, l->count, latency_permille(l, 500));
    print_time(out, r, l->count, latency_permille(l, 990));
    print_time(out, r, l->count, l->greatest);
}

/* Which VMs share a row: all alike if there are several runs, or many VMs. */
static bool rows_are_kinds(const struct scenario_results *r)
{
    return r->count > 1 || r->runs[0].vm_count > MOST_ROWS;
}

static unsigned row_count(const struct scenario_results *r,
                          const struct scenario_result *run)
{
    return rows_are_kinds(r) ? run->job->scenario->vm_count : run->vm_count;
}

/* False: nobody is in that row. */
static bool sum_row(struct vm_sum *sum, const struct scenario_results *r,
                    const struct scenario_result *run, unsigned row)
{
    if (rows_are_kinds(r))
        vm_sum_kind(sum, run, row);
    else
        vm_sum_one(sum, run, row);
    return sum->vms != 0;
}

static int label_width(const struct scenario_results *r)
{
    int width = (int)strlen(r->varied);

    for (unsigned i = 0; i < r->count; i++)
        if ((int)strlen(r->runs[i].job->label) > width)
            width = (int)strlen(r->runs[i].job->label);
    return width;
}

static int name_width(const struct scenario_results *r)
{
    int width = 2;
    struct vm_sum sum;

    for (unsigned i = 0; i < r->count; i++)
        for (unsigned row = 0; row < row_count(r, &r->runs[i]); row++)
            if (sum_row(&sum, r, &r->runs[i], row) &&
                (int)strlen(sum.name) > width)
                width = (int)strlen(sum.name);
    return width;
}

/* A table: its heading, and what a row of it says, if it has anything. */
struct section {
    const char *heading;
    bool (*applies)(const struct vm_sum *sum);
    void (*row)(FILE *out, const struct scenario_result *run,
                const struct vm_sum *sum);
};

static bool always(const struct vm_sum *sum)
{
    (void)sum;
    return true;
}

static void shares_row(FILE *out, const struct scenario_result *run,
                       const struct vm_sum *sum)
{
    fprintf(out, " %5u %6" PRIu32 " %7.1f %% %7.1f %% %6.1f %%", sum->vcpus,
            sum->weight, sum->obtained * 100, sum->entitled * 100,
            sum->steal * 100);
    print_time(out, run, sum->wait.count, latency_permille(&sum->wait, 990));
    print_latency(out, run, &sum->wake);
    if (sum->guests) /* its work is instructions: a table of their own */
        fprintf(out, " %10s", "-");
    else
        fprintf(out, " %10.1f", sum->done);
    fprintf(out, " %9.1f %9.1f", sum->switches, sum->migrations);
}

static bool has_requests(const struct vm_sum *sum)
{
    return sum->requests > 0 || sum->lost > 0;
}

static void requests_row(FILE *out, const struct scenario_result *run,
                         const struct vm_sum *sum)
{
    fprintf(out, " %10.1f", sum->requests);
    print_latency(out, run, &sum->response);
    fprintf(out, " %9" PRIu64, sum->lost);
}

static bool has_spins(const struct vm_sum *sum)
{
    return sum->spin > 0.00005 || sum->shootdowns > 0 || sum->ple_exits > 0;
}

static void spins_row(FILE *out, const struct scenario_result *run,
                      const struct vm_sum *sum)
{
    (void)run;
    fprintf(out,
            " %8.2f %% %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %11" PRIu64,
            sum->spin * 100, sum->ple_exits, sum->halts, sum->kicks,
            sum->shootdowns);
}

static bool has_misses(const struct vm_sum *sum)
{
    return sum->deadline_misses > 0 || sum->has_deadlines;
}

static void misses_row(FILE *out, const struct scenario_result *run,
                       const struct vm_sum *sum)
{
    (void)run;
    fprintf(out, " %16" PRIu64, sum->deadline_misses);
}

static bool is_real(const struct vm_sum *sum)
{
    return sum->guests > 0;
}

static void guests_row(FILE *out, const struct scenario_result *run,
                       const struct vm_sum *sum)
{
    char count[32];

    (void)run;
    fprintf(out, " %15s %6.3f",
            format_count((uint64_t)sum->instructions, count, sizeof count),
            sum->cycles > 0 ? sum->instructions / sum->cycles : 0);
    if (sum->ended)
        fprintf(out, " %5u of %-5u %9.3f ms %6d", sum->ended, sum->guests,
                sum->end_ms, sum->exit_status);
    else
        fprintf(out, " %5u of %u", sum->ended, sum->guests);
}

/* Where that may differ between VMs: cores with two threads, several nodes. */
static bool has_neighbours(const struct vm_sum *sum)
{
    return sum->smt_cycles > 0 || sum->remote_lines > 0;
}

static void neighbours_row(FILE *out, const struct scenario_result *run,
                           const struct vm_sum *sum)
{
    double thousands = sum->instructions / 1000;

    (void)run;
    if (sum->instructions > 0)
        fprintf(out, " %7.1f %% %10.2f %10.2f %10.2f",
                sum->smt_cycles / sum->cycles * 100, sum->l2_misses / thousands,
                sum->l3_misses / thousands, sum->remote_lines / thousands);
}

static const struct section sections[] = {
    {" vCPUs weight       CPU  entitled    steal  wait p99  wake p50       p99 "
     "      max"
     "     done/s  switch/s migrate/s",
     always, shares_row},
    {" requests/s  response p50     p99       max      lost", has_requests,
     requests_row},
    {"   spinning  PLE exits      halts      kicks  shootdowns", has_spins,
     spins_row},
    {"    instructions    IPC     at their end      after   exit", is_real,
     guests_row},
    {"   sibling  L2 misses  L3 misses     remote, of 1000 instructions",
     has_neighbours, neighbours_row},
    {" deadlines missed", has_misses, misses_row},
};

static void print_section(FILE *out, const struct scenario_results *r,
                          const struct section *section)
{
    int label = label_width(r), name = name_width(r);
    bool begun = false;
    struct vm_sum sum;

    for (unsigned i = 0; i < r->count; i++) {
        const struct scenario_result *run = &r->runs[i];

        for (unsigned row = 0; row < row_count(r, run); row++) {
            if (!sum_row(&sum, r, run, row) || !section->applies(&sum))
                continue;
            if (!begun)
                fprintf(out, "\n %-*s%s%-*s%s\n", label, r->varied,
                        label ? "  " : "", name, "VM", section->heading);
            begun = true;
            fprintf(out, " %-*s%s%-*s", label, label ? run->job->label : "",
                    label ? "  " : "", name, sum.name);
            section->row(out, run, &sum);
            fputc('\n', out);
        }
    }
}

static void print_host(FILE *out, const struct scenario_results *r)
{
    int label = label_width(r);

    fprintf(out,
            "\n %-*s%spCPUs   busy     least      most  scheduler   Jain  "
            "decisions\n",
            label, label ? r->varied : "", label ? "  " : "");
    for (unsigned i = 0; i < r->count; i++) {
        const struct scenario_result *run = &r->runs[i];
        double busy = 0, least = 1, most = 0, scheduler = 0;

        for (unsigned n = 0; n < run->pcpu_count; n++) {
            double all = (double)run->cycles;
            double one = 1 - (double)run->pcpus[n].idle_cycles / all;

            busy += one / run->pcpu_count;
            least = one < least ? one : least;
            most = one > most ? one : most;
            scheduler +=
                (double)run->pcpus[n].scheduler_cycles / all / run->pcpu_count;
        }
        fprintf(out,
                " %-*s%s%5u %6.1f %% %7.1f %% %7.1f %%  %7.3f %% %6.4f "
                "%10" PRIu64 "\n",
                label, label ? run->job->label : "", label ? "  " : "",
                run->pcpu_count, busy * 100, least * 100, most * 100,
                scheduler * 100, run->jain, run->decisions);
    }
}

void scenario_report(FILE *out, const struct scenario_results *r)
{
    scenario_report_head(out, r);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(out, r, &sections[i]);
    print_host(out, r);
    fputc('\n', out);
}
