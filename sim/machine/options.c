/*
 * options.c - the tables of commands, options and examples.
 */
#include "sim/machine/options.h"

#include <string.h>

#include "sim/core/macros.h"

#define COMMAND(id, name, words, sentence) {name, words, sentence},
static const struct command_info commands[COMMAND_COUNT] = {
#include "sim/machine/commands.def"
};
#undef COMMAND

#define OPTION(id, letter, name, argument, param, commands, sentence)          \
    {letter, name, argument, param, commands, sentence},
static const struct option_info options[OPTION_COUNT] = {
#include "sim/machine/options.def"
};
#undef OPTION

#define EXAMPLE(commands, line, shows) {commands, line, shows},
static const struct example_info examples[] = {
#include "sim/machine/examples.def"
};
#undef EXAMPLE

const struct command_info *command_info(enum command id)
{
    return &commands[id];
}

enum command command_find(const char *name)
{
    int id = 0;

    while (id < COMMAND_COUNT && strcmp(commands[id].name, name) != 0)
        id++;
    return (enum command)id;
}

const struct option_info *option_info(enum option_id id)
{
    return &options[id];
}

const char *option_heading(enum option_id id)
{
    static const char *const headings[OPTION_COUNT] = {
        [OPTION_TECHNIQUE] = "Machine",
        [OPTION_KERNEL] = "Kernels and images",
        [OPTION_DIR] = "Files of the program",
        [OPTION_MAX_INSTRUCTIONS] = "The run",
        [OPTION_JSON] = "Results",
        [OPTION_FROM] = "Scheduler's log",
        [OPTION_AT] = "View",
        [OPTION_LIST_JSON] = "Lists",
        [OPTION_HELP] = "General",
    };

    return headings[id];
}

unsigned example_count(void)
{
    return ARRAY_LEN(examples);
}

const struct example_info *example_at(unsigned index)
{
    return &examples[index];
}
