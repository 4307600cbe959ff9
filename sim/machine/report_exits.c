/*
 * report_exits.c - exits by reason and by time, as `perf kvm stat` shows those
 * of a real hypervisor.
 */
#include "sim/machine/report.h"

/* The counter's name without its family. */
static const char *name_of(int reason)
{
    const char *name = counter_info(counter_of_exit((enum vmexit)reason))->name;

    return name + sizeof "exit." - 1;
}

static void put_cell(FILE *out, int width, uint64_t value)
{
    char text[32];

    fprintf(out, " %*s", width, format_count(value, text, sizeof text));
}

static void put_row(FILE *out, const char *name, const struct exit_time *t,
                    const struct exit_time *sum)
{
    fprintf(out, " %-18s", name);
    put_cell(out, 10, t->count);
    fprintf(out, " %6.2f%% %6.2f%%", 100 * ratio(t->count, sum->count),
            100 * ratio(t->total_cycles, sum->total_cycles));
    put_cell(out, 9, t->least_cycles);
    put_cell(out, 9, t->total_cycles / t->count);
    put_cell(out, 11, t->most_cycles);
    fputc('\n', out);
}

void report_exits(FILE *out, const struct run_record *record, bool with_boot)
{
    struct exit_times times = record->exits;
    struct exit_time sum = {0};
    int order[VMEXIT_COUNT];
    int count;

    if (with_boot)
        exit_times_merge(&times, &record->boot_exits);
    for (int reason = 0; reason < VMEXIT_COUNT; reason++)
        exit_time_merge(&sum, &times.of[reason]);
    fprintf(out, "\n exits of %s, cycles from exit to entry\n\n",
            with_boot ? "boot and workload" : "the workload");
    if (sum.count == 0) {
        fputs(" none\n", out);
        return;
    }
    fprintf(out, " %-18s %10s %7s %7s %9s %9s %11s\n", "reason", "exits",
            "count", "time", "least", "average", "most");
    count = exit_times_order(&times, order);
    for (int i = 0; i < count; i++)
        put_row(out, name_of(order[i]), &times.of[order[i]], &sum);
    put_row(out, "all", &sum, &sum);
    fputs(" total cycles:", out);
    put_cell(out, 0, sum.total_cycles);
    fputc('\n', out);
}
