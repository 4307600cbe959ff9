/*
 * report_run.c - the summary of one run, in the manner of perf stat.
 */
#include <string.h>

#include "sim/machine/report.h"

enum { NAME_WIDTH = 28 };

/* Lines of counters shown: what, and next to it, of what it is a share. */
struct count_line {
    enum counter id;
    enum counter of; /* COUNTER_COUNT: nothing */
    const char *words;
};

static const struct count_line count_lines[] = {
    {COUNTER_DTLB_L1_MISS, COUNTER_DTLB_ACCESS, "of data translations"},
    {COUNTER_DTLB_L2_MISS, COUNTER_DTLB_ACCESS, "of data translations"},
    {COUNTER_ITLB_L1_MISS, COUNTER_ITLB_ACCESS, "of fetch translations"},
    {COUNTER_ITLB_L2_MISS, COUNTER_ITLB_ACCESS, "of fetch translations"},
    {COUNTER_L1D_MISS, COUNTER_L1D_ACCESS, "of L1D accesses"},
    {COUNTER_L1I_MISS, COUNTER_L1I_ACCESS, "of L1I accesses"},
    {COUNTER_L2_MISS, COUNTER_COUNT, NULL},
    {COUNTER_L3_MISS, COUNTER_COUNT, NULL},
    {COUNTER_GUEST_FAULT, COUNTER_COUNT, NULL},
    {COUNTER_GUEST_SYSCALL, COUNTER_COUNT, NULL},
    {COUNTER_GUEST_INTERRUPT, COUNTER_COUNT, NULL},
};

static void put_count(FILE *out, const char *name, uint64_t count)
{
    char text[32];

    fprintf(out, "%18s  %s", format_count(count, text, sizeof text), name);
}

/* Fills the column of names up, so that remarks begin below each other. */
static void put_remark(FILE *out, const char *name)
{
    fprintf(out, "%*s # ", NAME_WIDTH - (int)strlen(name), "");
}

static void put_share(FILE *out, const char *name, uint64_t count,
                      uint64_t whole, const char *words)
{
    put_count(out, name, count);
    if (whole) {
        put_remark(out, name);
        fprintf(out, "%6.2f %% %s", 100 * ratio(count, whole), words);
    }
    fputc('\n', out);
}

/* Simulated time: that of the vCPU whose clock went furthest. */
static uint64_t longest_cycles(const struct run_record *r)
{
    uint64_t longest = r->vcpu_count ? 0 : r->cycles;

    for (unsigned i = 0; i < r->vcpu_count; i++)
        if (r->vcpus[i].cycles > longest)
            longest = r->vcpus[i].cycles;
    return longest;
}

static void put_totals(FILE *out, const struct config *c,
                       const struct run_record *r)
{
    uint64_t instructions = record_count(r, COUNTER_INSTRUCTIONS);

    put_count(out, "instructions", instructions);
    put_remark(out, "instructions");
    fprintf(out, "%6.2f per cycle\n", ratio(instructions, r->cycles));
    put_share(out, "instructions.user",
              record_count(r, COUNTER_INSTRUCTIONS_USER), instructions,
              "of instructions");
    put_count(out, "cycles", r->cycles);
    put_remark(out, "cycles");
    fprintf(out, "%6.3f ms simulated at %.2f GHz\n",
            ratio(longest_cycles(r), c->cpu.tsc_khz),
            (double)c->cpu.tsc_khz * 1e-6);
}

/* One line a CPU, if there are several: all above are their sums. */
static void put_vcpus(FILE *out, const struct run_record *r)
{
    char instructions[32], cycles[32];

    if (r->vcpu_count < 2)
        return;
    fputs("\n by vCPU      instructions             cycles     idle\n", out);
    for (unsigned i = 0; i < r->vcpu_count; i++) {
        const struct vcpu_record *v = &r->vcpus[i];

        fprintf(out, " %7u %18s %18s %6.2f %%\n", i,
                format_count(v->counters.value[COUNTER_INSTRUCTIONS],
                             instructions, sizeof instructions),
                format_count(v->cycles, cycles, sizeof cycles),
                100 * ratio(v->ledger.cycles[LEDGER_IDLE], v->cycles));
    }
}

static void put_counts(FILE *out, const struct run_record *r)
{
    uint64_t walks = record_count(r, COUNTER_WALK_COUNT);
    uint64_t references = record_count(r, COUNTER_WALK_REFS);

    put_count(out, "walk.count", walks);
    put_remark(out, "walk.count");
    fprintf(out, "%6.2f references a walk\n", ratio(references, walks));
    for (size_t i = 0; i < sizeof count_lines / sizeof *count_lines; i++) {
        const struct count_line *line = &count_lines[i];

        put_share(out, counter_info(line->id)->name, record_count(r, line->id),
                  line->of == COUNTER_COUNT ? 0 : record_count(r, line->of),
                  line->words);
    }
}

static void put_ledger(FILE *out, const struct run_record *r)
{
    fputs("\n where the cycles went\n", out);
    for (int row = 0; row < LEDGER_COUNT; row++) {
        uint64_t cycles = r->ledger.cycles[row];

        if (cycles)
            put_share(out, ledger_info((enum ledger_row)row)->name, cycles,
                      r->cycles, "of cycles");
    }
}

/* Exits by reason or hypercalls by name: the rows that are not zero. */
static void put_family(FILE *out, const struct run_record *r,
                       enum counter total, enum counter first, int count)
{
    uint64_t whole = record_count(r, total);

    if (whole == 0)
        return;
    fputc('\n', out);
    put_share(out, counter_info(total)->name, whole, 0, NULL);
    for (int i = 0; i < count; i++) {
        enum counter id = (enum counter)((int)first + i);

        if (record_count(r, id))
            put_share(out, counter_info(id)->name, record_count(r, id), whole,
                      "of these");
    }
}

static void put_boot(FILE *out, const struct run_record *r)
{
    char instructions[32], cycles[32];

    fprintf(out, "\n boot, not counted above: %s instructions, %s cycles\n",
            format_count(r->boot_counters.value[COUNTER_INSTRUCTIONS],
                         instructions, sizeof instructions),
            format_count(r->boot_cycles, cycles, sizeof cycles));
}

void report_run(FILE *out, const struct results *results)
{
    const struct config *c = results->config;
    const struct run_record *r = &results->records[0];
    char command[1024];

    fprintf(out, "\n %s under %s (profile %s, %s timing, seed %llu)\n\n",
            c->workload.text, r->technique, c->profile_name, report_timing(c),
            (unsigned long long)c->seed);
    put_totals(out, c, r);
    put_counts(out, r);
    put_ledger(out, r);
    put_vcpus(out, r);
    put_family(out, r, COUNTER_EXIT_TOTAL, COUNTER_EXIT_REASON_EXCEPTION,
               VMEXIT_COUNT);
    put_family(out, r, COUNTER_HYPERCALL_TOTAL,
               COUNTER_HYPERCALL_SET_TRAP_TABLE, HYPERCALL_COUNT);
    put_boot(out, r);
    fprintf(out,
            " host: %.3f s, %.1f million instructions a second, start-up "
            "%.0f ms\n",
            r->host_seconds, record_mips(r), r->startup_seconds * 1e3);
    fprintf(out, " again: %s\n",
            results_command(results, command, sizeof command));
}
