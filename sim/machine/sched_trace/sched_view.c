#include "sim/machine/sched_trace/sched_view.h"

#include <inttypes.h>

/* Sums of two such times do not overflow. */
static const uint64_t FAR = UINT64_MAX / 4;

enum sched_read sched_view_next(struct sched_view *v, struct error *e)
{
    enum sched_read got = sched_reader_next(v->reader, &v->record, e);
    const char *wrong;

    if (got == SCHED_READ_EVENT && v->record.event.cycle >= v->to_cycle)
        got = SCHED_READ_END;
    else if (got == SCHED_READ_END && v->reader->end_cycle < v->to_cycle)
        v->to_cycle = v->reader->end_cycle;
    if (got != SCHED_READ_EVENT)
        return got;
    wrong = sched_replay_step(&v->replay, &v->record.event, &v->step);
    if (!wrong)
        return got;
    sched_reader_error(v->reader, v->record.line, e, wrong);
    return SCHED_READ_ERROR;
}

uint64_t sched_view_overlap(const struct sched_view *v, uint64_t begin_cycle,
                            uint64_t end_cycle)
{
    if (begin_cycle < v->from_cycle)
        begin_cycle = v->from_cycle;
    if (end_cycle > v->to_cycle)
        end_cycle = v->to_cycle;
    return end_cycle > begin_cycle ? end_cycle - begin_cycle : 0;
}

bool sched_view_inside(const struct sched_view *v)
{
    return v->record.event.cycle >= v->from_cycle;
}

/* In two steps, so that nothing overflows before some 200 years. */
uint64_t sched_view_ns(const struct sched_view *v, uint64_t cycles)
{
    uint64_t khz = v->replay.host.khz;

    return cycles / khz * 1000000 + cycles % khz * 1000000 / khz;
}

uint64_t sched_view_cycles(const struct sched_view *v, uint64_t ns)
{
    uint64_t khz = v->replay.host.khz;

    if (ns / 1000000 >= FAR / khz)
        return FAR;
    return ns / 1000000 * khz + (ns % 1000000 * khz + 999999) / 1000000;
}

char *sched_view_name(const struct sched_view *v, unsigned vcpu,
                      char text[static SCHED_NAME_TEXT_BYTES])
{
    const struct sched_log_vm *vm =
        &v->replay.vms[sched_replay_vm(&v->replay, vcpu)];

    snprintf(text, SCHED_NAME_TEXT_BYTES, "%.*s.%u", SCHED_LOG_NAME_BYTES - 1,
             vm->name, (vcpu - vm->first) % SCHED_LOG_MAX_VCPUS);
    return text;
}

char *sched_view_ms(const struct sched_view *v, uint64_t cycles,
                    char text[static 32])
{
    uint64_t us = (sched_view_ns(v, cycles) + 500) / 1000;

    snprintf(text, 32, "%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
    return text;
}

char *sched_view_seconds(const struct sched_view *v, uint64_t cycles,
                         char text[static 32])
{
    uint64_t us = (sched_view_ns(v, cycles) + 500) / 1000;

    snprintf(text, 32, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    return text;
}
