/*
 * seat.h - the screen's process and the machine's, and what they say.
 *
 * Model     the screen (tui.h) has the terminal and asks; the machine's process
 *           moves and draws.  So a key is answered while the machine runs, and
 *           whatever happens to the machine, the terminal is safe.  Each
 *           request has one reply, but SEAT_RUN: it goes on until the next
 *           request comes, and replies only if the run stops by itself; and
 *           SEAT_STOP, which ends a move that is under way.  A move that takes
 *           long says now and then where it is before it replies.
 *           A move may end in another process (debugger.h): all copies of the
 *           machine hold the same line.
 */
#ifndef VISUALIZER_SEAT_H
#define VISUALIZER_SEAT_H
#include "sim/machine/debugger.h"
#include "visualizer/view.h"

enum seat_act {
    SEAT_DRAW,     /* reply: a frame */
    SEAT_RUN,      /* until somebody asks, or a stop */
    SEAT_RUN_ON,   /* ... after somebody asked */
    SEAT_STEP,     /* one instruction of look.pcpu */
    SEAT_BACK,     /* ... the other way */
    SEAT_REACH,    /* the milestone */
    SEAT_NEXT,     /* the next time that the milestone's figure grows */
    SEAT_HERE,     /* the last time that it grew */
    SEAT_RUN_BACK, /* to the last stop */
    SEAT_LEG,      /* to a stop, or the milestone */
    SEAT_STOP,     /* no further */
    SEAT_WRITE,    /* to the last write of an entry that maps look's address */
    SEAT_CAUSE,    /* to what made look's walk necessary */
    SEAT_DIGEST,   /* nowhere; found: a digest of all that the machine is */
};

struct seat_request {
    enum seat_act act;
    struct milestone milestone;
    struct cpu_stops stops; /* breakpoints and watchpoints */
    uint32_t guest_cells; /* of their cells: bits of those that are gpas yet */
    struct debugger_trips trips;  /* likewise, of counters */
    bool host;                    /* WRITE: of the tables that the CPU walks */
    unsigned level;               /* ... and at which level; 0: the last */
    bool over;                    /* LEG: away from a breakpoint that is here */
    unsigned view, width, height; /* of DRAW: index into view_all */
    struct look look;
};

enum { SEAT_TEXT_BYTES = 200 };

/* A frame's cells, width * height, follow. */
/* Of struct look. */
struct seat_choice {
    unsigned top, chosen;
};

struct seat_reply {
    bool frame;              /* to DRAW; else a move has ended, ... */
    enum stop_reason reason; /* ... why; STOPPED_UNDERWAY: it has not */
    gva_t touched;           /* STOPPED_WATCH, STOPPED_ADDRESS: where */
    bool is_cell;            /* ... or which of the request's cells, ... */
    unsigned cell;
    unsigned trip;    /* STOPPED_COUNTER: which of the request's */
    unsigned percent; /* STOPPED_UNDERWAY: of the way; 0: not known */
    bool ended;       /* the run has */
    bool modelled;    /* no guest runs instructions: nothing counts them */
    bool failed;      /* there is no machine: text says why; nothing follows */
    unsigned width, height;
    unsigned pcpus, walk_steps; /* how many there are to look at */
    /* Of a frame of a view with rows: as it was asked for, and what that is. */
    struct seat_choice asked, chosen;
    uint64_t cycle, instructions;
    uint64_t user_instructions;       /* of the program, since power-on */
    uint64_t khz, host[FIGURE_COUNT]; /* of a scenario (milestone.h) */
    bool measuring;                   /* the program has begun; since then: */
    uint64_t done_cycles, done_instructions, done_user, done_exits, done_refs;
    char text[SEAT_TEXT_BYTES];  /* why it ended */
    char found[SEAT_TEXT_BYTES]; /* what the move has found; "": see reason */
};

/* The line to the screen, files for what the program writes, names. */
struct seat_ends {
    int fd, out_fd, err_fd;
    const struct symbols *symbols;
};

struct scenario_job;

/* Each serves the screen until it is gone. */
void seat_serve_run(const struct seat_ends *ends, struct run *run,
                    struct session *session);
enum status seat_serve_host(const struct seat_ends *ends,
                            const struct scenario_job *job, struct error *e);

#endif
