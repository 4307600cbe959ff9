/*
 * mmu_state.h - what a struct mmu is made of; for mmu/ only.
 */
#ifndef MMU_MMU_STATE_H
#define MMU_MMU_STATE_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/hierarchy.h"
#include "mmu/memory.h"
#include "mmu/mmu_config.h"
#include "mmu/mmu_fast.h"
#include "mmu/psc.h"
#include "mmu/tlb.h"
#include "mmu/walk.h"
#include "mmu/xlate.h"

enum { WALKERS_MAX = 8, CONTEXTS_KEPT = 16, CONTEXT_ID_MAX = 1022 };

/* A regime that slots were filled under; id is part of their keys. */
struct mmu_context {
    struct regime regime;
    uint16_t id;
};

/* What is the thread's own, or its core's if it is the first; else empty. */
struct mmu_own {
    struct tlb l1[2], l2, ntlb;
    struct psc psc_guest, psc_host;
};

struct mmu {
    struct mmu_hot hot;
    struct mmu_config config;
    struct memory *memory;
    struct hierarchy caches;
    struct tlb *l1[2]; /* data, instruction; its own or its sibling's */
    struct tlb *l2, *ntlb;
    struct psc *psc_guest, *psc_host;
    struct walker walker;
    uint64_t walker_free_cycle[WALKERS_MAX];
    struct regime regime;
    struct tlb_tags tags;      /* of the regime */
    struct tlb_entry identity; /* no paging, one stage: the page asked for */
    uint64_t identity_word;    /* in place of replacement state */
    bool fast;                 /* slots may be filled */
    struct mmu_context contexts[CONTEXTS_KEPT]; /* ring of recent ones */
    unsigned context_count, context_next;
    uint16_t context_id, context_last_id; /* 0: no slot is ever filled */
    struct mmu_own own;
};

/* True if the TLB entry lets the access pass without a walk. */
bool mmu_entry_allows(const struct mmu *m, const struct tlb_entry *entry,
                      enum access_kind kind, enum access_mode mode);

/*
 * An L1 TLB hit that a slot knows of: done as a lookup would, without one.
 * False: nothing was done.
 */
bool mmu_slots_translate(struct mmu *m, const struct access *a,
                         uint64_t start_cycle, struct xlate *x);

/* mmu_slots.c: which slots the inlined path may use. */
void mmu_slots_init(struct mmu *m);
void mmu_slots_enter(struct mmu *m); /* the regime has changed */
void mmu_slots_forget_others(struct mmu *m);
void mmu_slots_fill(struct mmu *m, const struct access *a,
                    const struct tlb_entry *entry);

#endif
