#include "sim/machine/console.h"

#include <stdio.h>
#include <string.h>

#include "sim/machine/progress.h"
#include "sim/machine/screen_show.h"
#include "sim/machine/session.h"

/* Longest that a key waits while the guest is held back. */
enum { HOLD_MS = 50, FOREVER_MS = -1 };

void console_init(struct console *c, int fd, bool keyboard)
{
    terminal_init(&c->terminal, fd);
    c->keyboard = keyboard;
    c->typed_bytes = 0;
    c->begin_seconds = host_seconds_now();
}

/* How far the guest's time is ahead of the user's. */
static double ahead_seconds(const struct console *c, const struct run *r)
{
    double khz = (double)r->machine->config->cpu.tsc_khz;
    double guest =
        (double)run_cycles(r) / r->machine->pcpu_count / (khz * 1000);

    return guest - (host_seconds_now() - c->begin_seconds);
}

static int wait_ms(const struct console *c, const struct run *r)
{
    double ahead;

    if (r->waiting)
        return FOREVER_MS;
    if (!c->terminal.tty)
        return 0;
    ahead = ahead_seconds(c, r);
    if (ahead <= 0)
        return 0;
    return ahead * 1000 < HOLD_MS ? (int)(ahead * 1000) : HOLD_MS;
}

static void read_more(struct console *c, struct run *r)
{
    do
        c->typed_bytes += terminal_read(&c->terminal, wait_ms(c, r),
                                        c->typed + c->typed_bytes,
                                        sizeof c->typed - c->typed_bytes);
    while (c->terminal.tty && c->typed_bytes == 0 && !c->terminal.ended &&
           !c->terminal.leave && !interrupt_pending() &&
           ahead_seconds(c, r) > 0);
}

static void pass_on(struct console *c, struct run *r)
{
    struct platform *p = &r->machine->vms[0]->platform;
    size_t taken;

    if (c->typed_bytes == 0 || (!c->terminal.tty && !r->measuring))
        return;
    taken = c->keyboard ? platform_type(p, c->typed, c->typed_bytes)
                        : platform_input(p, c->typed, c->typed_bytes);
    c->typed_bytes -= taken;
    memmove(c->typed, c->typed + taken, c->typed_bytes);
}

/* What the keys behind ^A asked for. */
static void obey(struct console *c, const struct run *r)
{
    struct terminal *t = &c->terminal;

    if (t->help)
        fputs(terminal_help, stderr);
    if (t->screen)
        screen_show(&r->machine->vms[0]->platform, stderr);
    if (t->swap) {
        c->keyboard = !c->keyboard;
        fprintf(stderr, "\nringside: keys go to the %s\n",
                c->keyboard ? "keyboard" : "serial line");
    }
    t->help = t->screen = t->swap = false;
}

void console_turn(struct console *c, struct run *r)
{
    read_more(c, r);
    obey(c, r);
    if (c->terminal.leave)
        run_leave(r);
    pass_on(c, r);
    r->input_open = c->typed_bytes != 0 || !c->terminal.ended;
}
