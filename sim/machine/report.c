/*
 * report.c - what all reports share: numbers, notes, the verdict's facts.
 */
#include "sim/machine/report.h"

#include <inttypes.h>
#include <string.h>

#include "sim/machine/syscall_names.h"

char *format_count(uint64_t count, char *buffer, size_t buffer_bytes)
{
    char digits[24];
    size_t length, used = 0;

    snprintf(digits, sizeof digits, "%" PRIu64, count);
    length = strlen(digits);
    for (size_t i = 0; i < length && used + 2 < buffer_bytes; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buffer[used++] = ',';
        buffer[used++] = digits[i];
    }
    buffer[used] = '\0';
    return buffer;
}

/* As a shell would say it: status 128 + n means signal n, by convention. */
const char *report_timing(const struct config *c)
{
    switch (c->cpu.timing) {
    case TIMING_WINDOW:
        return "window";
    case TIMING_FAST:
        return "fast";
    case TIMING_COUNT:
        break;
    }
    return "count";
}

static void note_signal(FILE *out, const struct run_record *r)
{
    int signal = r->exit_status - 128;

    if (r->end == RUN_EXITED && signal > 0 && signal < 32)
        fprintf(out, "ringside: %s: the program died: %s (status %d)\n",
                r->technique, strsignal(signal), r->exit_status);
}

static void note_end(FILE *out, const struct run_record *r)
{
    note_signal(out, r);
    if (r->end != RUN_EXITED)
        fprintf(out, "ringside: %s: %s\n", r->technique, r->text);
    if (r->kernel_note[0])
        fprintf(out, "ringside: %s: the guest kernel says: %s\n", r->technique,
                r->kernel_note);
}

void report_notes(FILE *out, const struct run_record *r)
{
    note_end(out, r);
    if (r->resets)
        fprintf(out, "ringside: %s: the guest reset the machine %u time%s\n",
                r->technique, r->resets, r->resets == 1 ? "" : "s");
    if (r->reset_ended && r->end == RUN_EXITED)
        fprintf(out,
                "ringside: %s: the guest reset the machine, which ended the "
                "run (--reset reboot goes on)\n",
                r->technique);
    if (r->unknown_call_count) {
        fprintf(out,
                "ringside: %s: system calls that the guest kernel does "
                "not know (ENOSYS):",
                r->technique);
        for (unsigned i = 0; i < r->unknown_call_count; i++)
            fprintf(out, "%s %u %s", i ? "," : "", r->unknown_calls[i],
                    syscall_name(r->unknown_calls[i]));
        fputc('\n', out);
    }
    if (r->dropped_bytes)
        fprintf(out,
                "ringside: %s: %" PRIu64
                " bytes of output were dropped: too much at once\n",
                r->technique, r->dropped_bytes);
}

bool results_agree(const struct results *r)
{
    const struct run_record *first = &r->records[0];

    for (unsigned i = 0; i < r->count; i++) {
        const struct run_record *other = &r->records[i];

        if (other->end != RUN_EXITED ||
            other->exit_status != first->exit_status ||
            strcmp(other->stdout_sha256, first->stdout_sha256) != 0 ||
            strcmp(other->stderr_sha256, first->stderr_sha256) != 0)
            return false;
    }
    return true;
}

/* Appends as far as there is room. */
static void append(char *buffer, size_t buffer_bytes, const char *a,
                   const char *b)
{
    size_t used = strlen(buffer);

    snprintf(buffer + used, buffer_bytes - used, "%s%s", a, b);
}

static void append_limit(char *buffer, size_t buffer_bytes, const char *option,
                         uint64_t limit)
{
    char number[32];

    if (limit == UINT64_MAX)
        return;
    snprintf(number, sizeof number, "%" PRIu64, limit);
    append(buffer, buffer_bytes, option, number);
}

/* As a shell takes it. */
static void append_quoted(char *buffer, size_t buffer_bytes, const char *option,
                          const char *text)
{
    if (!text)
        return;
    append(buffer, buffer_bytes, option, "'");
    for (; *text; text++) {
        char one[2] = {*text, '\0'};

        append(buffer, buffer_bytes, *text == '\'' ? "'\\'" : "", one);
    }
    append(buffer, buffer_bytes, "'", "");
}

/* The guest's software and files beside the workload. */
static void append_guest(char *buffer, size_t buffer_bytes,
                         const struct config *c)
{
    if (c->kernel_path)
        append(buffer, buffer_bytes, " --kernel ", c->kernel_path);
    append_quoted(buffer, buffer_bytes, " --boot ", c->boot_path);
    append_quoted(buffer, buffer_bytes, " --initrd ", c->initrd_path);
    for (unsigned i = 0; i < c->module_count; i++)
        append_quoted(buffer, buffer_bytes, " --module ", c->modules[i]);
    for (unsigned i = 0; i < c->disk_count; i++)
        append_quoted(buffer, buffer_bytes, " --disk ", c->disk_paths[i]);
    append_quoted(buffer, buffer_bytes, " --append ", c->append);
    for (unsigned i = 0; i < c->travel.dir_count; i++)
        append_quoted(buffer, buffer_bytes, " --dir ", c->travel.dirs[i]);
    if (c->console)
        append(buffer, buffer_bytes, " --console", "");
    if (c->reboots)
        append(buffer, buffer_bytes, " --reset reboot", "");
    if (c->keyboard)
        append(buffer, buffer_bytes, " --keyboard", "");
}

char *results_command(const struct results *r, char *buffer,
                      size_t buffer_bytes)
{
    const struct config *c = r->config;

    snprintf(buffer, buffer_bytes, "ringside %s --profile %s", r->command,
             c->profile_name);
    for (unsigned i = 0; i < c->technique_count; i++)
        append(buffer, buffer_bytes, i == 0 ? " --technique " : ",",
               c->techniques[i]->name);
    for (unsigned i = 0; i < c->override_count; i++)
        append(buffer, buffer_bytes, " --set ", c->overrides[i]);
    append_guest(buffer, buffer_bytes, c);
    append_limit(buffer, buffer_bytes, " --max-instructions ",
                 c->max_instructions);
    append_limit(buffer, buffer_bytes, " --max-cycles ", c->max_cycles);
    if (c->workload.kind == WORKLOAD_NONE)
        return buffer;
    append(buffer, buffer_bytes,
           c->workload.kind == WORKLOAD_PROGRAM ? " -- " : " ",
           c->workload.text);
    return buffer;
}
