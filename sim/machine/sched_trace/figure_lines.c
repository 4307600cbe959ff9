/*
 * figure_lines.c - which VMs a figure tells apart.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/machine/sched_trace/sched_figures.h"

/* How much of a name is that of its kind: without the number at its end. */
static size_t kind_bytes(const char *name)
{
    size_t bytes = strlen(name);

    while (bytes > 1 && name[bytes - 1] >= '0' && name[bytes - 1] <= '9')
        bytes--;
    if (bytes > 1 && bytes < strlen(name) &&
        strchr("-_.", name[bytes - 1]) != NULL)
        bytes--;
    return bytes;
}

/* The line of that name; a new one while there is room: the last is for all
   others if rest. */
static unsigned line_of(struct figure_lines *l, const char *name, size_t bytes,
                        bool rest)
{
    unsigned room = rest ? FIGURE_LINES - 1 : FIGURE_LINES;

    for (unsigned i = 0; i < l->count; i++)
        if (strlen(l->names[i]) == bytes &&
            memcmp(l->names[i], name, bytes) == 0)
            return i;
    if (l->count < room) {
        snprintf(l->names[l->count], FIGURE_NAME_BYTES, "%.*s", (int)bytes,
                 name);
        return l->count++;
    }
    return FIGURE_LINES; /* none */
}

static unsigned count_kinds(const struct sched_view *v)
{
    unsigned kinds = 0;

    for (unsigned i = 0; i < v->replay.host.vm_count; i++) {
        const char *name = v->replay.vms[i].name;
        size_t bytes = kind_bytes(name);
        bool new = true;

        for (unsigned j = 0; j < i && new; j++)
            new = kind_bytes(v->replay.vms[j].name) != bytes ||
                  memcmp(v->replay.vms[j].name, name, bytes) != 0;
        kinds += new;
    }
    return kinds;
}

/* "web", which is 16 VMs, is called so. */
static void count_members(struct figure_lines *l, unsigned vm_count)
{
    for (unsigned line = 0; line < l->count; line++) {
        unsigned members = 0;
        char name[SCHED_LOG_NAME_BYTES];

        for (unsigned i = 0; i < vm_count; i++)
            members += l->of_vm[i] == line;
        if (members == 1)
            continue;
        snprintf(name, sizeof name, "%.31s", l->names[line]);
        snprintf(l->names[line], FIGURE_NAME_BYTES, "%s (%u VMs)", name,
                 members);
    }
}

bool figure_lines_init(struct figure_lines *l, const struct sched_view *v)
{
    unsigned vm_count = v->replay.host.vm_count;
    bool whole = vm_count <= FIGURE_LINES, rest;

    l->count = 0;
    l->of_vm = calloc(vm_count, sizeof *l->of_vm);
    if (!l->of_vm)
        return false;
    rest = !whole && count_kinds(v) > FIGURE_LINES;
    for (unsigned i = 0; i < vm_count; i++) {
        const char *name = v->replay.vms[i].name;
        unsigned line =
            whole ? l->count : line_of(l, name, kind_bytes(name), rest);

        if (whole)
            snprintf(l->names[l->count++], FIGURE_NAME_BYTES, "%s", name);
        l->of_vm[i] = (uint8_t)(line < FIGURE_LINES ? line : FIGURE_LINES - 1);
    }
    if (rest) {
        l->count = FIGURE_LINES;
        strcpy(l->names[FIGURE_LINES - 1], "others");
    }
    count_members(l, vm_count);
    return true;
}

void figure_lines_free(struct figure_lines *l)
{
    free(l->of_vm);
    l->of_vm = NULL;
}
