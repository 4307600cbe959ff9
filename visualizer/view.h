/*
 * view.h - what can be looked at: one file a view, one line in view_all.
 *
 * Model     a view draws a scene on a pane.  A scene is a machine that stands
 *           still, to be read and not touched, and where the user looks.  The
 *           same scene and size give the same cells, so that a view can be
 *           shown on a terminal, printed, and tested without one.
 *
 * To add one: copy view_tree.c, add a line to view_all.c.
 */
#ifndef VISUALIZER_VIEW_H
#define VISUALIZER_VIEW_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/walk_log.h"
#include "sim/machine/run_loop.h"
#include "visualizer/grid.h"
#include "visualizer/symbols.h"

/* A view may count on so much room; on less, its left upper part is seen. */
enum { VIEW_LEAST_WIDTH = 40, VIEW_LEAST_HEIGHT = 10 };

enum {
    LOOK_FILTER_BYTES = 32,
    LOOK_ALL_STEPS = UINT16_MAX,
    LOOK_MOST_ZOOM = 20,
    LOOK_PINS = 8
};

/* Page tables: as the guest wrote them, as the hypervisor shadows them, from
   guest-physical to the host's. */
enum tree { TREE_GUEST, TREE_SHADOW, TREE_NESTED, TREES };

/* Where the user looks; keeps its meaning when time is another. */
struct look {
    unsigned pcpu;
    bool has_address;
    uint64_t address; /* gva that was asked for */
    unsigned top;     /* of a list: its first row on the screen; see chosen */
    unsigned walk;    /* 0: the last one, 1: the one before it */
    unsigned steps;   /* of the walk; LOOK_ALL_STEPS: all */
    unsigned part;    /* of a view that has some; beyond the last: from the
                         first again */
    unsigned zoom;    /* 0: all of it; each step more is a finer scale */
    unsigned chosen;  /* of a list that is chosen from: 1 + enum counter of the
                         row; 0, or it is not there: the top-th */
    unsigned pins[LOOK_PINS]; /* counters that stay on top, each 1 + enum
                                 counter; 0: no more */
    bool open; /* of a list that is chosen from: the row has the screen */
    char filter[LOOK_FILTER_BYTES]; /* names that contain it; "": all */
};

/* What the program wrote: a file that can be read, as far as bytes. */
struct scene_output {
    int fd; /* -1: none */
    uint64_t bytes;
};

/* Pins a counter, or unpins it; false: no more can be. */
bool look_pin(struct look *look, enum counter counter);
bool look_is_pinned(const struct look *look, enum counter counter);

struct scenario_host;

struct scene {
    const struct machine *machine;    /* NULL: all guests are modelled */
    const struct run *run;            /* one machine's; NULL: a scenario */
    const struct scenario_host *host; /* ... whose this is; NULL: none */
    struct scene_output out, err;
    const struct walk_log *walks; /* of look->pcpu; NULL: none was kept */
    const struct symbols *symbols;
    const struct look *look;
};

struct view {
    const char *name; /* ringside show NAME */
    char key;         /* that turns to it */
    const char *title;
    const char *sentence;     /* what is seen */
    const char *help;         /* ... and what to try */
    const char *const *parts; /* that t turns to, up to NULL; NULL: one */
    /* What each row counts, of a list from which one is chosen; returns how
       many there are.  NULL: look->top is the first row of a list. */
    unsigned (*rows)(const struct scene *s, enum counter rows[COUNTER_COUNT]);
    bool whole_host; /* it shows more than one pCPU and its vCPU */
    void (*draw)(const struct scene *s, const struct pane *p);
};

extern const struct view *const view_all[]; /* ends with NULL */

/* NULL if there is no such view. */
const struct view *view_find(const char *name);

/* Which of its parts is looked at; 0 if it has none. */
unsigned view_part(const struct view *view, const struct look *look);

/* The part of that name; false: it has none. */
bool view_find_part(const struct view *view, const char *name, unsigned *part);

/* The view with a title above it and where the machine stands. */
void view_draw(const struct view *view, const struct scene *s, struct grid *g);

static inline const struct pcpu *scene_pcpu(const struct scene *s)
{
    return &s->machine->pcpus[s->look->pcpu];
}

#endif
