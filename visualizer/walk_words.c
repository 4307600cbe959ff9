#include "visualizer/walk_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "visualizer/pt_words.h"

const char *walk_step_name(enum walk_step_kind kind)
{
    static const char *const names[] = {
        [WALK_STEP_REF] = "reference",
        [WALK_STEP_PSC] = "known to a paging-structure cache",
        [WALK_STEP_NTLB] = "page known to the nested TLB",
        [WALK_STEP_FLAGS] = "accessed or dirty flag set",
    };

    return names[kind];
}

static const char *cache_words(enum cache_level level)
{
    static const char *const words[] = {
        [CACHE_L1] = "the L1 cache had it",
        [CACHE_L2] = "the L2 cache had it",
        [CACHE_L3] = "the L3 cache had it",
        [CACHE_DRAM] = "it came from memory",
        [CACHE_NONE] = "no cache was asked",
    };

    return words[level];
}

static void say_reference(const struct walk_story *w,
                          const struct walk_step *step, char *text)
{
    const struct pt_geom *g = step->host ? w->regime.stage2 : w->regime.guest;
    const char *table = pt_level_name(g, step->level);
    uint64_t index = pt_index(g, step->level, step->address);
    uint64_t cycles = step->end_cycle - step->begin_cycle;
    size_t used;

    if (step->host)
        used = (size_t)snprintf(text, WALK_SENTENCE_BYTES,
                                "Where does the host have gpa 0x%" PRIx64
                                "? The walker reads "
                                "entry %" PRIu64 " of the %s table",
                                step->address, index, table);
    else
        used = (size_t)snprintf(text, WALK_SENTENCE_BYTES,
                                "The walker reads entry %" PRIu64
                                " of the guest's %s table",
                                index, table);
    used += (size_t)snprintf(text + used, WALK_SENTENCE_BYTES - used,
                             "; %s, %" PRIu64 " cycles. ",
                             cache_words(step->served), cycles);
    if (!pt_present(g, step->entry))
        snprintf(text + used, WALK_SENTENCE_BYTES - used,
                 "It is not present: the walk ends here.");
    else if (pt_is_leaf(g, step->level, step->entry))
        snprintf(text + used, WALK_SENTENCE_BYTES - used,
                 "It maps the page at %s 0x%" PRIx64 ".",
                 step->host || !w->regime.stage2 ? "hpa" : "gpa",
                 pt_address(g, step->level, step->entry, true));
    else
        snprintf(text + used, WALK_SENTENCE_BYTES - used,
                 "It points to the %s table at %s 0x%" PRIx64 ".",
                 pt_level_name(g, step->level - 1u),
                 step->host || !w->regime.stage2 ? "hpa" : "gpa",
                 pt_address(g, step->level, step->entry, false));
}

/* Which of them had been clear does not matter to the reader. */
static const char *flag_words(const struct walk_step *step)
{
    return step->entry & (step->host ? EPT_D : PTE_D)
               ? "accessed and dirty flags"
               : "accessed flag";
}

static void say_step(const struct walk_story *w, const struct walk_step *step,
                     char *text)
{
    const struct pt_geom *g = step->host ? w->regime.stage2 : w->regime.guest;

    switch (step->kind) {
    case WALK_STEP_REF:
        say_reference(w, step, text);
        break;
    case WALK_STEP_PSC:
        snprintf(text, WALK_SENTENCE_BYTES,
                 "A paging-structure cache knows the %s entry for this "
                 "address: the walk begins below it, at the %s table.",
                 pt_level_name(g, step->level),
                 pt_level_name(g, step->level - 1u));
        break;
    case WALK_STEP_NTLB:
        snprintf(text, WALK_SENTENCE_BYTES,
                 "The nested TLB knows where the host has gpa 0x%" PRIx64
                 ": hpa 0x%" PRIx64 ", without a walk of the host's tables.",
                 step->address, step->entry);
        break;
    case WALK_STEP_FLAGS:
        snprintf(text, WALK_SENTENCE_BYTES,
                 "The walker sets the %s in the %s entry: one more write to "
                 "that line.",
                 flag_words(step), pt_level_name(g, step->level));
        break;
    }
}

static void say_end(const struct walk_story *w, char *text, size_t bytes)
{
    const struct walk *wk = &w->walk;
    unsigned refs = wk->guest_refs + wk->host_refs;
    uint64_t cycles = wk->cycle - wk->request.start_cycle;

    switch (wk->status) {
    case XLATE_OK:
    case XLATE_OUTSIDE:
        snprintf(text, bytes,
                 " Done: hpa 0x%" PRIx64 " after %u references (%u guest, %u "
                 "host), %" PRIu64 " cycles.",
                 wk->hpa.v, refs, wk->guest_refs, wk->host_refs, cycles);
        break;
    case XLATE_GUEST_FAULT:
        snprintf(text, bytes,
                 " A page fault, error code 0x%x: the guest's kernel must "
                 "answer.",
                 wk->error_code);
        break;
    case XLATE_STAGE2_VIOLATION:
    case XLATE_STAGE2_MISCONFIG:
        snprintf(text, bytes,
                 " The host's table does not allow it (gpa 0x%" PRIx64
                 "): a VM exit.",
                 wk->fault_gpa.v);
        break;
    }
}

char *walk_sentence(const struct walk_story *w, unsigned steps,
                    char text[static WALK_SENTENCE_BYTES])
{
    size_t used;

    text[0] = '\0';
    if (steps == 0)
        snprintf(text, WALK_SENTENCE_BYTES,
                 "No TLB has the page: a walk begins.");
    else
        say_step(w, &w->steps[steps - 1], text);
    used = strlen(text);
    if (steps == w->count)
        say_end(w, text + used, WALK_SENTENCE_BYTES - used);
    return text;
}
