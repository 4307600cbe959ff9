/*
 * catalog_devices.c - topics of platform_rows.def: platforms and devices.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/devices/platform_profile.h"
#include "sim/machine/catalog.h"

enum { LIST_BYTES = 160 };

static void append(char *list, const char *word)
{
    size_t used = strlen(list);

    snprintf(list + used, LIST_BYTES - used, "%s%s", used ? " " : "", word);
}

static void fill_platforms(struct table *t, const struct config *c)
{
    (void)c;
    for (unsigned i = 0; i < PLATFORM_COUNT; i++) {
        char devices[LIST_BYTES] = "";

        for (unsigned d = 0; d < DEVICE_COUNT; d++)
            if (platform_has_device((enum platform_id)i,
                                    (enum platform_device)d))
                append(devices, device_rows[d].name);
        table_add(t, (const char *[]){platform_rows[i].name,
                                      platform_rows[i].sentence, devices,
                                      platform_rows[i].source});
    }
}

static void append_range(char *list, const struct range_row *r)
{
    char text[48];

    if (r->bytes == 1)
        snprintf(text, sizeof text, "0x%" PRIx64, r->first);
    else
        snprintf(text, sizeof text, "0x%" PRIx64 "-0x%" PRIx64, r->first,
                 r->first + r->bytes - 1);
    append(list, text);
}

static void fill_devices(struct table *t, const struct config *c)
{
    (void)c;
    for (unsigned d = 0; d < DEVICE_COUNT; d++) {
        const struct device_row *row = &device_rows[d];
        char platforms[LIST_BYTES] = "", ranges[LIST_BYTES] = "";
        char line[16] = "-";

        for (unsigned i = 0; i < PLATFORM_COUNT; i++)
            if (platform_has_device((enum platform_id)i,
                                    (enum platform_device)d))
                append(platforms, platform_rows[i].name);
        for (unsigned i = 0; i < range_row_count; i++)
            if (range_rows[i].device == (enum platform_device)d)
                append_range(ranges, &range_rows[i]);
        if (row->line < BUS_LINES)
            snprintf(line, sizeof line, "%u", row->line);
        table_add(t, (const char *[]){row->name, line, platforms,
                                      ranges[0] ? ranges : "-",
                                      row->ops->sentence, row->ops->source});
    }
}

const struct topic topic_platforms = {
    .name = "platforms",
    .singular = "platform",
    .sentence = "which devices a machine has: --set platform=NAME",
    .columns = {"name", "meaning", "devices", "source"},
    .listed = 2,
    .sentence_column = 1,
    .fill = fill_platforms,
};

const struct topic topic_devices = {
    .name = "devices",
    .singular = "device",
    .sentence = "the devices, their interrupt lines, ports and addresses",
    .columns = {"name", "line", "platforms", "ports or addresses", "meaning",
                "source"},
    .listed = 5,
    .sentence_column = 4,
    .fill = fill_devices,
};
