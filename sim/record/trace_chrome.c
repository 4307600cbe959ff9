/*
 * trace_chrome.c - events as Chrome trace JSON, which Perfetto opens.
 *
 * Source  "Trace Event Format", Google: complete events (ph X) with ts and
 *         dur in microseconds, instants (ph i), names by metadata (ph M).
 * Model   microseconds carry three decimals, computed in integers: the same
 *         bytes on every host.
 */
#include <inttypes.h>

#include "sim/record/trace.h"

static void separate(struct trace_chrome *c)
{
    fputs(c->any ? ",\n" : "\n", c->out);
    c->any = true;
}

/* A JSON string, without its quotes. */
static void put_text(struct trace_chrome *c, const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < ' ')
            fprintf(c->out, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            fprintf(c->out, "\\%c", byte);
        else
            fputc(byte, c->out);
    }
}

/* Without 128-bit arithmetic: whole milliseconds first, then the rest. */
static void put_us(struct trace_chrome *c, const char *key, uint64_t cycles)
{
    uint64_t ms = cycles / c->tsc_khz;
    uint64_t ns = cycles % c->tsc_khz * 1000000 / c->tsc_khz;

    fprintf(c->out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key,
            ms * 1000 + ns / 1000, ns % 1000);
}

void trace_chrome_init(struct trace_chrome *c, FILE *out, uint64_t tsc_khz)
{
    *c = (struct trace_chrome){.out = out, .tsc_khz = tsc_khz};
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out);
}

void trace_chrome_name_vm(struct trace_chrome *c, unsigned vm, const char *name)
{
    separate(c);
    fprintf(c->out,
            "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,"
            "\"args\":{\"name\":\"",
            vm);
    put_text(c, name);
    fputs("\"}}", c->out);
}

void trace_chrome_name_vcpu(struct trace_chrome *c, unsigned vm, unsigned vcpu,
                            const char *name)
{
    separate(c);
    fprintf(c->out,
            "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,"
            "\"args\":{\"name\":\"",
            vm, vcpu);
    put_text(c, name);
    fputs("\"}}", c->out);
}

void trace_chrome_sort_vm(struct trace_chrome *c, unsigned vm, int place)
{
    separate(c);
    fprintf(c->out,
            "{\"ph\":\"M\",\"name\":\"process_sort_index\",\"pid\":%u,"
            "\"args\":{\"sort_index\":%d}}",
            vm, place);
}

void trace_chrome_span(struct trace_chrome *c, const struct trace_span *span)
{
    bool instant = span->end_cycle == span->begin_cycle;

    separate(c);
    fprintf(c->out, "{\"ph\":\"%s\",\"name\":\"", instant ? "i" : "X");
    put_text(c, span->name);
    fprintf(c->out, "\",\"cat\":\"%s\",\"pid\":%u,\"tid\":%u", span->category,
            span->pid, span->tid);
    put_us(c, "ts", span->begin_cycle);
    if (instant)
        fputs(",\"s\":\"t\"", c->out);
    else
        put_us(c, "dur", span->end_cycle - span->begin_cycle);
    fprintf(c->out, ",\"args\":{%s}}", span->args);
}

void trace_chrome_put(struct trace_chrome *c, const struct trace_event *event)
{
    char args[32];
    const struct trace_span span = {
        .name = trace_name(event),
        .category = trace_info(event->kind)->category,
        .pid = event->vm,
        .tid = event->vcpu,
        .begin_cycle = event->begin_cycle,
        .end_cycle = event->end_cycle,
        .args = args,
    };

    snprintf(args, sizeof args, "\"rip\":\"0x%" PRIx64 "\"", event->rip);
    trace_chrome_span(c, &span);
}

void trace_chrome_splice(struct trace_chrome *c, FILE *from)
{
    int byte = getc(from);

    if (byte != EOF && c->any)
        fputc(',', c->out);
    for (; byte != EOF; byte = getc(from)) {
        fputc(byte, c->out);
        c->any = true;
    }
}

void trace_chrome_finish(struct trace_chrome *c)
{
    fputs("\n]}\n", c->out);
}
