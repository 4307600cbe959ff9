/*
 * seat_find.c - what is looked for in the past: who wrote an entry of a page
 * table, and why a walk was necessary.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mmu/mmu_peek.h"
#include "mmu/pt_geom.h"
#include "visualizer/exit_words.h"
#include "visualizer/insn_text.h"
#include "visualizer/scene.h"
#include "visualizer/seat_internal.h"

enum { DOER_BYTES = INSN_TEXT_BYTES + 32 };

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
                                   .mode = ACCESS_SUPERVISOR_AC};
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

/*
 * Of the guest's table that level, or the last that there is; of what the CPU
 * walks the last: under nested paging only those that map the page itself.
 */
static bool is_wanted(const struct walk_story *story,
                      const struct walk_step *step,
                      const struct seat_request *q)
{
    if (q->host && story->regime.stage2)
        return step->host && step->address == story->walk.gpa.v;
    return !step->host && (q->level == 0 || step->level == q->level);
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
            is_wanted(&story, &story.steps[i], q))
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
    stops->cell[0] = (struct cpu_cell){.mmu = scene_pcpu(s)->mmu,
                                       .va = story->walk.request.va,
                                       .kind = story->walk.request.kind,
                                       .tags = story->walk.tags,
                                       .log = s->walks,
                                       .walk = story->number};
    return true;
}

/* Why an entry that the TLB has does not do. */
static const char *lack_of(const struct cpu_cell *cell)
{
    static const enum mmu_tlb tlbs[] = {MMU_TLB_L1D, MMU_TLB_L1I, MMU_TLB_L2};
    const struct tlb_entry *entry = NULL;

    for (unsigned i = 0; !entry && i < sizeof tlbs / sizeof *tlbs; i++)
        entry = tlb_find(mmu_tlb(cell->mmu, tlbs[i]), cell->va.v, &cell->tags);
    if (entry && cell->kind == ACCESS_WRITE) {
        if (!(entry->perm & PERM_W))
            return "read-only";
        if (!(entry->perm & PERM_D))
            return "not marked dirty yet";
    }
    return "without the right that this needs";
}

static void page_text(gva_t va, char text[static 20])
{
    snprintf(text, 20, "0x%" PRIx64, va.v & ~(uint64_t)0xfff);
}

/* Who does next what was looked for: an instruction, or the hypervisor when it
   is asked to, or must. */
static void doer_text(const struct cpu_watch_hit *hit, const struct pcpu *p,
                      char text[static DOER_BYTES])
{
    const struct cpu_state *state = p ? cpu_state_peek(p->cpu) : NULL;
    char insn[INSN_TEXT_BYTES];
    const char *why = insn;

    if (!state || insn_text(p->cpu, state->rip, insn) == 0)
        why = NULL;
    else if (cpu_control(p->cpu)->virt == VIRT_DEPRIVED &&
             strcmp(insn, "syscall") == 0)
        why = exit_xen_call_name(state->gpr[REG_RAX]);
    if (!hit->outside)
        snprintf(text, DOER_BYTES, "%s", why ? insn : "an instruction");
    else if (why)
        snprintf(text, DOER_BYTES, "the hypervisor, for %s,", why);
    else
        snprintf(text, DOER_BYTES, "the hypervisor");
}

static void tell_cause(const struct cpu_cell *cell,
                       const struct cpu_watch_hit *hit, const struct pcpu *p,
                       char text[static SEAT_TEXT_BYTES])
{
    char page[20], other[20], doer[DOER_BYTES];

    page_text(cell->va, page);
    page_text(hit->walked, other);
    doer_text(hit, p, doer);
    if (hit->change == CELL_WALKED)
        snprintf(text, SEAT_TEXT_BYTES, "next: %s is in the TLB, but %s", page,
                 lack_of(cell));
    else if (hit->change == CELL_FLUSHED && hit->faulted)
        snprintf(text, SEAT_TEXT_BYTES, "next: %s faults: %s leaves the TLB",
                 doer, page);
    else if (hit->change == CELL_FLUSHED)
        snprintf(text, SEAT_TEXT_BYTES, "next: %s flushes %s from the TLB",
                 doer, page);
    else
        snprintf(text, SEAT_TEXT_BYTES, "next: %s evicts %s from the TLB",
                 hit->walked.v ? other : "an entry of L2", page);
}

/* Bits that a walk sets. */
static const char *flags_text(uint64_t changed)
{
    return changed == PTE_A ? "A" : changed == PTE_D ? "D" : "A and D";
}

static void tell_write(const struct cpu_cell *cell,
                       const struct cpu_watch_hit *hit, const struct pcpu *p,
                       char text[static SEAT_TEXT_BYTES])
{
    uint64_t changed = hit->was ^ hit->is;
    char doer[DOER_BYTES];

    doer_text(hit, p, doer);
    if ((changed & ~(uint64_t)(PTE_A | PTE_D)) == 0 && hit->is & changed)
        snprintf(text, SEAT_TEXT_BYTES,
                 "next: a walk sets %s in the entry at hpa 0x%" PRIx64,
                 flags_text(changed), cell->at.v);
    else
        snprintf(text, SEAT_TEXT_BYTES,
                 "next: %s sets hpa 0x%" PRIx64 " to 0x%" PRIx64, doer,
                 cell->at.v, hit->is);
}

static void tell_nothing(const struct debugger_letter *now,
                         char text[static SEAT_TEXT_BYTES])
{
    const struct cpu_cell *cell = &now->stops.cell[0];
    bool cause = now->client == SEAT_CAUSE;
    char page[20];

    page_text(cell->va, page);
    if (now->stops.cell_count == 0)
        snprintf(text, SEAT_TEXT_BYTES, "%s",
                 cause ? "no walk has been seen yet"
                       : "no table has an entry for it here");
    else if (cause)
        snprintf(text, SEAT_TEXT_BYTES,
                 "%s was never in the TLB before: a compulsory miss", page);
    else
        snprintf(text, SEAT_TEXT_BYTES,
                 "the entry at hpa 0x%" PRIx64 " has not changed before",
                 cell->at.v);
}

void seat_tell_found(const struct debugger_letter *now, enum stop_reason reason,
                     const struct machine *m, char text[static SEAT_TEXT_BYTES])
{
    const struct cpu_cell *cell = &now->stops.cell[0];
    const struct pcpu *p = m->pcpu_count == 1 ? &m->pcpus[0] : NULL;

    if (now->client != SEAT_CAUSE && now->client != SEAT_WRITE)
        return;
    for (unsigned i = 0; cell->mmu && i < m->pcpu_count; i++)
        if (m->pcpus[i].mmu == cell->mmu)
            p = &m->pcpus[i];
    if (now->stops.cell_count == 0 || reason == STOPPED_NEVER)
        tell_nothing(now, text);
    else if (reason == STOPPED_WATCH && now->client == SEAT_CAUSE)
        tell_cause(cell, &now->hit, p, text);
    else if (reason == STOPPED_WATCH)
        tell_write(cell, &now->hit, p, text);
}
