/*
 * tui.h - the screen: what the user sees and does.
 *
 * Model     the machine runs in another process (seat.h), which draws the
 *           views; this one has the terminal, the keys and where the user
 *           looks.
 */
#ifndef VISUALIZER_TUI_H
#define VISUALIZER_TUI_H
#include "visualizer/line_edit.h"
#include "visualizer/screen.h"
#include "visualizer/script.h"
#include "visualizer/seat.h"

enum {
    TUI_STATUS_BYTES = 240,
    TUI_NAME_BYTES = 32,
    TUI_SET_BYTES = 120,
    TUI_UNLIMITED = 100,
    TUI_MAX_LINES = 4,
    TUI_WISHES = 16,
    TUI_MAX_TIMES = 9999,
    TUI_MARKS = 32,
    TUI_PLACE_BYTES = 80,
    TUI_MARK_BYTES = 16
};

/* A moment to come back to, of each machine. */
struct tui_mark {
    char name[TUI_MARK_BYTES];
    struct milestone at[TUI_MAX_LINES];
};

enum tui_list { LIST_NONE, LIST_STOPS, LIST_MARKS };

/* A machine: the line to it, and what it showed last. */
struct tui_line {
    int fd;
    char name[TUI_NAME_BYTES]; /* its technique, or what is varied */
    const struct technique_ops *technique; /* NULL: a scenario's host, ... */
    unsigned varied;                       /* ... which of --over's */
    const struct config *config;
    unsigned number;    /* of its timeline: 1, 2, ... */
    struct config *own; /* owned: config, if a parameter was set on the way;
                           NULL: the command line's */
    char set[TUI_SET_BYTES]; /* ... which; "" */
    unsigned width, height;
    struct grid frame; /* the view, as it was drawn last */
    struct seat_reply now;
    bool frame_asked; /* and not there yet, ... */
    bool moving;      /* ... likewise the end of a move */
    bool steps_back;  /* it is the first half of a way to the last event, */
    struct milestone home; /* ... which began here */
    bool run_asked;        /* it runs */
    bool stop_asked;       /* the move is to end where it is */
    bool gone;             /* its process is */
};

/* A move that was asked for while the machine was on its way, so many times. */
struct tui_wish {
    enum tui_wish_kind { WISH_MOVE, WISH_PREVIOUS, WISH_MICRO } kind;
    enum seat_act act;          /* MOVE */
    struct milestone milestone; /* MOVE, PREVIOUS */
    int direction;              /* MICRO */
    unsigned times;
};

/* What it stops at. */
enum tui_stop_kind {
    TUI_STOP_BREAK,  /* an instruction */
    TUI_STOP_WATCH,  /* a write to a linear address */
    TUI_STOP_CELL,   /* a change at a physical one */
    TUI_STOP_COUNTER /* what is counted */
};
enum {
    TUI_STOPS = CPU_STOPS_MAX + CPU_WATCHES_MAX + CPU_CELLS_MAX + DEBUGGER_TRIPS
};
struct tui_stop {
    unsigned number; /* from 1 on */
    enum tui_stop_kind kind;
    uint64_t at;               /* all but COUNTER: address */
    bool guest;                /* CELL: it is guest-physical */
    struct debugger_trip trip; /* COUNTER */
};

