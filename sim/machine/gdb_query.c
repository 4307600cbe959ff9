/*
 * gdb_query.c - GDB's questions about the target.
 */
#include <stdio.h>

#include "sim/machine/gdb_internal.h"

static void list_threads(struct gdb *g)
{
    char text[128] = "m1";

    for (unsigned i = 2; i <= g->d.run->machine->pcpu_count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",%x", i);
    gdb_reply(g, text);
}

/* A slice of the target description: "m" and text, "l" if it is the last. */
static void send_description(struct gdb *g, const char *range)
{
    static const size_t most = GDB_PACKET_BYTES / 2;
    char text[GDB_PACKET_BYTES], slice[GDB_PACKET_BYTES];
    size_t all = gdb_register_description(g->architecture, text, sizeof text),
           n;
    uint64_t at, bytes;

    gdb_range(range, &at, &bytes);
    at = at < all ? at : all;
    n = bytes < most ? (size_t)bytes : most;
    n = n < all - at ? n : all - at;
    slice[0] = at + n == all ? 'l' : 'm';
    memcpy(slice + 1, text + at, n);
    gdb_send(g->fd, slice, n + 1);
}

enum next gdb_query(struct gdb *g, const char *args)
{
    static const char description[] = "Xfer:features:read:target.xml:";

    if (strncmp(args, "Supported", 9) == 0)
        gdb_reply(g, "PacketSize=3f00;qXfer:features:read+;ReverseStep+;"
                     "ReverseContinue+;QStartNoAckMode+;vContSupported+");
    else if (strncmp(args, description, strlen(description)) == 0)
        send_description(g, args + strlen(description));
    else if (strncmp(args, "Rcmd,", 5) == 0)
        gdb_monitor(g, args + 5);
    else if (strcmp(args, "Attached") == 0)
        gdb_reply(g, "0");
    else if (strcmp(args, "C") == 0)
        gdb_reply(g, "QC1");
    else if (strcmp(args, "fThreadInfo") == 0)
        list_threads(g);
    else if (strcmp(args, "sThreadInfo") == 0)
        gdb_reply(g, "l");
    else
        gdb_reply(g, "");
    return NEXT_PACKET;
}
