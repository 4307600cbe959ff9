/*
 * sched_view.h - what the views of a scheduler's log share: the file, the
 * events of a window of time, and times as people read them.
 *
 * To add a view: a function here, a row in sched_views.def.
 */
#ifndef SIM_MACHINE_SCHED_TRACE_SCHED_VIEW_H
#define SIM_MACHINE_SCHED_TRACE_SCHED_VIEW_H
#include <stdbool.h>

#include "sim/record/sched_reader.h"
#include "sim/record/sched_replay.h"

enum { SCHED_NAME_TEXT_BYTES = SCHED_LOG_NAME_BYTES + 8 };

/* What was asked for. */
struct sched_query {
    const char *path, *plot_folder;
    uint64_t from_ns, to_ns; /* UINT64_MAX: to the end */
    uint64_t step_ns;        /* 0: every event */
    bool per_vcpu;
};

struct sched_view {
    const struct sched_query *query;
    struct sched_reader *reader;
    struct sched_replay replay;
    uint64_t from_cycle, to_cycle;
    /* The event that was read last, and what it ended. */
    struct sched_record record;
    struct sched_step step;
};

/*
 * The next event before to_cycle.  At the end, to_cycle is brought back to that
 * of the log, if it is later.
 */
enum sched_read sched_view_next(struct sched_view *v, struct error *e);

/* How much of a stretch of time is in the window. */
uint64_t sched_view_overlap(const struct sched_view *v, uint64_t begin_cycle,
                            uint64_t end_cycle);

/* The event is in the window. */
bool sched_view_inside(const struct sched_view *v);

uint64_t sched_view_ns(const struct sched_view *v, uint64_t cycles);
uint64_t sched_view_cycles(const struct sched_view *v, uint64_t ns);

/* "web.0"; returns text. */
char *sched_view_name(const struct sched_view *v, unsigned vcpu,
                      char text[static SCHED_NAME_TEXT_BYTES]);

/* 1234567 ns -> "1.235"; "0.001235" for seconds: returns text. */
char *sched_view_ms(const struct sched_view *v, uint64_t cycles,
                    char text[static 32]);
char *sched_view_seconds(const struct sched_view *v, uint64_t cycles,
                         char text[static 32]);

#define SCHED_VIEW(function, name, sentence)                                   \
    enum status sched_view_##function(struct sched_view *v, struct error *e);
#include "sim/machine/sched_trace/sched_views.def"
#undef SCHED_VIEW

struct request;

/* ringside sched VIEW FILE; exit status. */
int cmd_sched(const struct request *r);

/* A view's figures or text of a log that is open at its begin. */
enum status sched_show(const char *view, const struct sched_query *q, FILE *in,
                       struct error *e);

/* Names and sentences of the views, for --help. */
void sched_view_help(FILE *out);

#endif
