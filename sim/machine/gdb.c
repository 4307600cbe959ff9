#include "sim/machine/gdb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim/core/macros.h"
#include "sim/machine/gdb_internal.h"

/* A line in the debugger's own console. */
static void say(struct gdb *g, const char *line)
{
    char text[1600] = "O", whole[720];

    snprintf(whole, sizeof whole, "%s\n", line);
    gdb_to_hex(text + 1, (const uint8_t *)whole, strlen(whole));
    gdb_reply(g, text);
}

static enum next tell_end(struct gdb *g)
{
    const struct run *run = g->d.run;
    char text[700];

    if (gdb_has_client(g, CLIENT_TOLD_END)) {
        snprintf(text, sizeof text, "W%02x",
                 run->machine->vm_count
                     ? run->machine->vms[0]->platform.bus.exit_status
                     : 2);
        gdb_reply(g, text);
        return NEXT_DETACH;
    }
    g->d.now.client |= CLIENT_TOLD_END;
    snprintf(text, sizeof text,
             "ringside: the run has ended%s%s; step back, "
             "or continue to leave",
             run->text[0] ? ": " : "", run->text);
    say(g, text);
    gdb_reply(g, run->end == RUN_EXITED ? "T05thread:1;" : "T0bthread:1;");
    return NEXT_PACKET;
}

/* What the stop reply says besides the signal, as the manual's table of stop
 * reasons has it. */
static void stop_detail(const struct gdb *g, enum stop_reason reason,
                        char *text, size_t bytes)
{
    static const char *const words[] = {[CPU_WATCH_WRITE] = "watch",
                                        [CPU_WATCH_READ] = "rwatch",
                                        [CPU_WATCH_ACCESS] = "awatch"};
    const struct cpu_watch_hit *hit = &g->d.now.hit;

    *text = '\0';
    if (reason == STOPPED_BEGIN)
        snprintf(text, bytes, "replaylog:begin;");
    if (reason == STOPPED_WATCH)
        snprintf(text, bytes, "%s:%" PRIx64 ";", words[hit->kind], hit->at.v);
}

static enum next tell_stop(struct gdb *g, enum stop_reason reason)
{
    const struct run *run = g->d.run;
    char text[96], detail[48];

    /* The pCPU that stepped has stopped, or whose turn it is. */
    g->cpu = run->turn ? (unsigned)(run->turn - run->machine->pcpus) : 0;
    if (reason == STOPPED_STEP)
        g->cpu = g->d.now.motion.cpu;
    g->user = g->cpu;
    if (reason == STOPPED_END)
        return tell_end(g);
    g->d.now.client &= ~(uint32_t)CLIENT_TOLD_END;
    stop_detail(g, reason, detail, sizeof detail);
    snprintf(text, sizeof text, "T%02x%sthread:%u;",
             reason == STOPPED_INTERRUPT ? 2 : 5, detail, g->cpu + 1);
    gdb_reply(g, text);
    return NEXT_PACKET;
}

static enum next ask_stop(struct gdb *g, const char *args)
{
    char text[32];

    (void)args;
    snprintf(text, sizeof text, "T05thread:%u;", g->cpu + 1);
    gdb_reply(g, text);
    return NEXT_PACKET;
}

static enum next run_on(struct gdb *g, const char *args)
{
    (void)args;
    return tell_stop(g, debugger_continue(&g->d));
}

/* s, and vCont's action with ":THREAD" behind it: else the user's. */
static enum next run_step(struct gdb *g, const char *args)
{
    unsigned long n = *args == ':' ? strtoul(args + 1, NULL, 16) : 0;

    if (n >= 1 && n <= g->d.run->machine->pcpu_count)
        g->user = (unsigned)(n - 1);
    return tell_stop(g, debugger_step(&g->d, g->user));
}

