/*
 * gdb_data.c - GDB's packets about registers and memory.
 */
#include <stdlib.h>

#include "sim/machine/gdb_internal.h"

enum { MEMORY_MOST_BYTES = GDB_PACKET_BYTES / 2 - 64 };

enum next gdb_read_registers(struct gdb *g, const char *args)
{
    const struct cpu_state *s = cpu_state_peek(gdb_cpu(g));
    char text[4096];
    size_t used = 0;

    (void)args;
    for (unsigned i = 0; i < gdb_register_count(g->architecture); i++) {
        uint8_t value[GDB_REGISTER_BYTES];
        unsigned bytes = gdb_register_read(g->architecture, s, i, value);

        gdb_to_hex(text + used, value, bytes);
        used += 2 * bytes;
    }
    gdb_reply(g, text);
    return NEXT_PACKET;
}

enum next gdb_read_register(struct gdb *g, const char *args)
{
    uint8_t value[GDB_REGISTER_BYTES];
    unsigned n = (unsigned)strtoul(args, NULL, 16);
    unsigned bytes = gdb_register_read(g->architecture,
                                       cpu_state_peek(gdb_cpu(g)), n, value);
    char text[2 * GDB_REGISTER_BYTES + 1] = "E01";

    if (bytes)
        gdb_to_hex(text, value, bytes);
    gdb_reply(g, text);
    return NEXT_PACKET;
}

/* What was changed by hand stands for all time: the past goes. */
static void changed(struct gdb *g)
{
    cpu_sync(gdb_cpu(g));
    debugger_rewrite(&g->d);
    gdb_reply(g, "OK");
}

enum next gdb_write_register(struct gdb *g, const char *args)
{
    uint8_t value[GDB_REGISTER_BYTES] = {0};
    char *equals;
    unsigned n = (unsigned)strtoul(args, &equals, 16);
    size_t digits = *equals == '=' ? strlen(equals + 1) : 0;

    if (digits == 0 || digits > 2 * sizeof value ||
        !gdb_from_hex(value, equals + 1, digits / 2) ||
        !gdb_register_write(g->architecture, cpu_state(gdb_cpu(g)), n, value))
        gdb_reply(g, "E01");
    else
        changed(g);
    return NEXT_PACKET;
}

const char *gdb_range(const char *args, uint64_t *at, uint64_t *bytes)
{
    char *end;

    *at = strtoull(args, &end, 16);
    *bytes = *end == ',' ? strtoull(end + 1, &end, 16) : 0;
    return end;
}

/* As many of the bytes as can be read; 0: none. */
static unsigned read_some(const struct gdb *g, uint64_t at, uint8_t *to,
                          uint64_t bytes)
{
    unsigned n =
        bytes < MEMORY_MOST_BYTES ? (unsigned)bytes : MEMORY_MOST_BYTES;

    if (cpu_peek_memory(gdb_cpu(g), gva(at), to, n))
        return n;
    n = (unsigned)(PAGE_BYTES - page_offset(at));
    return bytes > n && cpu_peek_memory(gdb_cpu(g), gva(at), to, n) ? n : 0;
}

enum next gdb_read_memory(struct gdb *g, const char *args)
{
    uint8_t bytes[MEMORY_MOST_BYTES];
    char text[2 * MEMORY_MOST_BYTES + 1] = "E0e";
    uint64_t at, wanted;
    unsigned n;

    gdb_range(args, &at, &wanted);
    n = read_some(g, at, bytes, wanted);
    if (n)
        gdb_to_hex(text, bytes, n);
    gdb_reply(g, text);
    return NEXT_PACKET;
}

enum next gdb_write_memory(struct gdb *g, const char *args)
{
    uint8_t bytes[MEMORY_MOST_BYTES];
    uint64_t at, count;
    const char *data = gdb_range(args, &at, &count);

    if (*data != ':' || count > sizeof bytes || strlen(data + 1) < 2 * count ||
        !gdb_from_hex(bytes, data + 1, count) ||
        !cpu_poke_memory(gdb_cpu(g), gva(at), bytes, (unsigned)count))
        gdb_reply(g, "E0e");
    else
        changed(g);
    return NEXT_PACKET;
}
