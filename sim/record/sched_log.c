#include "sim/record/sched_log.h"

#include <inttypes.h>
#include <string.h>

#include "sim/record/sched_chrome.h"
#include "sim/record/sched_recent.h"

enum {
    DIGITS = 20,     /* of the greatest uint64_t */
    LINE_BYTES = 128 /* three numbers, two short ones, the longest name */
};

#define SCHED_EVENT(id, name, sentence) {name, sizeof(name) - 1, sentence},
static const struct {
    const char *name;
    size_t name_bytes;
    const char *sentence;
} kinds[] = {
#include "sim/record/sched_log.def"
};
#undef SCHED_EVENT

const char *sched_event_name(enum sched_event_kind kind)
{
    return kinds[kind].name;
}

const char *sched_event_sentence(enum sched_event_kind kind)
{
    return kinds[kind].sentence;
}

enum sched_event_kind sched_event_find(const char *name, size_t bytes)
{
    int kind = 0;

    while (kind < SCHED_EVENT_COUNT &&
           (kinds[kind].name_bytes != bytes ||
            memcmp(kinds[kind].name, name, bytes) != 0))
        kind++;
    return (enum sched_event_kind)kind;
}

/* Decimal, and one character behind it; returns where the next one goes.
   printf() would cost more than the rest of an event. */
static char *put_number(char *at, uint64_t value, char behind)
{
    char text[DIGITS];
    char *first = text + sizeof text;
    size_t bytes;

    do
        *--first = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    bytes = (size_t)(text + sizeof text - first);
    memcpy(at, first, bytes);
    at[bytes] = behind;
    return at + bytes + 1;
}

/* A line must stay a line, whatever a VM is called. */
static void put_name(FILE *out, const char *name)
{
    for (; *name; name++)
        fputc((unsigned char)*name < ' ' ? '?' : *name, out);
}

static void write_host(FILE *out, const struct sched_log_host *host,
                       const char *made_by)
{
    fprintf(out, "ringside-sched-log %d\n", SCHED_LOG_VERSION);
    if (made_by) {
        fputs("# made by: ", out);
        put_name(out, made_by);
        fputc('\n', out);
    }
    fprintf(out, "host %" PRIu64 " %s %u %u %u\n", host->khz, host->policy,
            host->pcpus, host->threads_per_core, host->nodes);
    for (unsigned i = 0; i < host->vm_count; i++) {
        const struct sched_log_vm *vm = &host->vms[i];

        fprintf(out, "vm %u %u %" PRIu32 " ", i, vm->vcpus, vm->weight);
        put_name(out, vm->name);
        fputc('\n', out);
    }
}

bool sched_log_begin(struct sched_log *log, const struct sched_log_host *host)
{
    log->events = 0;
    if (log->stream)
        write_host(log->stream, host, log->made_by);
    if (log->recent && !sched_recent_begin(log->recent, host))
        return false;
    return !log->chrome ||
           sched_chrome_begin(log->chrome, log->chrome->out, 0, host);
}

static void write_event(FILE *out, const struct sched_event *event)
{
    char line[LINE_BYTES];
    char *at = put_number(line, event->cycle, ' ');
    size_t name_bytes = kinds[event->kind].name_bytes;

    at = put_number(at, event->pcpu, ' ');
    memcpy(at, kinds[event->kind].name, name_bytes);
    at += name_bytes;
    *at++ = ' ';
    if (event->vm == SCHED_EVENT_NOBODY) {
        *at++ = '-';
        *at++ = ' ';
    } else {
        at = put_number(at, event->vm, '.');
        at = put_number(at, event->vcpu, ' ');
    }
    if (event->arg)
        at = put_number(at, event->arg, ' ');
    at[-1] = '\n';
    fwrite(line, 1, (size_t)(at - line), out);
}

void sched_log_put(struct sched_log *log, const struct sched_event *event)
{
    if (!log)
        return;
    log->events++;
    if (log->stream)
        write_event(log->stream, event);
    if (log->chrome)
        sched_chrome_put(log->chrome, event);
    if (log->recent)
        sched_recent_put(log->recent, event);
}

void sched_log_end(struct sched_log *log, uint64_t cycle)
{
    if (log->stream)
        fprintf(log->stream, "end %" PRIu64 " %" PRIu64 "\n", cycle,
                log->events);
    if (log->chrome)
        sched_chrome_end(log->chrome, cycle);
}
