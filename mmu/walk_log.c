#include "mmu/walk_log.h"

#include <stddef.h>

static struct walk_story *current(struct walk_log *log)
{
    return &log->walks[(log->total - 1) % WALK_LOG_WALKS];
}

void walk_log_begin(struct walk_log *log, const struct walk *wk)
{
    struct walk_story *s;

    log->total++;
    s = current(log);
    s->number = log->total;
    s->regime = *wk->regime;
    s->count = 0;
    s->cut = false;
}

void walk_log_step(struct walk_log *log, const struct walk_step *step)
{
    struct walk_story *s = current(log);

    if (s->count == WALK_LOG_STEPS)
        s->cut = true;
    else
        s->steps[s->count++] = *step;
}

void walk_log_end(struct walk_log *log, const struct walk *wk)
{
    struct walk_story *s = current(log);

    s->walk = *wk;
    s->walk.regime = &s->regime;
}

const struct walk_story *walk_log_back(const struct walk_log *log,
                                       unsigned back)
{
    if (back >= WALK_LOG_WALKS || back >= log->total)
        return NULL;
    return &log->walks[(log->total - 1 - back) % WALK_LOG_WALKS];
}

void walk_story_make(struct walk_story *story, struct memory *memory,
                     const struct regime *regime,
                     const struct walk_request *request)
{
    struct walk_log log = {.total = 0};
    struct walker silent = {.memory = memory, .log = &log};

    if (regime->guest)
        walk_linear(&silent, regime, request);
    else if (regime->stage2)
        walk_physical(&silent, regime, request);
    *story = log.walks[0];
    story->walk.regime = &story->regime;
}
