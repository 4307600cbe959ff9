#include "sim/machine/help.h"

#include <string.h>

#include "sim/machine/sched_trace/sched_view.h"
#include "sim/machine/suggest.h"
#include "sim/machine/wrap.h"

enum { TEXT_COLUMN = 28 };

static const char workload_help[] =
    "WORKLOAD\n"
    "  NAME[:key=value,...]      a built-in program (ringside list workloads)\n"
    "  -- PROGRAM [ARG...]       a Linux x86-64 program of this host, with "
    "its\n"
    "                            libraries; files that its arguments name, "
    "and\n"
    "                            stdin, travel with it\n"
    "  -- busybox sh -c SCRIPT   with all applets, and files named in "
    "SCRIPT\n";

static const char run_status[] =
    "Exit status: the program's own (128 + N if signal N killed it); 2 for a\n"
    "mistake in what was asked; 124 when a limit was reached; 130 after ^C.\n";

static const char compare_status[] =
    "Exit status: 0 if all techniques gave the same result, 1 if not; 2 for a\n"
    "mistake in what was asked; 124 when a limit was reached; 130 after ^C.\n";

static void print_option(FILE *out, const struct option_info *o)
{
    int column;

    if (o->letter)
        column = fprintf(out, "  -%c, --%s", o->letter, o->name);
    else
        column = fprintf(out, "      --%s", o->name);
    if (o->argument)
        column += fprintf(out, " %s", o->argument);
    if (column >= TEXT_COLUMN) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", TEXT_COLUMN - column, "");
    wrap_print(out, o->sentence, TEXT_COLUMN);
}

/* A heading is printed before the first option below it, if there is one. */
static void print_options(FILE *out, unsigned commands)
{
    const char *heading = "Options";
    bool first = true;

    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *o = option_info((enum option_id)id);
        const char *other = option_heading((enum option_id)id);

        if (other && (commands & ON_MACHINE))
            heading = other;
        if (!(o->commands & commands))
            continue;
        if (heading)
            fprintf(out, "%s%s\n", first ? "" : "\n", heading);
        heading = NULL;
        first = false;
        print_option(out, o);
    }
}

static void print_examples(FILE *out, unsigned commands)
{
    fprintf(out, "\nExamples\n");
    for (unsigned i = 0; i < example_count(); i++) {
        const struct example_info *x = example_at(i);

        if (x->commands & commands)
            fprintf(out, "  %s\n      %s\n", x->line, x->shows);
    }
}

static void print_program_help(FILE *out)
{
    fprintf(out,
            "Ringside %s: one program on four machines, and where each cycle "
            "went.\n\nUsage: ringside COMMAND [OPTIONS] WORDS\n\n",
            ringside_version);
    for (int id = 0; id < COMMAND_COUNT; id++) {
        const struct command_info *c = command_info((enum command)id);

        if (id != COMMAND_GENERATE)
            fprintf(out, "  %-8s %-11s %s\n", c->name, c->words, c->sentence);
    }
    fprintf(out, "\n%s", workload_help);
    print_examples(out, ON_RUN | ON_COMPARE);
    fprintf(out, "\nringside COMMAND --help says more.\n");
}

void help_print(FILE *out, enum command command)
{
    const struct command_info *c;

    if (command == COMMAND_COUNT) {
        print_program_help(out);
        return;
    }
    c = command_info(command);
    fprintf(out, "Usage: ringside %s [OPTIONS] %s\n\n%s\n\n", c->name, c->words,
            c->sentence);
    if ((1u << command) & ON_MACHINE)
        fprintf(out, "%s\n", workload_help);
    if (command == COMMAND_SCHED) {
        sched_view_help(out);
        fputc('\n', out);
    }
    print_options(out, 1u << command);
    if (command != COMMAND_GENERATE)
        print_examples(out, 1u << command);
    if ((1u << command) & ON_REPORT)
        fprintf(out, "\n%s",
                command == COMMAND_RUN ? run_status : compare_status);
}

int cmd_help(const struct request *r)
{
    enum command command = COMMAND_COUNT;
    struct suggestion near = {0};
    char text[128];

    if (r->word_count > 0)
        command = command_find(r->words[0]);
    if (r->word_count == 0 || command != COMMAND_COUNT) {
        help_print(stdout, command);
        return 0;
    }
    for (int id = 0; id < COMMAND_COUNT; id++)
        suggest_offer(&near, r->words[0], command_info((enum command)id)->name);
    fprintf(stderr, "ringside: unknown command '%s'%s (ringside --help)\n",
            r->words[0], suggest_text(&near, text, sizeof text));
    return STATUS_USAGE;
}

int cmd_generate(const struct request *r)
{
    const char *what = r->word_count == 1 ? r->words[0] : "";

    if (strcmp(what, "man") == 0) {
        help_man(stdout);
    } else if (strcmp(what, "bash") == 0) {
        help_bash(stdout);
    } else {
        fprintf(stderr, "ringside: generate takes one word: man or bash\n");
        return STATUS_USAGE;
    }
    return 0;
}
