/*
 * help_bash.c - the bash completion, from the tables.
 *
 * Options and commands are written out; names of techniques, parameters and
 * the like are asked of `ringside list TOPIC --names`, so that they are those
 * of the program that is installed.
 */
#include <string.h>

#include "sim/machine/help.h"

static void put_commands(FILE *out)
{
    fputs("    local commands='", out);
    for (int id = 0; id < COMMAND_COUNT; id++)
        if (id != COMMAND_GENERATE)
            fprintf(out, "%s%s", id ? " " : "",
                    command_info((enum command)id)->name);
    fputs("'\n", out);
}

/* case COMMAND in run) options='--technique ...' ;; */
static void put_options(FILE *out)
{
    fputs("    case $command in\n", out);
    for (int id = 0; id < COMMAND_COUNT; id++) {
        fprintf(out, "    %s) options='", command_info((enum command)id)->name);
        for (int o = 0; o < OPTION_COUNT; o++)
            if (option_info((enum option_id)o)->commands & (1u << id))
                fprintf(out, " --%s", option_info((enum option_id)o)->name);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n", out);
}

/* The words that the argument of an option can be. */
static const char *words_of(enum option_id id)
{
    if (id == OPTION_TECHNIQUE)
        return "$(ringside list techniques --names 2>/dev/null)";
    if (id == OPTION_PROFILE)
        return "$(ringside list profiles --names 2>/dev/null)";
    if (id == OPTION_SET)
        return "$(for i in params groups; do ringside list $i --names "
               "2>/dev/null; done | sed s/$/=/)";
    if (id == OPTION_TIMING)
        return "window fast";
    return "";
}

static void put_arguments(FILE *out)
{
    fputs("    case $previous in\n", out);
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *o = option_info((enum option_id)id);

        if (!o->argument)
            continue;
        fputs("    ", out);
        if (o->letter)
            fprintf(out, "-%c|", o->letter);
        fprintf(out, "--%s) ", o->name);
        if (strcmp(o->argument, "FILE") == 0)
            fputs("compopt -o default; return ;;\n", out);
        else if (strcmp(o->argument, "DIR") == 0)
            fputs("compopt -o dirnames; return ;;\n", out);
        else
            fprintf(out, "words=\"%s\" ;;\n", words_of((enum option_id)id));
    }
    fputs("    *) taken=no ;;\n    esac\n", out);
}

static const char head[] =
    "# bash completion of ringside(1); made from its option table.\n"
    "_ringside()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
    "    local previous=${COMP_WORDS[COMP_CWORD-1]} options='' words=''\n"
    "    local taken=yes i\n";

static const char after_options[] =
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        words=\"$commands --help --version\"\n"
    "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        [ \"${COMP_WORDS[i]}\" = -- ] || continue\n"
    "        if [ \"$i\" -eq \"$((COMP_CWORD - 1))\" ]; then\n"
    "            COMPREPLY=($(compgen -c -- \"$word\"))\n"
    "        else\n"
    "            compopt -o default\n"
    "        fi\n"
    "        return\n"
    "    done\n";

static const char tail[] =
    "    if [ $taken = no ] && [ \"${word#-}\" != \"$word\" ]; then\n"
    "        words=$options\n"
    "    elif [ $taken = no ]; then\n"
    "        case $command in\n"
    "        run|compare)\n"
    "            words=\"$(ringside list workloads --names 2>/dev/null)\" ;;\n"
    "        list) words=\"$(ringside list --names 2>/dev/null)\" ;;\n"
    "        explain)\n"
    "            for i in $(ringside list --names 2>/dev/null); do\n"
    "                words+=\" $(ringside list \"$i\" --names)\"\n"
    "            done ;;\n"
    "        sched)\n"
    "            words=\"$(ringside sched --names)\"\n"
    "            compopt -o default ;;\n"
    "        help) words=$commands ;;\n"
    "        generate) words='man bash' ;;\n"
    "        esac\n"
    "    fi\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "    [[ ${COMPREPLY[0]} = *= ]] && compopt -o nospace\n"
    "}\n"
    "complete -F _ringside ringside\n";

void help_bash(FILE *out)
{
    fputs(head, out);
    put_commands(out);
    put_options(out);
    fputs(after_options, out);
    put_arguments(out);
    fputs(tail, out);
}
