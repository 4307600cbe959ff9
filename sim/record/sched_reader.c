#include "sim/record/sched_reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_BYTES = SCHED_READER_LINE_BYTES,
    MAX_KHZ = 100000000, /* 100 GHz: cycles of years fit */
};

/* Sums of a few of them do not overflow. */
static const uint64_t MAX_CYCLE = UINT64_MAX / 8;

static const char cut[] = "the file was cut here: its end line is missing";

enum status sched_reader_error(const struct sched_reader *r, uint64_t line,
                               struct error *e, const char *text)
{
    return error_set(e, STATUS_FILE, "%s:%" PRIu64 ": %s", r->name, line, text);
}

/* The rest of a remark that is longer than a line may be. */
static bool skip_line(FILE *in)
{
    int c;

    do
        c = getc(in);
    while (c != EOF && c != '\n');
    return c == '\n';
}

/* The next line without its newline.  False at the end, or if it is no line. */
static bool read_line(struct sched_reader *r, char line[static LINE_BYTES])
{
    size_t bytes;

    r->line++;
    if (!fgets(line, LINE_BYTES, r->in))
        return false;
    bytes = strlen(line);
    if (bytes == LINE_BYTES - 1 && line[0] == '#' && line[bytes - 1] != '\n')
        return skip_line(r->in);
    if (bytes == 0 || line[bytes - 1] != '\n')
        return false;
    line[bytes - 1] = '\0';
    return true;
}

