/*
 * sched_reader.h - a file of sched_log.h, event by event, in order of time.
 *
 * Model     clocks of pCPUs differ by a little, so the file is not quite
 *           sorted: the reader holds back SCHED_READER_WINDOW events and hands
 *           out the earliest.  Events of one vCPU and of one pCPU keep the
 *           file's order: none is earlier than the one before it.
 * Memory    does not grow with the file.
 */
#ifndef SIM_RECORD_SCHED_READER_H
#define SIM_RECORD_SCHED_READER_H
#include "sim/core/status.h"
#include "sim/record/sched_log.h"

enum {
    SCHED_READER_WINDOW = 4096,
    SCHED_READER_LINE_BYTES = 256, /* more than any line needs, but remarks */
};

enum sched_read {
    SCHED_READ_EVENT,
    SCHED_READ_END,  /* there are no more: end_cycle is valid */
    SCHED_READ_ERROR /* the file is not what it should be, or is cut */
};

/* An event and its line in the file. */
struct sched_record {
    struct sched_event event;
    uint64_t line;
};

struct sched_reader {
    FILE *in;         /* not owned */
    const char *name; /* of the file, for errors; not owned */
    uint64_t line;    /* read last */
    char made_by[SCHED_READER_LINE_BYTES]; /* its command; empty: unknown */
    struct sched_log_host host;
    struct sched_log_vm *vms; /* those of host; owned */
    unsigned vcpu_count;
    uint64_t events, end_cycle;
    bool ended;
    uint64_t vcpu_cycle[SCHED_LOG_MAX_VCPUS]; /* each one's last event */
    uint64_t pcpu_cycle[SCHED_LOG_MAX_PCPUS];
    struct sched_record held[SCHED_READER_WINDOW]; /* a heap: earliest first */
    unsigned held_count;
};

/*
 * Reads what stands before the events.  NULL: e says, with the line, why the
 * file is no log, or that there is no memory.
 */
struct sched_reader *sched_reader_open(FILE *in, const char *name,
                                       struct error *e);
void sched_reader_close(struct sched_reader *r);

enum sched_read sched_reader_next(struct sched_reader *r,
                                  struct sched_record *record, struct error *e);

/* "FILE:LINE: TEXT"; returns STATUS_FILE. */
enum status sched_reader_error(const struct sched_reader *r, uint64_t line,
                               struct error *e, const char *text);

#endif
