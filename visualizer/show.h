/*
 * show.h - one view of a run at one moment, written to stdout.
 */
#ifndef VISUALIZER_SHOW_H
#define VISUALIZER_SHOW_H
#include "sim/machine/config.h"
#include "sim/machine/milestone.h"
#include "sim/machine/progress.h"
#include "visualizer/keep.h"
#include "visualizer/view.h"

struct show {
    const struct config *config;
    const struct view *view;
    const char *at_text; /* as typed */
    struct milestone at;
    uint64_t width, height, pcpu, row, steps, zoom;
    enum grid_format format;
    bool ascii;
    struct look look;
    struct kept *kept;
    int out_fd, err_fd; /* files for what the program writes */
    struct symbols symbols;
    struct progress progress;
    struct error e;
    enum status status;
};

/* In a process of timeline_guard(): each returns the exit status. */
int show_run(struct show *show);
int show_scenario(struct show *show);

/* Several machines, side by side as on the screen; not in such a process. */
int show_beside(struct show *show);

#endif
