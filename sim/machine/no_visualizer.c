/*
 * no_visualizer.c - what stands in for visualizer/ if that folder is not there.
 *
 * The linker takes this file from its library only if nobody else has the
 * functions.
 */
#include <stdio.h>

#include "sim/machine/catalog.h"
#include "sim/machine/options.h"

static int refuse(const char *name)
{
    fprintf(stderr, "ringside: %s: built without the visualizer\n", name);
    return STATUS_USAGE;
}

int cmd_show(const struct request *r)
{
    (void)r;
    return refuse("show");
}

int cmd_tui(const struct request *r)
{
    (void)r;
    return refuse("tui");
}

static void fill_nothing(struct table *t, const struct config *c)
{
    (void)t;
    (void)c;
}

const struct topic topic_views = {
    .name = "views",
    .singular = "view",
    .sentence = "none: built without the visualizer",
    .columns = {"name", NULL},
    .listed = 1,
    .fill = fill_nothing,
};

const struct topic topic_tui_commands = {
    .name = "tui-commands",
    .singular = "command of the seat",
    .sentence = "none: built without the visualizer",
    .columns = {"name", NULL},
    .listed = 1,
    .fill = fill_nothing,
};
