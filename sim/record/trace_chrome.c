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
            "\"args\":{\"name\":\"%s\"}}",
            vm, name);
}

void trace_chrome_name_vcpu(struct trace_chrome *c, unsigned vm, unsigned vcpu,
                            const char *name)
{
    separate(c);
    fprintf(c->out,
            "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,"
            "\"args\":{\"name\":\"%s\"}}",
            vm, vcpu, name);
}

void trace_chrome_put(struct trace_chrome *c, const struct trace_event *event)
{
    bool instant = event->end_cycle == event->begin_cycle;

    separate(c);
    fprintf(c->out,
            "{\"ph\":\"%s\",\"name\":\"%s\",\"cat\":\"%s\",\"pid\":%u,"
            "\"tid\":%u",
            instant ? "i" : "X", trace_name(event),
            trace_info(event->kind)->category, event->vm, event->vcpu);
    put_us(c, "ts", event->begin_cycle);
    if (instant)
        fputs(",\"s\":\"t\"", c->out);
    else
        put_us(c, "dur", event->end_cycle - event->begin_cycle);
    fprintf(c->out, ",\"args\":{\"rip\":\"0x%" PRIx64 "\"}}", event->rip);
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
