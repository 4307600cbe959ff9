/*
 * report.h - records as people and programs read them.
 *
 * All figures are of the measured region; the boot is a row of its own.
 */
#ifndef SIM_MACHINE_REPORT_H
#define SIM_MACHINE_REPORT_H
#include <stdio.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"
#include "sim/machine/run_record.h"

/* One command's results. */
struct results {
    const struct config *config;
    const char *command;              /* "run", "compare" */
    const struct run_record *records; /* one per technique */
    unsigned count;
};

/* One run, as perf stat would say it. */
void report_run(FILE *out, const struct results *r);

/*
 * Exits by reason, the dearest first: how many, and the cycles from exit to
 * entry.  with_boot: those of the boot too.
 */
void report_exits(FILE *out, const struct run_record *record, bool with_boot);

/* All runs, a column each, and the verdict. */
void report_compare(FILE *out, const struct results *r);

/* The timing model, as --timing names it. */
const char *report_timing(const struct config *c);

/* What a user must know whatever is printed: why a run ended, and the like. */
void report_notes(FILE *out, const struct run_record *record);

/* True if every run ended by itself with the same output and status. */
bool results_agree(const struct results *r);

/* JSON of DESIGN's "ringside/1" schema; CSV: one figure a line. */
enum status report_json(FILE *out, const struct results *r, struct error *e);
void report_csv(FILE *out, const struct results *r);

/* The command line that makes these results again; returns buffer. */
char *results_command(const struct results *r, char *buffer,
                      size_t buffer_bytes);

/* 1234567 -> "1,234,567"; returns buffer, at most 32 bytes are needed. */
char *format_count(uint64_t count, char *buffer, size_t buffer_bytes);

/* Makes the folder, or says why not; NULL: no figures are asked for. */
enum status plot_prepare(const char *folder, struct error *e);

/*
 * Figures into folder: NAME.csv, NAME.gp, NAME.png, NAME.svg.  Without gnuplot
 * the first two are left, and the error says so.
 */
enum status plot_results(const char *folder, const struct results *r,
                         struct error *e);

#endif
