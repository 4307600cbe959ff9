/*
 * help_man.c - ringside.1, from the tables.
 *
 * Source  man(7): macros .TH .SH .TP .B .I .nf .fi; a line must not begin
 *         with a dot or quote, and \ - ' need an escape.
 */
#include "sim/machine/help.h"

/* One text, escaped for roff. */
static void put(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\'')
            fputs("\\(aq", out);
        else if (*text == '`')
            fputs("\\(ga", out);
        else
            fputc(*text, out);
    }
}

static void put_commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (int id = 0; id < COMMAND_COUNT; id++) {
        const struct command_info *c = command_info((enum command)id);

        fputs(".TP\n.B ", out);
        put(out, c->name);
        fputs(" \\fI", out);
        put(out, c->words);
        fputs("\\fR\n", out);
        put(out, c->sentence);
        fputs(".\n", out);
    }
}

/* "run, compare": which commands take an option. */
static void put_takers(FILE *out, unsigned commands)
{
    const char *comma = "";

    if ((commands & ON_ANY) == ON_ANY) {
        fputs("(all commands)", out);
        return;
    }
    fputc('(', out);
    for (int id = 0; id < COMMAND_COUNT; id++) {
        if (!(commands & (1u << id)))
            continue;
        fprintf(out, "%s%s", comma, command_info((enum command)id)->name);
        comma = ", ";
    }
    fputc(')', out);
}

static void put_options(FILE *out)
{
    fputs(".SH OPTIONS\n", out);
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *o = option_info((enum option_id)id);

        if (option_heading((enum option_id)id))
            fprintf(out, ".SS %s\n", option_heading((enum option_id)id));
        fputs(".TP\n\\fB", out);
        if (o->letter)
            fprintf(out, "\\-%c\\fR, \\fB", o->letter);
        fputs("\\-\\-", out);
        put(out, o->name);
        fputs("\\fR", out);
        if (o->argument) {
            fputs(" \\fI", out);
            put(out, o->argument);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        put(out, o->sentence);
        fputs(".\n", out);
        put_takers(out, o->commands);
        fputc('\n', out);
    }
}

static void put_examples(FILE *out)
{
    fputs(".SH EXAMPLES\n", out);
    for (unsigned i = 0; i < example_count(); i++) {
        const struct example_info *x = example_at(i);

        fputs(".TP\n.B ", out);
        put(out, x->line);
        fputc('\n', out);
        put(out, x->shows);
        fputs(".\n", out);
    }
}

static const char head[] =
    ".SH NAME\n"
    "ringside \\- watch virtual memory and hypervisors at work\n"
    ".SH SYNOPSIS\n"
    ".B ringside\n"
    ".I COMMAND\n"
    "[\\fIOPTIONS\\fR]\n"
    ".I WORDS\n"
    ".br\n"
    ".B ringside run\n"
    "[\\fIOPTIONS\\fR] \\fINAME\\fR[:\\fIkey\\fR=\\fIvalue\\fR,...]\n"
    ".br\n"
    ".B ringside run\n"
    "[\\fIOPTIONS\\fR] \\-\\- \\fIPROGRAM\\fR [\\fIARG\\fR...]\n"
    ".SH DESCRIPTION\n"
    "Ringside simulates an x86 machine that runs a Linux program, unmodified,\n"
    "on a real kernel: natively, under shadow paging, under nested paging and\n"
    "under Xen\\-style paravirtualization.  It accounts for every simulated\n"
    "cycle.\n"
    ".PP\n"
    "A workload is a built\\-in program by name, or after \\-\\- a Linux "
    "x86\\-64\n"
    "program of this host, static or dynamic, with its arguments.  Its\n"
    "libraries, files that the arguments name, and\n"
    "standard input, travel with it, as do files that the words of a script\n"
    "(busybox sh \\-c SCRIPT) name; busybox brings its applets in /bin.\n"
    "The program\\(aqs own output passes\n"
    "through; reports go to standard error unless a file is named.\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B run\nthe program\\(aqs own; 128 + N if signal N killed it.\n"
    ".TP\n.B compare\n0: all techniques gave the same result; 1: they differ.\n"
    ".TP\n.B 2\na mistake in what was asked; one line says what and where.\n"
    ".TP\n.B 124\na limit (\\-\\-max\\-instructions, \\-\\-max\\-cycles) was "
    "reached.\n"
    ".TP\n.B 130\ninterrupted by ^C; what was counted is printed.\n"
    ".SH SEE ALSO\n"
    ".BR perf\\-stat (1),\n.BR xl.cfg (5),\n.BR gnuplot (1)\n";

void help_man(FILE *out)
{
    fprintf(out, ".TH RINGSIDE 1 \"\" \"Ringside %s\" \"User Commands\"\n",
            ringside_version);
    fputs(head, out);
    put_commands(out);
    put_options(out);
    put_examples(out);
    fputs(tail, out);
}
