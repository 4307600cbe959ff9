/*
 * main.c - one executable, many programs: argv[0] or argv[1] says which.
 */
#include <stdio.h>
#include <string.h>

#include "workloads/programs/program.h"

struct program {
    const char *name;
    const char *keys;
    int (*run)(const struct arguments *a);
};

#define PROGRAM(name, sentence, keys, example) {#name, keys, program_##name},
static const struct program programs[] = {
#include "workloads/programs/programs.def"
};
#undef PROGRAM

enum { PROGRAM_COUNT = sizeof programs / sizeof programs[0] };

static const struct program *find_program(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    for (int i = 0; i < PROGRAM_COUNT; i++)
        if (strcmp(programs[i].name, name) == 0)
            return &programs[i];
    return NULL;
}

/* True if text is KEY=... with a key that the program takes. */
static bool key_known(const struct program *p, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) + 1 : 0;
    const char *key = p->keys;

    while (equals && key) {
        if (strncmp(key, text, length) == 0)
            return true;
        key = strchr(key, ',');
        key = key ? key + 1 : NULL;
    }
    return false;
}

int main(int argc, char **argv)
{
    const struct program *p = find_program(argv[0]);
    int first = 1;

    if (!p && argc > 1) {
        p = find_program(argv[1]);
        first = 2;
    }
    if (!p) {
        fprintf(stderr, "usage: PROGRAM [KEY=VALUE...]; programs:\n");
        for (int i = 0; i < PROGRAM_COUNT; i++)
            fprintf(stderr, "  %s %s\n", programs[i].name, programs[i].keys);
        return 2;
    }
    for (int i = first; i < argc; i++)
        if (!key_known(p, argv[i])) {
            fprintf(stderr, "%s: '%s' is none of: %s\n", p->name, argv[i],
                    p->keys);
            return 2;
        }
    return p->run(&(struct arguments){argc - first, argv + first});
}
