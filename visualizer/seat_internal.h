/*
 * seat_internal.h - what a seat has before it: one machine's run (seat_run.c),
 * or a scenario's (seat_host.c).
 */
#ifndef VISUALIZER_SEAT_INTERNAL_H
#define VISUALIZER_SEAT_INTERNAL_H
#include "visualizer/keep.h"
#include "visualizer/seat.h"

struct seat {
    struct seat_ends ends;
    const struct seat_ops *ops;
    struct kept kept;
};

struct seat_ops {
    /* All of a scene but where the user looks. */
    void (*scene)(const struct seat *s, struct scene *scene);
    /* How things stand; a reply of zeroes before. */
    void (*tell)(const struct seat *s, struct seat_reply *reply);
    /*
     * May return in another process, where *q is a request of long ago:
     * nothing behind it may look at *q.
     */
    enum stop_reason (*move)(struct seat *s, const struct seat_request *q);
    /* After STOPPED_UNDERWAY; likewise. */
    enum stop_reason (*go_on)(struct seat *s);
    /* Was it RUN or RUN_ON that ended, or is under way? */
    bool (*runs)(const struct seat *s);
    /* Nobody asks for anything for the moment. */
    void (*idle)(struct seat *s);
    /* What there is to say of the way, or of the stop at its end. */
    void (*tell_stop)(const struct seat *s, struct seat_reply *reply);
};

/* Serves the screen until it is gone. */
void seat_serve(struct seat *s);

/* What the figures of a moment are to a screen. */
void seat_tell_moment(const struct moment *now, struct seat_reply *reply);

/* The milestone of NEXT and HERE, which begin at this moment; others' is as
   it was asked for. */
struct milestone seat_milestone(const struct seat_request *q,
                                const struct moment *now);

/* seat_find.c: guest-physical cells become the host's. */
void seat_place_cells(const struct pcpu *p, uint32_t guest,
                      struct cpu_stops *stops);

/* What to look for; false: nothing, and stops are none. */
bool seat_find_write(const struct scene *s, const struct seat_request *q,
                     struct cpu_stops *stops);
bool seat_find_cause(const struct scene *s, struct cpu_stops *stops);

/* A sentence of what WRITE and CAUSE found. */
void seat_tell_found(const struct debugger_letter *now, enum stop_reason reason,
                     const struct machine *m,
                     char text[static SEAT_TEXT_BYTES]);

#endif
