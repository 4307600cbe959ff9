/*
 * report_compare.c - techniques side by side, one column each.
 */
#include <string.h>

#include "sim/machine/report.h"

/* Four techniques fit into 80 columns. */
enum { NAME_WIDTH = 22, COLUMN_WIDTH = 14 };

/* A line of the table in the making. */
struct line {
    FILE *out;
    int excess; /* columns of a long name that the next cell must give */
};

/* A line of the table that is a quotient of two counters. */
struct rate_line {
    const char *name;
    enum counter part, whole;
    double scale; /* 100 for per cent */
};

static const struct rate_line rate_lines[] = {
    {"references per walk", COUNTER_WALK_REFS, COUNTER_WALK_COUNT, 1},
    {"dtlb.l1.miss %", COUNTER_DTLB_L1_MISS, COUNTER_DTLB_ACCESS, 100},
    {"dtlb.l2.miss %", COUNTER_DTLB_L2_MISS, COUNTER_DTLB_ACCESS, 100},
    {"itlb.l1.miss %", COUNTER_ITLB_L1_MISS, COUNTER_ITLB_ACCESS, 100},
    {"itlb.l2.miss %", COUNTER_ITLB_L2_MISS, COUNTER_ITLB_ACCESS, 100},
    {"l1d.miss %", COUNTER_L1D_MISS, COUNTER_L1D_ACCESS, 100},
};

static struct line begin_line(FILE *out, const char *name)
{
    int wrote = fprintf(out, "  %-*s", NAME_WIDTH, name);

    return (struct line){out, wrote - 2 - NAME_WIDTH};
}

static void put_text(struct line *line, const char *text)
{
    fprintf(line->out, " %*s", COLUMN_WIDTH - 1 - line->excess, text);
    line->excess = 0;
}

static void put_cell(struct line *line, uint64_t count)
{
    char text[32];

    put_text(line, count ? format_count(count, text, sizeof text) : "-");
}

static void put_number(struct line *line, double value, int decimals)
{
    char text[32];

    snprintf(text, sizeof text, "%.*f", decimals, value);
    put_text(line, text);
}

static void put_counter(FILE *out, const struct results *r, enum counter id)
{
    struct line line = begin_line(out, counter_info(id)->name);

    for (unsigned i = 0; i < r->count; i++)
        put_cell(&line, record_count(&r->records[i], id));
    fputc('\n', out);
}

static bool counter_is_zero(const struct results *r, enum counter id)
{
    for (unsigned i = 0; i < r->count; i++)
        if (record_count(&r->records[i], id))
            return false;
    return true;
}

static void put_counters(FILE *out, const struct results *r, enum counter first,
                         int count)
{
    for (int i = 0; i < count; i++) {
        enum counter id = (enum counter)((int)first + i);

        if (!counter_is_zero(r, id))
            put_counter(out, r, id);
    }
}

/* Slowdown is against native if it ran, else against the first column. */
static const struct run_record *baseline(const struct results *r)
{
    for (unsigned i = 0; i < r->count; i++)
        if (strcmp(r->records[i].technique, "native") == 0)
            return &r->records[i];
    return &r->records[0];
}

static void put_totals(FILE *out, const struct results *r)
{
    const struct run_record *base = baseline(r);
    struct line line;
    char name[32];

    put_counter(out, r, COUNTER_INSTRUCTIONS);
    line = begin_line(out, "cycles");
    for (unsigned i = 0; i < r->count; i++)
        put_cell(&line, r->records[i].cycles);
    snprintf(name, sizeof name, "slowdown (%s = 1)", base->technique);
    fputc('\n', out);
    line = begin_line(out, name);
    for (unsigned i = 0; i < r->count; i++)
        put_number(&line, ratio(r->records[i].cycles, base->cycles), 3);
    fputc('\n', out);
    line = begin_line(out, "instructions per cycle");
    for (unsigned i = 0; i < r->count; i++)
        put_number(&line,
                   ratio(record_count(&r->records[i], COUNTER_INSTRUCTIONS),
                         r->records[i].cycles),
                   3);
    fputc('\n', out);
}

static void put_ledger(FILE *out, const struct results *r)
{
    fputs("\n cycles by ledger row\n", out);
    for (int row = 0; row < LEDGER_COUNT; row++) {
        struct line line;
        uint64_t sum = 0;

        for (unsigned i = 0; i < r->count; i++)
            sum += r->records[i].ledger.cycles[row];
        if (sum == 0)
            continue;
        line = begin_line(out, ledger_info((enum ledger_row)row)->name);
        for (unsigned i = 0; i < r->count; i++)
            put_cell(&line, r->records[i].ledger.cycles[row]);
        fputc('\n', out);
    }
}

