/*
 * gdb_internal.h - what the packets of gdb*.c share.
 */
#ifndef SIM_MACHINE_GDB_INTERNAL_H
#define SIM_MACHINE_GDB_INTERNAL_H
#include <string.h>

#include "sim/machine/debugger.h"
#include "sim/machine/gdb_link.h"
#include "sim/machine/gdb_registers.h"

/* Kept in debugger_letter.client, where it survives a way back. */
enum {
    CLIENT_NO_ACK = 1 << 0,
    CLIENT_TOLD_END = 1 << 1, /* the debugger knows that the run has ended */
};

enum next { NEXT_PACKET, NEXT_DETACH };

struct gdb {
    int fd;
    struct debugger d;
    unsigned cpu;  /* whose registers */
    unsigned user; /* whom the user looks at: who stopped last, or was turned
                      to since */
    enum gdb_architecture architecture;
};

static inline void gdb_reply(const struct gdb *g, const char *text)
{
    gdb_send(g->fd, text, strlen(text));
}

static inline struct cpu *gdb_cpu(const struct gdb *g)
{
    return g->d.run->machine->pcpus[g->cpu].cpu;
}

static inline bool gdb_has_client(const struct gdb *g, uint32_t bit)
{
    return (g->d.now.client & bit) != 0;
}

/* "ADDRESS,LENGTH"; returns what follows. */
const char *gdb_range(const char *args, uint64_t *at, uint64_t *bytes);

/* Packets: args is what follows the letter. */
enum next gdb_read_registers(struct gdb *g, const char *args);
enum next gdb_read_register(struct gdb *g, const char *args);
enum next gdb_write_register(struct gdb *g, const char *args);
enum next gdb_read_memory(struct gdb *g, const char *args);
enum next gdb_write_memory(struct gdb *g, const char *args);
enum next gdb_set_stop(struct gdb *g, const char *args);
enum next gdb_clear_stop(struct gdb *g, const char *args);
enum next gdb_query(struct gdb *g, const char *args);

/* A line of `monitor`, in hexadecimal; sends the whole answer. */
void gdb_monitor(struct gdb *g, const char *hex);

#endif
