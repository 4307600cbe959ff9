#include "sim/machine/run_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* With a limit given, the boot has one too: a wild kernel must end. */
#define BOOT_LIMIT_INSTRUCTIONS ((uint64_t)10000000000)

/* Fewer reads of one register in a row are no reason for a long run. */
enum { WORTH_SAYING = 100000 };

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static bool has_limit(const struct config *c)
{
    return c->max_instructions != UINT64_MAX || c->max_cycles != UINT64_MAX;
}

uint64_t run_last_instruction(const struct run *r)
{
    const struct config *c = r->machine->config;

    if (r->measuring)
        return add_capped(r->boot_end.retired, c->max_instructions);
    return has_limit(c) ? BOOT_LIMIT_INSTRUCTIONS : UINT64_MAX;
}

uint64_t run_last_cycle(const struct run *r)
{
    if (r->measuring)
        return add_capped(r->boot_end_cycle, r->machine->config->max_cycles);
    return UINT64_MAX;
}

/* A guest that was cut short may have waited for a device that is not there. */
static void say_polled(const struct run *r, char *text, size_t bytes)
{
    const struct platform *p = &r->machine->vms[0]->platform;
    size_t used = strlen(text);
    struct platform_poll poll;

    if (!platform_polled(p, &poll) || poll.reads < WORTH_SAYING)
        return;
    snprintf(text + used, bytes - used,
             "; the guest polled %s 0x%" PRIx64 " %" PRIu64 " times",
             poll.memory ? "address" : "port", poll.address, poll.reads);
}

bool run_limit_reached(const struct run *r, uint64_t now_cycle, char *text,
                       size_t bytes)
{
    const struct config *c = r->machine->config;

    if (run_instructions(r) >= run_last_instruction(r)) {
        if (r->measuring)
            snprintf(text, bytes,
                     "the limit of %" PRIu64 " instructions was reached",
                     c->max_instructions);
        else
            snprintf(text, bytes,
                     "the guest kernel ran %" PRIu64
                     " instructions and started no program",
                     BOOT_LIMIT_INSTRUCTIONS);
    } else if (now_cycle >= run_last_cycle(r)) {
        snprintf(text, bytes, "the limit of %" PRIu64 " cycles was reached",
                 c->max_cycles);
    } else {
        return false;
    }
    say_polled(r, text, bytes);
    return true;
}
