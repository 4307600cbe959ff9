#include "sim/machine/record_fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vcpu_record record_since_boot(const struct run_point *now,
                                     const struct run_point *boot)
{
    return (struct vcpu_record){
        .counters = counters_since(&now->counters, &boot->counters),
        .ledger = ledger_since(&now->ledger, &boot->ledger),
        .cycles = now->cycles - boot->cycles};
}

void record_note_early_end(struct run_record *r, const struct config *config,
                           const struct bus *bus)
{
    if (r->end != RUN_EXITED || bus->exited ||
        config->workload.kind == WORKLOAD_NONE)
        return;
    r->end = RUN_CRASHED;
    snprintf(r->text, sizeof r->text,
             "the guest's kernel %s before the program ended",
             bus->reset_requested ? "reset the machine" : "powered off");
}

static void note_unknown_call(struct run_record *r, const char *line)
{
    static const char words[] = "unknown system call ";
    const char *at = strstr(line, words);

    if (at && r->unknown_call_count < RUN_MAX_UNKNOWN_CALLS)
        r->unknown_calls[r->unknown_call_count++] =
            (unsigned)strtoul(at + sizeof words - 1, NULL, 10);
}

/* The kernel is quiet unless something is wrong: its last words are kept. */
static void note_kernel_line(struct run_record *r, const char *line)
{
    static const char prefix[] = "minikernel: ";
    size_t skip =
        strncmp(line, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;

    if (strstr(line, "unknown system call "))
        note_unknown_call(r, line);
    else if (line[skip] && !strstr(r->kernel_note, "Kernel panic"))
        snprintf(r->kernel_note, sizeof r->kernel_note, "%s", line + skip);
}

void record_read_kernel_log(struct run_record *r, const struct output *log,
                            size_t from)
{
    char line[256];
    size_t used = 0;

    for (size_t i = from; i < log->bytes; i++) {
        uint8_t byte = log->data[i];

        if (byte == '\n') {
            line[used] = '\0';
            note_kernel_line(r, line);
            used = 0;
        } else if (used < sizeof line - 1 && byte >= ' ' && byte < 0x7f) {
            line[used++] = (char)byte;
        }
    }
}
