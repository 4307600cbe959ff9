#include "visualizer/seat.h"

#include <poll.h>
#include <string.h>

#include "sim/machine/letter.h"
#include "visualizer/scene.h"
#include "visualizer/seat_internal.h"

enum { IDLE_MS = 50 };

void seat_tell_moment(const struct moment *now, struct seat_reply *reply)
{
    reply->cycle = now->cycles;
    reply->khz = now->khz;
    memcpy(reply->host, now->host, sizeof reply->host);
    reply->instructions = now->instructions;
    reply->user_instructions = now->counters.value[COUNTER_INSTRUCTIONS_USER];
    reply->measuring = now->measuring;
    if (!now->measuring)
        return;
    reply->done_cycles = now->cycles - now->boot_cycles;
    reply->done_instructions = now->instructions - now->boot_instructions;
    reply->done_exits = now->counters.value[COUNTER_EXIT_TOTAL] -
                        now->boot_counters.value[COUNTER_EXIT_TOTAL];
    reply->done_user = now->counters.value[COUNTER_INSTRUCTIONS_USER] -
                       now->boot_counters.value[COUNTER_INSTRUCTIONS_USER];
    reply->done_refs = now->counters.value[COUNTER_WALK_REFS] -
                       now->boot_counters.value[COUNTER_WALK_REFS];
}

struct milestone seat_milestone(const struct seat_request *q,
                                const struct moment *now)
{
    struct milestone m = q->milestone;

    if (q->act == SEAT_NEXT || q->act == SEAT_HERE)
        m.value = milestone_figure(&m, now) + (q->act == SEAT_NEXT);
    return m;
}

static struct seat_reply reply_of(const struct seat *s)
{
    struct seat_reply reply;

    memset(&reply, 0, sizeof reply);
    s->ops->tell(s, &reply);
    return reply;
}

static struct seat_choice chosen_row(const struct view *view,
                                     const struct scene *s)
{
    enum counter rows[COUNTER_COUNT];
    unsigned count = view->rows && s->machine ? view->rows(s, rows) : 0;
    unsigned row = scene_chosen(s, rows, count);

    if (count == 0)
        return (struct seat_choice){s->look->top, s->look->chosen};
    return (struct seat_choice){row, 1 + (unsigned)rows[row]};
}

static bool send_frame(const struct seat *s, const struct seat_request *q)
{
    struct seat_reply reply = reply_of(s);
    unsigned pcpu = q->look.pcpu < reply.pcpus ? q->look.pcpu : 0;
    const struct walk_story *walk =
        walk_log_back(&s->kept.walks[pcpu], q->look.walk);
    struct look look = q->look;
    struct scene scene = {.walks = &s->kept.walks[pcpu],
                          .symbols = s->ends.symbols,
                          .look = &look,
                          .out = {s->ends.out_fd, 0},
                          .err = {s->ends.err_fd, 0}};
    struct grid grid;
    bool ok;

    s->ops->scene(s, &scene);
    look.pcpu = pcpu;
    if (!grid_init(&grid, q->width, q->height))
        return false;
    view_draw(view_all[q->view], &scene, &grid);
    reply.frame = true;
    reply.width = q->width;
    reply.height = q->height;
    reply.asked = (struct seat_choice){look.top, look.chosen};
    reply.chosen = chosen_row(view_all[q->view], &scene);
    reply.walk_steps = walk ? walk->count : 0;
    ok = letter_send(s->ends.fd, &reply, sizeof reply) &&
         letter_send(s->ends.fd, grid.cells,
                     (size_t)q->width * q->height * sizeof *grid.cells);
    grid_free(&grid);
    return ok;
}

static bool tell(const struct seat *s, enum stop_reason reason)
{
    struct seat_reply reply = reply_of(s);

    reply.reason = reason;
    s->ops->tell_stop(s, &reply);
    return letter_send(s->ends.fd, &reply, sizeof reply);
}

/* A run says nothing on its way, nor if somebody else wants to talk. */
static bool serve_move(struct seat *s, const struct seat_request *q)
{
    enum stop_reason reason = s->ops->move(s, q);
    bool ok = true;

    while (ok && reason == STOPPED_UNDERWAY) {
        ok = s->ops->runs(s) || tell(s, reason);
        reason = s->ops->go_on(s);
    }
    if (reason == STOPPED_INTERRUPT && s->ops->runs(s))
        return ok;
    return ok && tell(s, reason);
}

static bool serve_request(struct seat *s, const struct seat_request *q)
{
    if (q->act == SEAT_DRAW)
        return send_frame(s, q);
    /* SEAT_STOP: the move that it was for has ended meanwhile. */
    return q->act == SEAT_STOP || serve_move(s, q);
}

/* A screen that runs asks again at once when it has its frame. */
static void pass_idle_time(struct seat *s)
{
    struct pollfd p = {.fd = s->ends.fd, .events = POLLIN};

    if (poll(&p, 1, IDLE_MS) == 0)
        s->ops->idle(s);
}

void seat_serve(struct seat *s)
{
    struct seat_request q;
    bool ok = true;

    while (ok) {
        pass_idle_time(s);
        ok = letter_receive(s->ends.fd, &q, sizeof q) && serve_request(s, &q);
    }
}