struct tui {
    struct screen screen;
    struct tui_line lines[TUI_MAX_LINES]; /* side by side, in step */
    unsigned count;
    unsigned focus; /* the one that p, m and :set are of */
    /* Other timelines; the one that was left last is the last. */
    struct tui_line asleep[TUI_MAX_LINES];
    unsigned asleep_count;
    unsigned numbers;       /* timelines that there ever were */
    char later[LINE_BYTES]; /* a command that waits until all stand; "" */
    bool lists_timelines;   /* a list of them is on the screen */
    bool scenario;          /* they are hosts of many VMs */
    bool printed;           /* once: no rows for keys and what they do */
    unsigned width, height;
    struct look look;
    unsigned view; /* index into view_all */
    struct milestone before;
    struct tui_stop stops[TUI_STOPS]; /* as they came */
    unsigned stop_count, stop_numbers;
    struct tui_mark marks[TUI_MARKS];
    unsigned mark_count;
    struct tui_mark came_from; /* where the last long way began; or "" */
    enum tui_list list;        /* that is shown until the next key */
    unsigned wish_level;       /* of SEAT_WRITE: see seat_request */
    bool wish_host;
    struct symbols symbols; /* for addresses that are typed */
    bool stale;             /* the frames are not what the user looks at */
    struct tui_wish wishes[TUI_WISHES]; /* in the order of asking */
    unsigned wish_count;
    unsigned times;    /* of the next one; 0 is 1 */
    uint64_t moved_ms; /* when the move began that is under way */
    bool meets;        /* several: one stopped, the others go where it is, */
    bool meets_late;   /* ... if several did, to the latest; */
    uint64_t meet;     /* ... in instructions of the program */
    bool ran;        /* it does already: not away from a breakpoint any more */
    bool runs;       /* the user lets it run */
    uint64_t leg;    /* several run together: so many instructions of the
                        program at a time */
    unsigned speed;  /* index into speeds */
    uint64_t due_ms; /* of the next step, or the next frame */
    uint64_t asked_ms; /* when the last leg began */
    unsigned help;     /* page of it; 0: none */
    bool quit, lost;
    struct script *script; /* NULL: no lecture */
    const char *keys_left; /* of its line; NULL: none */
    bool user_waited;      /* it waits for space */
    uint64_t pause_ms;     /* ... or for this time */
    char caption[TUI_STATUS_BYTES];
    char prompt; /* 0: none; what the line is for */
    struct line_edit line;
    bool lists; /* ... what it may become */
    char status[TUI_STATUS_BYTES];
};

/* Until something comes from keys (-1: there are none) or a machine, or it is
   time to go on. */
void tui_await(struct tui *t, int keys);

/* Until the user leaves.  The lines are to seats; begin: where he comes in. */
void tui_run(struct tui *t, const struct milestone *begin);

/* tui_draw.c: where each frame is, and all of it on the screen. */
void tui_lay_out(struct tui *t);
void tui_draw(struct tui *t);

/* tui_save.c: all that is on the screen but its last row. */
void tui_save(struct tui *t, const char *path);
bool tui_compose(struct tui *t, struct grid *whole); /* false: no memory */

/* tui_timelines.c: machines that live side by side, awake and asleep. */
void tui_set_param(struct tui *t, const char *text);
void tui_list_timelines(struct tui *t, const char *text);
void tui_turn_timeline(struct tui *t, const char *text);
void tui_versus(struct tui *t, const char *text);
void tui_only(struct tui *t, const char *text);
void tui_drop_timeline(struct tui *t, const char *text);
/* Another one in the place of one whose process is gone. */
void tui_replace_gone(struct tui *t);
bool tui_has_timelines(const struct tui *t); /* that differ */
/* "nested", "2 tlb.l2.entries=64"; returns text. */
char *tui_line_text(const struct tui *t, const struct tui_line *line,
                    char text[static TUI_STATUS_BYTES]);
void tui_draw_timelines(const struct tui *t, const struct pane *all);

/* tui_machines.c: starts all that were asked for. */
enum status tui_start_all(struct tui *t, const struct config *config,
                          struct error *e);
/* One as line says, with a number; it has no place yet. */
enum status tui_start_line(struct tui *t, struct tui_line *line,
                           struct error *e);
/* All there are, the awake ones first. */
unsigned tui_line_count(const struct tui *t);
struct tui_line *tui_line_at(struct tui *t, unsigned i);
void tui_free_line(struct tui_line *line);
void tui_lose_line(struct tui_line *line); /* nothing will come from there */

