/*
 * scene.h - what views ask of a scene.
 */
#ifndef VISUALIZER_SCENE_H
#define VISUALIZER_SCENE_H
#include "sim/machine/history.h"
#include "visualizer/table_tree.h"
#include "visualizer/view.h"

/* Since the program began; before that since power-on. */
struct run_point scene_done(const struct scene *s);

/* The same of what is counted on the pCPU that is looked at. */
struct counters scene_counters(const struct scene *s);

/* The trips into the hypervisor of all vCPUs, likewise. */
struct exit_times scene_exits(const struct scene *s);

/* What the run keeps for views; NULL: nothing. */
const struct history *scene_history(const struct scene *s);
const struct exit_log *scene_exit_log(const struct scene *s);

/* Of the last stretch that a history has finely, about 130000 instructions:
 * done, and how many cycles it took.  False: nothing is kept yet. */
bool scene_lately(const struct scene *s, struct run_point *done,
                  uint64_t *cycles);

/* Instructions in a cycle of a pCPU, in the same stretch.  False: as above. */
bool scene_ipc_lately(const struct scene *s, unsigned pcpu, double *ipc);

/* So many in so many cycles, for a second of simulated time. */
double scene_per_second(const struct scene *s, uint64_t count, uint64_t cycles);

/* A number in at most 6 characters: 999, 12.3k, 4.56M; returns text. */
enum { SCENE_SHORT_BYTES = 32 };
char *scene_short(uint64_t value, char text[static SCENE_SHORT_BYTES]);

/* Which of the rows is chosen (struct look); 0 of none. */
unsigned scene_chosen(const struct scene *s, const enum counter rows[],
                      unsigned count);

/* Who has the pCPU: "user", "kernel", "idle". */
const char *scene_mode(const struct pcpu *p, enum style *style);

/* One of the trees of tables that the pCPU has now; root->g is NULL: none. */
void scene_tables(const struct scene *s, enum tree which,
                  struct table_root *root);

/* Name contains the filter. */
bool scene_wants(const struct scene *s, const char *name);

/* The last bytes of what the program wrote; returns how many. */
size_t scene_tail(const struct scene_output *o, char *to, size_t room);

enum { SCENE_PLACE_BYTES = 64 };

/* "fault_handle+0x1f", or "" if nothing is known; returns text. */
char *scene_place(const struct scene *s, uint64_t address,
                  char text[static SCENE_PLACE_BYTES]);

/* part of whole in percent; 0 of nothing. */
double scene_percent(uint64_t part, uint64_t whole);

#endif
