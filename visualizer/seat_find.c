/*
 * seat_find.c - what is looked for in the past: who wrote an entry of a page
 * table, and why a walk was necessary.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "visualizer/scene.h"
#include "visualizer/seat_internal.h"

/* Physical addresses of the guest are the host's, so far along. */
static uint64_t guest_base(const struct pcpu *p)
{
    return cpu_control(p->cpu)->virt == VIRT_GUEST ? p->vcpu->vm->memory_base.v
                                                   : 0;
}

void seat_place_cells(const struct pcpu *p, uint32_t guest,
                      struct cpu_stops *stops)
{
    for (unsigned i = 0; i < stops->cell_count; i++)
        if (guest >> i & 1)
            stops->cell[i].at.v += guest_base(p);
}

/* The walk of the address through the guest's tables, or as the CPU does it. */
static void walk_now(const struct scene *s, bool host, struct walk_story *story)
{
    const struct pcpu *p = scene_pcpu(s);
    struct regime regime = *mmu_regime(p->mmu);
    struct walk_request request = {.va = gva(s->look->has_address
                                                 ? s->look->address
                                                 : cpu_state_peek(p->cpu)->rip),
                                   .kind = ACCESS_READ,
                                   .mode = ACCESS_SUPERVISOR};
    struct table_root root;

    scene_tables(s, TREE_GUEST, &root);
    if (!host) {
        regime.stage2 = NULL;
        regime.guest = root.g;
        regime.guest_root = gpa(root.table);
        memcpy(regime.pdpte, root.pdpte, sizeof regime.pdpte);
    } else {
        root.memory = *p->vcpu->vm->hv->dram;
    }
    walk_story_make(story, &root.memory, &regime, &request);
}

bool seat_find_write(const struct scene *s, const struct seat_request *q,
                     struct cpu_stops *stops)
{
    static const struct cpu_stops none;
    struct walk_story story;
    const struct walk_step *last = NULL;

    walk_now(s, q->host, &story);
    for (unsigned i = 0; i < story.count; i++)
        if (story.steps[i].kind == WALK_STEP_REF &&
            (q->level == 0 ||
             (story.steps[i].level == q->level && !story.steps[i].host)))
            last = &story.steps[i];
    *stops = none;
    if (!last)
        return false;
    stops->cell_count = 1;
    stops->cell[0].at = last->at;
    if (!q->host)
        stops->cell[0].at.v += guest_base(scene_pcpu(s));
    return true;
}

bool seat_find_cause(const struct scene *s, struct cpu_stops *stops)
{
    static const struct cpu_stops none;
    const struct walk_story *story = walk_log_back(s->walks, s->look->walk);

    *stops = none;
    if (!story)
        return false;
    stops->cell_count = 1;
    stops->cell[0] =
        (struct cpu_cell){.mmu = scene_pcpu(s)->mmu,
                          .va = story->walk.request.va,
                          .fetch = story->walk.request.kind == ACCESS_FETCH,
                          .tags = story->walk.tags,
                          .log = s->walks,
                          .walk = story->number};
    return true;
}

static void tell_cause(const struct cpu_cell *cell,
                       const struct cpu_watch_hit *hit, char *text,
                       size_t bytes)
{
    char page[40];

    snprintf(page, sizeof page, "0x%" PRIx64, cell->va.v & ~(uint64_t)0xfff);
    if (hit->change == CELL_WALKED)
        snprintf(text, bytes,
                 "%s was in the TLB until this walk: the entry lacked a right, "
                 "or the dirty flag",
                 page);
    else if (hit->change == CELL_FLUSHED)
        snprintf(text, bytes, "here %s is flushed from the TLB by %s", page,
                 hit->outside ? "the hypervisor" : "this instruction");
    else if (hit->walked.v)
        snprintf(text, bytes,
                 "here %s leaves the TLB: the walk for 0x%" PRIx64
                 " takes its place",
                 page, hit->walked.v);
    else
        snprintf(text, bytes,
                 "here %s leaves the TLB: an entry from L2 takes its place",
                 page);
}

void seat_tell_found(const struct debugger_letter *now, enum stop_reason reason,
                     char *text, size_t bytes)
{
    const struct cpu_cell *cell = &now->stops.cell[0];
    bool cause = now->client == SEAT_CAUSE;

    if (!cause && now->client != SEAT_WRITE)
        return;
    if (now->stops.cell_count == 0)
        snprintf(text, bytes, "%s",
                 cause ? "no walk has been seen yet" : "no table maps it here");
    else if (reason == STOPPED_NEVER && cause)
        snprintf(text, bytes,
                 "0x%" PRIx64 " was never in the TLB before: a cold miss",
                 cell->va.v & ~(uint64_t)0xfff);
    else if (reason == STOPPED_NEVER)
        snprintf(text, bytes,
                 "the entry at hpa 0x%" PRIx64 " has never changed",
                 cell->at.v);
    else if (reason == STOPPED_WATCH && cause)
        tell_cause(cell, &now->hit, text, bytes);
    else if (reason == STOPPED_WATCH)
        snprintf(text, bytes,
                 "here the entry at hpa 0x%" PRIx64 " is changed by %s",
                 cell->at.v,
                 now->hit.outside ? "the hypervisor" : "this instruction");
}