static enum next run_verbose(struct gdb *g, const char *args)
{
    if (*args == '?') {
        gdb_reply(g, "vCont;c;C;s;S");
        return NEXT_PACKET;
    }
    if (args[0] == ';' && (args[1] == 's' || args[1] == 'S'))
        return run_step(g, args[1] == 's' ? args + 2 : args + 4);
    return run_on(g, args);
}

static enum next run_back(struct gdb *g, const char *args)
{
    if (*args == 's')
        return tell_stop(g, debugger_reverse_step(&g->d, g->user));
    return tell_stop(g, debugger_reverse_continue(&g->d));
}

static enum next select_thread(struct gdb *g, const char *args)
{
    unsigned long n = strtoul(args + 1, NULL, 16);

    if (*args == 'g' && n >= 1 && n <= g->d.run->machine->pcpu_count)
        g->cpu = (unsigned)(n - 1);
    gdb_reply(g, "OK");
    return NEXT_PACKET;
}

/* GDB asks when the user turns to a thread.  With whom it goes backwards, it
 * does not say. */
static enum next thread_lives(struct gdb *g, const char *args)
{
    unsigned long n = strtoul(args, NULL, 16);
    bool lives = n >= 1 && n <= g->d.run->machine->pcpu_count;

    if (lives)
        g->user = (unsigned)(n - 1);
    gdb_reply(g, lives ? "OK" : "E01");
    return NEXT_PACKET;
}

static enum next detach(struct gdb *g, const char *args)
{
    (void)args;
    gdb_reply(g, "OK");
    return NEXT_DETACH;
}

static enum next kill_run(struct gdb *g, const char *args)
{
    (void)args;
    run_stop(g->d.run, "the debugger ended the run");
    return NEXT_DETACH;
}

static enum next no_acknowledgement(struct gdb *g, const char *args)
{
    (void)args;
    gdb_reply(g, "OK");
    g->d.now.client |= CLIENT_NO_ACK;
    return NEXT_PACKET;
}

/* Longest prefix first where one begins with another. */
static const struct gdb_command {
    const char *prefix;
    enum next (*run)(struct gdb *g, const char *args);
} commands[] = {
    {"?", ask_stop},
    {"c", run_on},
    {"s", run_step},
    {"vCont", run_verbose},
    {"b", run_back},
    {"g", gdb_read_registers},
    {"p", gdb_read_register},
    {"P", gdb_write_register},
    {"m", gdb_read_memory},
    {"M", gdb_write_memory},
    {"Z", gdb_set_stop},
    {"z", gdb_clear_stop},
    {"H", select_thread},
    {"T", thread_lives},
    {"D", detach},
    {"k", kill_run},
    {"QStartNoAckMode", no_acknowledgement},
    {"q", gdb_query},
};

static enum next serve_packet(struct gdb *g, const char *text)
{
    for (unsigned i = 0; i < ARRAY_LEN(commands); i++) {
        size_t n = strlen(commands[i].prefix);

        if (strncmp(text, commands[i].prefix, n) == 0)
            return commands[i].run(g, text + n);
    }
    gdb_reply(g, *text == '\x03' ? "T02thread:1;" : "");
    return NEXT_PACKET;
}

/* What the user said, else what the guest's kernel is. */
static enum gdb_architecture choose_architecture(const struct machine *m)
{
    const char *said = m->config->gdb_architecture;
    bool is_32bit = said ? strcmp(said, "i386") == 0 : m->guest_32bit;

    return is_32bit ? GDB_I386 : GDB_X86_64;
}

void gdb_serve(int fd, struct run *run, struct session *session)
{
    struct gdb g = {.fd = fd,
                    .architecture = choose_architecture(run->machine)};
    enum next next = NEXT_PACKET;
    char text[GDB_PACKET_BYTES];
    size_t length;

    debugger_init(&g.d, run, session, fd);
    while (next == NEXT_PACKET) {
        if (!gdb_receive(fd, !gdb_has_client(&g, CLIENT_NO_ACK), text, &length))
            break;
        next = serve_packet(&g, text);
    }
    debugger_rewrite(&g.d); /* ends the copies */
    close(fd);
}