static void put_rates(FILE *out, const struct results *r)
{
    for (size_t row = 0; row < sizeof rate_lines / sizeof *rate_lines; row++) {
        const struct rate_line *rate = &rate_lines[row];
        struct line line = begin_line(out, rate->name);

        for (unsigned i = 0; i < r->count; i++)
            put_number(&line,
                       rate->scale *
                           ratio(record_count(&r->records[i], rate->part),
                                 record_count(&r->records[i], rate->whole)),
                       3);
        fputc('\n', out);
    }
}

static void put_memory(FILE *out, const struct results *r)
{
    fputs("\n translation\n", out);
    put_counters(out, r, COUNTER_WALK_COUNT, 4);
    put_rates(out, r);
    put_counters(out, r, COUNTER_TLB_FLUSH_ALL, 2);
    put_counters(out, r, COUNTER_SHADOW_SYNC,
                 COUNTER_PV_VALIDATE - COUNTER_SHADOW_SYNC + 1);
    if (!counter_is_zero(r, COUNTER_GUEST_EXCEPTION) ||
        !counter_is_zero(r, COUNTER_GUEST_SYSCALL))
        fputs("\n guest kernel\n", out);
    put_counters(out, r, COUNTER_GUEST_FAULT,
                 COUNTER_GUEST_SYSCALL - COUNTER_GUEST_FAULT + 1);
}

static void put_trips(FILE *out, const struct results *r)
{
    if (!counter_is_zero(r, COUNTER_EXIT_TOTAL)) {
        fputs("\n exits by reason\n", out);
        put_counter(out, r, COUNTER_EXIT_TOTAL);
        put_counters(out, r, COUNTER_EXIT_REASON_EXCEPTION, VMEXIT_COUNT);
    }
    if (!counter_is_zero(r, COUNTER_HYPERCALL_TOTAL)) {
        fputs("\n hypercalls\n", out);
        put_counter(out, r, COUNTER_HYPERCALL_TOTAL);
        put_counters(out, r, COUNTER_HYPERCALL_SET_TRAP_TABLE, HYPERCALL_COUNT);
    }
}

static void put_boot_and_host(FILE *out, const struct results *r)
{
    struct line line;

    fputs("\n boot (apart) and host\n", out);
    line = begin_line(out, "boot instructions");
    for (unsigned i = 0; i < r->count; i++)
        put_cell(&line,
                 r->records[i].boot_counters.value[COUNTER_INSTRUCTIONS]);
    fputc('\n', out);
    line = begin_line(out, "boot cycles");
    for (unsigned i = 0; i < r->count; i++)
        put_cell(&line, r->records[i].boot_cycles);
    fputc('\n', out);
    line = begin_line(out, "host seconds");
    for (unsigned i = 0; i < r->count; i++)
        put_number(&line, r->records[i].host_seconds, 2);
    fputc('\n', out);
    line = begin_line(out, "simulated MIPS");
    for (unsigned i = 0; i < r->count; i++)
        put_number(&line, record_mips(&r->records[i]), 1);
    fputc('\n', out);
}

/* What differs from the first column, in words. */
static void put_difference(FILE *out, const struct run_record *first,
                           const struct run_record *r)
{
    if (r->end != RUN_EXITED) {
        fprintf(out, " %s (did not end by itself)", r->technique);
        return;
    }
    if (r->exit_status != first->exit_status)
        fprintf(out, " %s (exit status %d, %s has %d)", r->technique,
                r->exit_status, first->technique, first->exit_status);
    if (strcmp(r->stdout_sha256, first->stdout_sha256) != 0)
        fprintf(out, " %s (stdout)", r->technique);
    if (strcmp(r->stderr_sha256, first->stderr_sha256) != 0)
        fprintf(out, " %s (stderr)", r->technique);
}

static void put_verdict(FILE *out, const struct results *r)
{
    const struct run_record *first = &r->records[0];

    if (results_agree(r)) {
        fprintf(out,
                "\n outputs: equal (exit status %d, %llu bytes of stdout, "
                "sha256 %.16s...)\n",
                first->exit_status, (unsigned long long)first->stdout_bytes,
                first->stdout_sha256);
        return;
    }
    fputs("\n outputs: DIFFER:", out);
    for (unsigned i = 0; i < r->count; i++)
        put_difference(out, first, &r->records[i]);
    fputc('\n', out);
}

void report_compare(FILE *out, const struct results *r)
{
    const struct config *c = r->config;
    struct line line;
    char command[1024];

    fprintf(out, "\n %s (profile %s, %s timing, seed %llu)\n\n",
            c->workload.text, c->profile_name, report_timing(c),
            (unsigned long long)c->seed);
    line = begin_line(out, "");
    for (unsigned i = 0; i < r->count; i++)
        put_text(&line, r->records[i].technique);
    fputc('\n', out);
    put_totals(out, r);
    put_ledger(out, r);
    put_trips(out, r);
    put_memory(out, r);
    put_boot_and_host(out, r);
    put_verdict(out, r);
    fprintf(out, " again: %s\n", results_command(r, command, sizeof command));
}
