#include "visualizer/seat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/letter.h"
#include "sim/machine/session.h"

struct seat {
    struct seat_ends ends;
    struct session *session;
    struct debugger debugger;
    struct walk_log walks[MACHINE_MAX_PCPUS];
};

static struct seat_reply reply_of(const struct seat *s)
{
    const struct run *run = s->debugger.run;
    struct seat_reply reply;
    struct moment now;

    memset(&reply, 0, sizeof reply);
    reply.ended = run->end != RUN_GOES_ON;
    reply.pcpus = run->machine->pcpu_count;
    moment_take(&now, run);
    reply.cycle = now.cycles;
    reply.instructions = now.instructions;
    reply.user_instructions = now.counters.value[COUNTER_INSTRUCTIONS_USER];
    if (now.measuring) {
        reply.done_cycles = now.cycles - now.boot_cycles;
        reply.done_instructions = now.instructions - now.boot_instructions;
        reply.done_exits = now.counters.value[COUNTER_EXIT_TOTAL] -
                           now.boot_counters.value[COUNTER_EXIT_TOTAL];
        reply.done_refs = now.counters.value[COUNTER_WALK_REFS] -
                          now.boot_counters.value[COUNTER_WALK_REFS];
    }
    snprintf(reply.text, sizeof reply.text, "%.190s",
             run->text[0] ? run->text : "the program is through");
    return reply;
}

static bool send_frame(const struct seat *s, const struct seat_request *q)
{
    struct seat_reply reply = reply_of(s);
    unsigned pcpu = q->look.pcpu < reply.pcpus ? q->look.pcpu : 0;
    const struct walk_story *walk =
        walk_log_back(&s->walks[pcpu], q->look.walk);
    struct look look = q->look;
    uint64_t written[2];
    struct scene scene = {.run = s->debugger.run,
                          .walks = &s->walks[pcpu],
                          .symbols = s->ends.symbols,
                          .look = &look};
    struct grid grid;
    bool ok;

    session_get_written(s->session, written);
    scene.out = (struct scene_output){s->ends.out_fd, written[0]};
    scene.err = (struct scene_output){s->ends.err_fd, written[1]};

    look.pcpu = pcpu;
    if (!grid_init(&grid, q->width, q->height))
        return false;
    view_draw(view_all[q->view], &scene, &grid);
    reply.frame = true;
    reply.width = q->width;
    reply.height = q->height;
    reply.walk_steps = walk ? walk->count : 0;
    ok = letter_send(s->ends.fd, &reply, sizeof reply) &&
         letter_send(s->ends.fd, grid.cells,
                     (size_t)q->width * q->height * sizeof *grid.cells);
    grid_free(&grid);
    return ok;
}

/*
 * May return in another process, where *q is a request of long ago: nothing
 * behind it may look at *q.
 */
static enum stop_reason move(struct debugger *d, const struct seat_request *q)
{
    struct milestone m = q->milestone;
    struct moment now;

    moment_take(&now, d->run);
    d->now.stops = q->stops;
    switch (q->act) {
    case SEAT_RUN:
        return debugger_continue(d);
    case SEAT_RUN_ON:
        return debugger_resume(d);
    case SEAT_RUN_BACK:
        return debugger_reverse_continue(d);
    case SEAT_STEP:
        return debugger_step(d, q->look.pcpu);
    case SEAT_BACK:
        return debugger_reverse_step(d, q->look.pcpu);
    case SEAT_NEXT:
        m.value = milestone_figure(&m, &now) + 1;
        break;
    case SEAT_HERE:
        m.value = milestone_figure(&m, &now);
        break;
    case SEAT_REACH:
    case SEAT_DRAW:
        break;
    }
    return debugger_reach(d, &m);
}

static bool serve_move(struct seat *s, const struct seat_request *q)
{
    enum stop_reason reason = move(&s->debugger, q);
    struct seat_reply reply = reply_of(s);

    reply.reason = reason;
    reply.touched = s->debugger.now.hit.at;
    return reason == STOPPED_INTERRUPT ||
           letter_send(s->ends.fd, &reply, sizeof reply);
}

void seat_serve(const struct seat_ends *ends, struct run *run,
                struct session *session)
{
    int fd = ends->fd;
    struct seat *s = calloc(1, sizeof *s);
    struct seat_request q;
    bool ok = s != NULL;

    if (ok) {
        s->ends = *ends;
        s->session = session;
        debugger_init(&s->debugger, run, session, fd);
        for (unsigned i = 0; i < run->machine->pcpu_count; i++)
            mmu_set_walk_log(run->machine->pcpus[i].mmu, &s->walks[i]);
    }
    while (ok && letter_receive(fd, &q, sizeof q))
        ok = q.act == SEAT_DRAW ? send_frame(s, &q) : serve_move(s, &q);
    run_leave(run);
    for (unsigned i = 0; i < run->machine->pcpu_count; i++)
        mmu_set_walk_log(run->machine->pcpus[i].mmu, NULL);
    free(s);
}