/* A decimal number up to max, and the character behind it. */
static bool take_number(const char **at, uint64_t max, char behind,
                        uint64_t *value)
{
    const char *first = *at;

    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(**at - '0');

        if (digit > max || *value > (max - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    if (*at == first || **at != behind)
        return false;
    if (behind)
        ++*at;
    return true;
}

static bool take_word(const char **at, const char *word)
{
    size_t bytes = strlen(word);

    if (strncmp(*at, word, bytes) != 0)
        return false;
    *at += bytes;
    return true;
}

/* host KHZ POLICY PCPUS THREADS_PER_CORE NODES, behind its first word. */
static bool parse_host(struct sched_log_host *h, const char *at)
{
    uint64_t pcpus, threads, nodes;
    size_t bytes;

    if (!take_number(&at, MAX_KHZ, ' ', &h->khz) || h->khz == 0)
        return false;
    bytes = strcspn(at, " ");
    if (bytes == 0 || bytes >= sizeof h->policy || at[bytes] == '\0')
        return false;
    memcpy(h->policy, at, bytes);
    h->policy[bytes] = '\0';
    at += bytes + 1;
    if (!take_number(&at, SCHED_LOG_MAX_PCPUS, ' ', &pcpus) ||
        !take_number(&at, SCHED_LOG_MAX_PCPUS, ' ', &threads) ||
        !take_number(&at, SCHED_LOG_MAX_PCPUS, '\0', &nodes))
        return false;
    h->pcpus = (unsigned)pcpus;
    h->threads_per_core = (unsigned)threads;
    h->nodes = (unsigned)nodes;
    return pcpus != 0 && threads != 0 && nodes != 0;
}

/* vm NUMBER VCPUS WEIGHT NAME, behind its first word. */
static bool parse_vm(struct sched_reader *r, const char *at)
{
    struct sched_log_vm *vm = &r->vms[r->host.vm_count];
    uint64_t number, vcpus, weight;

    if (!take_number(&at, SCHED_LOG_MAX_VCPUS, ' ', &number) ||
        !take_number(&at, SCHED_LOG_MAX_VCPUS - r->vcpu_count, ' ', &vcpus) ||
        !take_number(&at, UINT32_MAX, ' ', &weight))
        return false;
    if (number != r->host.vm_count || vcpus == 0 || *at == '\0' ||
        strlen(at) >= sizeof vm->name)
        return false;
    vm->first = r->vcpu_count;
    vm->vcpus = (unsigned)vcpus;
    vm->weight = (uint32_t)weight;
    strcpy(vm->name, at);
    r->host.vm_count++;
    r->vcpu_count += vm->vcpus;
    return true;
}

/* VM.VCPU, or - for nobody. */
static bool take_vcpu(const struct sched_reader *r, const char **at,
                      struct sched_event *event)
{
    uint64_t vm, vcpu;
    size_t digits;

    event->vm = event->vcpu = SCHED_EVENT_NOBODY;
    if (event->kind == SCHED_EVENT_IDLE)
        return take_word(at, "-");
    if (!take_number(at, SCHED_LOG_MAX_VCPUS, '.', &vm) ||
        vm >= r->host.vm_count)
        return false;
    digits = strspn(*at, "0123456789");
    if (((*at)[digits] != ' ' && (*at)[digits] != '\0') ||
        !take_number(at, r->host.vms[vm].vcpus - 1, (*at)[digits], &vcpu))
        return false;
    *at -= (*at)[-1] == ' ';
    event->vm = (uint16_t)vm;
    event->vcpu = (uint16_t)vcpu;
    return true;
}

/* CYCLE PCPU EVENT VM.VCPU [ARG] */
static bool parse_event(const struct sched_reader *r, const char *at,
                        struct sched_event *event)
{
    uint64_t pcpu;
    size_t bytes;

    if (!take_number(&at, MAX_CYCLE, ' ', &event->cycle) ||
        !take_number(&at, r->host.pcpus - 1, ' ', &pcpu))
        return false;
    event->pcpu = (uint16_t)pcpu;
    bytes = strcspn(at, " ");
    event->kind = sched_event_find(at, bytes);
    if (event->kind == SCHED_EVENT_COUNT || at[bytes] == '\0')
        return false;
    at += bytes + 1;
    if (!take_vcpu(r, &at, event))
        return false;
    event->arg = 0;
    return *at == '\0' ||
           (*at++ == ' ' && take_number(&at, UINT64_MAX, '\0', &event->arg));
}

static bool parse_end(struct sched_reader *r, const char *at)
{
    uint64_t cycle, events;

    if (!take_number(&at, MAX_CYCLE, ' ', &cycle) ||
        !take_number(&at, UINT64_MAX, '\0', &events) || events != r->events)
        return false;
    if (cycle > r->end_cycle)
        r->end_cycle = cycle;
    r->ended = true;
    return true;
}

static enum status read_header(struct sched_reader *r, struct error *e)
{
    char line[LINE_BYTES], first[32];
    int next;

    snprintf(first, sizeof first, "ringside-sched-log %d", SCHED_LOG_VERSION);
    if (!read_line(r, line) || strcmp(line, first) != 0)
        return sched_reader_error(r, 1, e,
                                  "not a file of --sched-trace: its first line "
                                  "is not 'ringside-sched-log 1'");
    while ((next = getc(r->in)) != EOF && (next < '0' || next > '9') &&
           next != 'e') {
        bool has_host = r->host.khz != 0;
        const char *at = line;

        ungetc(next, r->in);
        if (!read_line(r, line))
            return sched_reader_error(r, r->line, e, cut);
        if (take_word(&at, "# made by: "))
            strcpy(r->made_by, at);
        if (line[0] == '#')
            continue;
        if (has_host ? take_word(&at, "vm ") && parse_vm(r, at)
                     : take_word(&at, "host ") && parse_host(&r->host, at))
            continue;
        return sched_reader_error(
            r, r->line, e,
            has_host ? "not a VM: vm NUMBER VCPUS WEIGHT NAME"
                     : "not a host: host KHZ POLICY PCPUS THREADS NODES");
    }
    if (next != EOF)
        ungetc(next, r->in);
    if (r->host.vm_count == 0)
        return sched_reader_error(r, r->line + 1, e,
                                  "the host or its VMs are missing");
    return STATUS_OK;
}

struct sched_reader *sched_reader_open(FILE *in, const char *name,
                                       struct error *e)
{
    struct sched_reader *r = calloc(1, sizeof *r);

    if (r)
        r->vms = calloc(SCHED_LOG_MAX_VCPUS, sizeof *r->vms);
    if (!r || !r->vms) {
        free(r);
        error_set(e, STATUS_MEMORY, "out of memory");
        return NULL;
    }
    r->in = in;
    r->name = name;
    r->host.vms = r->vms;
    if (read_header(r, e) == STATUS_OK)
        return r;
    sched_reader_close(r);
    return NULL;
}

void sched_reader_close(struct sched_reader *r)
{
    if (r)
        free(r->vms);
    free(r);
}

/* No earlier than the one before it, of its vCPU and of its pCPU. */
static void set_in_order(struct sched_reader *r, struct sched_event *event)
{
    uint64_t *pcpu = &r->pcpu_cycle[event->pcpu], *vcpu = NULL;
    bool on_pcpu = event->kind != SCHED_EVENT_START &&
                   event->kind != SCHED_EVENT_STOP &&
                   event->kind != SCHED_EVENT_WAKE;

    if (event->vm != SCHED_EVENT_NOBODY)
        vcpu = &r->vcpu_cycle[r->vms[event->vm].first + event->vcpu];
    if (vcpu && event->cycle < *vcpu)
        event->cycle = *vcpu;
    if (on_pcpu && event->cycle < *pcpu)
        event->cycle = *pcpu;
    if (vcpu)
        *vcpu = event->cycle;
    if (on_pcpu)
        *pcpu = event->cycle;
    if (event->cycle > r->end_cycle)
        r->end_cycle = event->cycle;
}

static bool is_before(const struct sched_record *a,
                      const struct sched_record *b)
{
    if (a->event.cycle != b->event.cycle)
        return a->event.cycle < b->event.cycle;
    return a->line < b->line;
}

static void hold(struct sched_reader *r, const struct sched_record *record)
{
    unsigned at = r->held_count++;

    while (at != 0 && is_before(record, &r->held[(at - 1) / 2])) {
        r->held[at] = r->held[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    r->held[at] = *record;
}

static struct sched_record release_first(struct sched_reader *r)
{
    struct sched_record first = r->held[0];
    const struct sched_record *last = &r->held[--r->held_count];
    unsigned at = 0, child;

    while ((child = at * 2 + 1) < r->held_count) {
        if (child + 1 < r->held_count &&
            is_before(&r->held[child + 1], &r->held[child]))
            child++;
        if (!is_before(&r->held[child], last))
            break;
        r->held[at] = r->held[child];
        at = child;
    }
    r->held[at] = *last;
    return first;
}

/* The next event of the file, or its end. */
static bool read_one(struct sched_reader *r, struct error *e)
{
    struct sched_record record = {.line = r->line + 1};
    char line[LINE_BYTES];
    const char *at = line;

    do
        if (!read_line(r, line)) {
            sched_reader_error(r, r->line, e, cut);
            return false;
        }
    while (line[0] == '#');
    record.line = r->line;
    if (take_word(&at, "end ") && parse_end(r, at)) {
        if (getc(r->in) == EOF)
            return true;
        sched_reader_error(r, r->line + 1, e, "there is more after the end");
        return false;
    }
    if (!parse_event(r, line, &record.event)) {
        sched_reader_error(r, r->line, e,
                           line[0] == 'e'
                               ? "not its end: lines above are missing"
                               : "not an event: CYCLE PCPU EVENT VM.VCPU ARG");
        return false;
    }
    r->events++;
    set_in_order(r, &record.event);
    hold(r, &record);
    return true;
}

enum sched_read sched_reader_next(struct sched_reader *r,
                                  struct sched_record *record, struct error *e)
{
    while (!r->ended && r->held_count < SCHED_READER_WINDOW)
        if (!read_one(r, e))
            return SCHED_READ_ERROR;
    if (r->held_count == 0)
        return SCHED_READ_END;
    *record = release_first(r);
    return SCHED_READ_EVENT;
}
