/*
 * view_scheduler.c - who had which pCPU, and who waits for one.
 */
#include "visualizer/view_scheduler.h"

#include "sim/record/sched_recent.h"
#include "visualizer/scene.h"

extern const struct view view_scheduler;

enum part { PART_BOTH, PART_CHART, PART_QUEUES, PART_TIMES, PART_EVENTS };

static void draw_alone(const struct pane *p)
{
    pane_wrap(p, 1, STYLE_PLAIN,
              " One machine alone has nothing to schedule: its vCPU n has pCPU "
              "n, always.\n\n"
              " For a host that many VMs share, look at a scenario:\n\n"
              "   ringside tui workloads/scenarios/lock-holder.conf\n"
              "   ringside show scheduler --at 20ms "
              "workloads/scenarios/consolidation.conf");
}

/* Half of the rows; up to two thirds if so many pCPUs need them. */
static unsigned chart_rows(const struct scheduler_scene *s,
                           const struct pane *p)
{
    unsigned wanted = s->host->host.dispatch.sched.pcpu_count + 3;
    unsigned half = (p->height + 1) / 2, most = p->height * 2 / 3;

    if (wanted > most)
        wanted = most;
    return wanted > half ? wanted : half;
}

static void draw_host(const struct scheduler_scene *s, const struct pane *p,
                      enum part which)
{
    struct pane half = pane_part(p, 0, 0, p->width, chart_rows(s, p));
    unsigned y = 0;

    switch (which) {
    case PART_CHART:
        scheduler_draw_chart(s, p, s->look->top);
        return;
    case PART_EVENTS:
        scheduler_draw_events(s, p);
        return;
    case PART_BOTH:
        y = scheduler_draw_chart(s, &half, 0);
        break;
    case PART_QUEUES:
    case PART_TIMES:
        break;
    }
    half = pane_below(p, y);
    scheduler_draw_queues(s, &half, which == PART_TIMES);
}

static void draw(const struct scene *s, const struct pane *p)
{
    const struct sched_log *log = s->host ? s->host->host.dispatch.log : NULL;
    const struct scheduler_scene scene = {s->host, log ? log->recent : NULL,
                                          s->look};

    if (scene.recent)
        draw_host(&scene, p, (enum part)view_part(&view_scheduler, s->look));
    else
        draw_alone(p);
}

static const char *const parts[] = {"both",  "chart",  "queues",
                                    "times", "events", NULL};

const struct view view_scheduler = {
    .name = "scheduler",
    .key = '8',
    .title = "Scheduler",
    .sentence = "who had which pCPU, and who waits for one",
    .parts = parts,
    .whole_host = true,
    .help =
        "Of a scenario. Above, the last milliseconds, a row for each pCPU: in "
        "each column the VM that ran longest, as its letter, with the number "
        "of its vCPU where it begins; a capital letter spins for a lock, a "
        "barrier or answers. Below the row: ! a vCPU lost the pCPU while it "
        "held a lock, m one came from another pCPU, ^ one woke.\n"
        "On 110 columns: how much of that time the pCPU ran vCPUs, and how "
        "much "
        "of it they spun.\n"
        "Then each vCPU: where it runs or waits (queue of pCPU or group, and "
        "place), since when, steal (the part of its time that it could have "
        "run and did not), how long it waited when it woke, last and most; "
        "what the policy knows of it, in the policy's terms; what it does: .3 "
        "is vCPU 3 of the same VM. Where there is no room for the times, they "
        "are a part of their own.\n"
        "t turns to the parts: chart, queues, times, and events: what "
        "happened, the latest first; d goes to the next decision. j and k: "
        "rows that the screen has no room for; / names a VM; z and Z: less or "
        "more time.\n"
        "Try: workloads/scenarios/lock-holder.conf; h goes to the next holder "
        "of a lock that is preempted: who spins then, and for how long? Then "
        ":set sched.policy gang, and :versus.",
    .draw = draw,
};
