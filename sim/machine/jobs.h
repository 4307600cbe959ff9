/*
 * jobs.h - several techniques at a time, each in a process of its own.
 *
 * A worker shares nothing but a job with the others, so results are those of
 * one after another; and a worker that dies takes nobody along.
 */
#ifndef SIM_MACHINE_JOBS_H
#define SIM_MACHINE_JOBS_H
#include <stdio.h>
#include <sys/types.h>

#include "sim/machine/config.h"
#include "sim/machine/machine.h"
#include "sim/machine/progress.h"
#include "sim/machine/run_record.h"

/* In memory that parent and worker share. */
struct job {
    struct run_record record;
    struct progress progress; /* written by the worker, shown by the parent */
    struct error error;
    enum status status;
    bool done;
};

/* What only the parent knows of a job. */
struct job_handle {
    FILE *out, *err, *trace; /* what the worker wrote; trace may be NULL */
    pid_t pid;               /* 0: not started, or over */
};

struct jobs {
    const struct config *config;
    const struct machine_image *image;
    unsigned count;
    struct job *shared; /* count of them, mmap()ed */
    struct job_handle handles[CONFIG_MAX_TECHNIQUES];
    struct progress progress; /* what the user sees */
    FILE *saved; /* for files that the first one's guest hands out; or NULL */
};

/* How many at a time suit this host: its cores, up to CONFIG_MAX_JOBS. */
unsigned jobs_of_host(void);

enum status jobs_init(struct jobs *jobs, const struct config *config,
                      const struct machine_image *image, bool trace,
                      struct error *e);
void jobs_free(struct jobs *jobs);

/*
 * Runs every technique of the config, config->jobs at a time; ^C ends all.
 * Each job's status and record say how it went.
 */
void jobs_run(struct jobs *jobs);

#endif
