/*
 * options.h - the command line: one table, one parser, one result.
 *
 * Grammar: ringside COMMAND [OPTION...] WORDS, options and words in any
 * order; after -- everything is PROGRAM ARG..., untouched.  --name VALUE and
 * --name=VALUE are the same.
 */
#ifndef SIM_MACHINE_OPTIONS_H
#define SIM_MACHINE_OPTIONS_H
#include <stdbool.h>

#include "sim/core/status.h"
#include "sim/machine/config.h"

#define COMMAND(id, name, words, sentence) COMMAND_##id,
enum command {
#include "sim/machine/commands.def"
    COMMAND_COUNT
};
#undef COMMAND

#define COMMAND(id, name, words, sentence) ON_##id = 1 << COMMAND_##id,
enum command_set {
#include "sim/machine/commands.def"
    ON_REPORT = ON_RUN | ON_COMPARE,
    ON_VIEW = ON_SHOW | ON_TUI,
    ON_MACHINE = ON_REPORT | ON_VIEW,
    ON_RESOLVED =
        ON_MACHINE | ON_SCENARIO | ON_LIST | ON_EXPLAIN, /* need a profile */
    ON_ANY = (1 << COMMAND_COUNT) - 1
};
#undef COMMAND

#define OPTION(id, letter, name, argument, param, commands, sentence)          \
    OPTION_##id,
enum option_id {
#include "sim/machine/options.def"
    OPTION_COUNT
};
#undef OPTION

struct command_info {
    const char *name, *words, *sentence;
};

struct option_info {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *param;    /* NULL: not short for --set */
    unsigned commands;    /* set of ON_* */
    const char *sentence;
};

struct example_info {
    unsigned commands;
    const char *line, *shows;
};

const struct command_info *command_info(enum command id);
/* COMMAND_COUNT if there is no such name. */
enum command command_find(const char *name);
const struct option_info *option_info(enum option_id id);
/* The heading above an option, which begins a group; NULL: begins none. */
const char *option_heading(enum option_id id);
unsigned example_count(void);
const struct example_info *example_at(unsigned index);

/* What `ringside sched` is asked for: texts as typed, NULL if not given. */
struct sched_request {
    const char *from, *to, *step;
    bool per_vcpu;
};

/* What `ringside show` is asked for, likewise. */
struct show_request {
    const char *view, *at, *width, *height, *format;
    const char *pcpu, *address, *row, *steps, *part, *zoom, *filter, *script;
    const char *palette;
    bool ascii, monochrome, no_mouse;
};

/* What the command line asks for. */
struct request {
    enum command command; /* COMMAND_COUNT: none, only --help or --version */
    bool help, version;
    bool json, names; /* of list */
    struct sched_request sched;
    struct show_request show;
    char **words; /* topic, names, workload; points into argv */
    unsigned word_count;
    struct config config; /* resolved for run, compare, list and explain */
};

/*
 * Parses and resolves.  On failure e has one line; request_free() is due
 * either way.
 */
enum status request_parse(struct request *r, int argc, char **argv,
                          struct error *e);
void request_free(struct request *r);

/* visualizer/, or no_visualizer.c where that is not there: exit status. */
int cmd_show(const struct request *r);
int cmd_tui(const struct request *r);

/* Keeps the argument of an option (NULL: it takes none) if that is all there is
   to do; false: it is not. */
bool request_keep(struct request *r, enum option_id id, const char *text);

#endif
