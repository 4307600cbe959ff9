/*
 * sched_figures.h - what figures of a scheduler's log are made of, collected in
 * bounded memory.
 */
#ifndef SIM_MACHINE_SCHED_TRACE_SCHED_FIGURES_H
#define SIM_MACHINE_SCHED_TRACE_SCHED_FIGURES_H
#include "sim/machine/sched_trace/sched_view.h"
#include "sim/record/latency.h"

enum {
    SHARE_BINS = 120,   /* at most, and half of it at least */
    GANTT_CELLS = 1500, /* steps of time across the chart: more than pixels */
    FIGURE_LINES = 12,  /* that have a colour of their own */
    FIGURE_NAME_BYTES = 64,
};

/*
 * What a figure shows by name: VMs; of a host with more than FIGURE_LINES,
 * those of one name (web-1, web-2, ...) are one line; of more names than that,
 * the last line is all others.
 */
struct figure_lines {
    unsigned count;
    char names[FIGURE_LINES][FIGURE_NAME_BYTES];
    uint8_t *of_vm; /* owned: the line of each VM */
};

/* Time that each line's VMs ran, in bins that grow with the log. */
struct share_bins {
    uint64_t bin_cycles;
    uint64_t (*ran_cycles)[FIGURE_LINES]; /* owned: of each bin */
    unsigned used;
};

/* A vCPU had a pCPU. */
struct gantt_box {
    uint64_t begin_cycle, end_cycle;
    uint16_t pcpu, vcpu;
};

struct gantt_boxes {
    struct gantt_box *boxes; /* owned */
    size_t count, room;
};

struct sched_figures {
    const struct sched_view *view;       /* of the shares and wake-ups */
    const struct sched_view *gantt_view; /* its window is the chart's */
    struct share_bins shares;
    struct latency *wakes; /* owned: of each line */
    struct gantt_boxes gantt;
    struct figure_lines lines;
    uint64_t runs; /* in the window */
};

/* False if there is no memory. */
bool figure_lines_init(struct figure_lines *l, const struct sched_view *v);
void figure_lines_free(struct figure_lines *l);

/* False if there is no memory. */
bool share_bins_init(struct share_bins *b, const struct sched_view *v);
void share_bins_free(struct share_bins *b);
void share_bins_add(struct sched_figures *f, unsigned vcpu,
                    uint64_t begin_cycle, uint64_t end_cycle);

/* Reads the log once more: who had each pCPU in v's window. */
enum status gantt_read(struct gantt_boxes *g, struct sched_view *v,
                       struct error *e);

/* For struct plot_figure; data is a struct sched_figures. */
void gantt_csv(FILE *out, const void *data);
void gantt_script(FILE *out, const void *data);
void shares_csv(FILE *out, const void *data);
void shares_script(FILE *out, const void *data);
void wakeups_csv(FILE *out, const void *data);
void wakeups_script(FILE *out, const void *data);

/* The head of a script: title, axes, key. */
void figure_head(FILE *out, const struct sched_view *v, const char *name,
                 const char *what);

double figure_seconds(const struct sched_view *v, uint64_t cycles);

#endif