/* tui_move.c: asks the machines; later if they are on their way already. */
bool tui_stands(const struct tui *t); /* all of them, and nothing is due */
void tui_move(struct tui *t, enum seat_act act, const struct milestone *m);
void tui_previous(struct tui *t, const struct milestone *m);
/* Each machine to a milestone of its own; none may be on its way. */
void tui_go(struct tui *t, const struct milestone at[TUI_MAX_LINES]);
void tui_micro_step(struct tui *t, int direction);
/* False: such a thing does not happen here; says why. */
bool tui_counts(struct tui *t, const struct milestone *m);
/* How far a line is, on the way that all go together. */
uint64_t tui_way_of(const struct tui *t, const struct tui_line *line);
void tui_stop(struct tui *t); /* what is under way ends where it is */
void tui_tick(struct tui *t); /* what is due now */
bool tui_is_moving(const struct tui *t);
bool tui_travels(const struct tui *t); /* ... long enough to be noticed */

/* One machine alone; it must not be on its way. */
void tui_ask(struct tui *t, struct tui_line *line, enum seat_act act,
             const struct milestone *m);

/* tui_reply.c */
void tui_take_reply(struct tui *t, struct tui_line *line);

/* tui_wish.c: full: false. */
bool tui_wish(struct tui *t, const struct tui_wish *wish);
void tui_grant_wish(struct tui *t); /* the first one, once */
/* "10i", "10 right": false if the line is no such thing. */
bool tui_repeat(struct tui *t, const char *line);
int tui_wait_ms(const struct tui *t);
void tui_say(struct tui *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *tui_speed_text(const struct tui *t);
void tui_set_speed(struct tui *t, int change); /* as far as there are */

/* tui_keys.c */
void tui_take_key(struct tui *t, unsigned key);
void tui_turn_to(struct tui *t, unsigned view); /* index into view_all */

void tui_scroll(struct tui *t, int rows);

/* tui_mouse.c: the wheel scrolls; a click chooses a view, a half, a row. */
void tui_take_mouse(struct tui *t, unsigned key);
unsigned tui_tab_rows(const struct tui *t); /* 1 if there is room, or 0 */
void tui_draw_tabs(const struct tui *t, const struct pane *p);

/* tui_prompt.c */
void tui_open_prompt(struct tui *t, char what);
void tui_prompt_key(struct tui *t, unsigned key);
void tui_draw_prompt(const struct tui *t, const struct pane *p);

/* tui_marks.c: where all stand now, to come back to by '. */
void tui_leave_trace(struct tui *t);

/* tui_stops.c: "fault_handle+0x1f", or the number; returns text. */
char *tui_place_text(const struct tui *t, uint64_t address,
                     char text[static TUI_PLACE_BYTES]);

/* Into a request that has none; the nth of a kind, as it is there, or NULL. */
void tui_fill_stops(const struct tui *t, struct seat_request *q);
const struct tui_stop *tui_stop_of(const struct tui *t, enum tui_stop_kind kind,
                                   unsigned n);

/* tui_commands.c: as typed behind the colon. */
void tui_command(struct tui *t, const char *line);
void tui_do_later(struct tui *t);

/* tui_script.c: a character, or a name of keys.def; 0: no such key. */
unsigned tui_key_of(const char *name, size_t chars);

/* Does the next thing of a lecture; false: there is none now. */
bool tui_script_play(struct tui *t);
bool tui_script_waits(const struct tui *t);

uint64_t tui_now_ms(void);

/* tui_help.c: pages 1, 2, ... of the view, the keys, the commands. */
/* Rows that help has: between the title and the last row, or the tabs. */
unsigned tui_help_rows(const struct tui *t);
void tui_draw_help(const struct tui *t, const struct pane *p);
void tui_turn_help(struct tui *t); /* to the next page; behind the last: none */
void tui_help_commands(struct tui *t);

#endif
