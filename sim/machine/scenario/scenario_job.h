/*
 * scenario_job.h - one run of a scenario: the file, with what was varied,
 * resolved into parameters.
 */
#ifndef SIM_MACHINE_SCENARIO_SCENARIO_JOB_H
#define SIM_MACHINE_SCENARIO_SCENARIO_JOB_H
#include "sim/machine/config.h"
#include "sim/machine/scenario/scenario.h"

enum {
    JOB_MAX_VARIED = CONFIG_MAX_OVERS + 1, /* --over, and the file's sweep */
    JOB_LABEL_BYTES = JOB_MAX_VARIED * 42 + 1
};

struct scenario_job {
    struct config config;
    struct scenario *scenario;
    char label[JOB_LABEL_BYTES]; /* what was varied: "credit2, 8" */
};

/*
 * base: what the command line asks for (scenario_path, --set, --profile).
 * varied: what this run has otherwise, above all.  Refuses what scenario_check
 * does.  On failure nothing is left to free.
 */
enum status scenario_job_init(struct scenario_job *job,
                              const struct config *base,
                              const struct scenario_override *varied,
                              unsigned varied_count, struct error *e);
void scenario_job_free(struct scenario_job *job);

#endif
