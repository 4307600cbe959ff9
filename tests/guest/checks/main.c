/*
 * main.c - runs all checks, or those whose names are arguments.
 */
#include "tests/guest/checks/checks.h"

#include <stdio.h>
#include <string.h>

static bool chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

static int run_group(const struct check *c, int argc, char **argv)
{
    int failures = 0;

    for (; c->name; c++) {
        int line;

        if (!chosen(c->name, argc, argv))
            continue;
        line = c->run();
        if (line == 0)
            printf("ok %s\n", c->name);
        else
            printf("FAILED %s line %d\n", c->name, line);
        fflush(stdout);
        failures += line != 0;
    }
    return failures;
}

int main(int argc, char **argv)
{
    return run_group(memory_checks, argc, argv) +
           run_group(process_checks, argc, argv) +
           run_group(signal_checks, argc, argv) +
           run_group(thread_checks, argc, argv) +
           run_group(file_checks, argc, argv);
}
