/*
 * walk.h - one page walker for every paging mode, in one dimension or two.
 *
 * Hardware  Intel SDM vol. 3, "Paging", "Accessed and Dirty Flags", "Access
 *           Rights", "Page-Fault Exceptions", "EPT Translation Mechanism",
 *           "EPT Violations", "Accessed and Dirty Flags for EPT".
 * Model     a loop over levels that reads real entries in simulated memory,
 *           each priced by the data caches.  With a second stage the address
 *           of every first-stage entry is itself translated, and so is the
 *           result: 24 references for 4K on 4K with nothing cached.
 *           A and D are set, as locked read-modify-writes, once the walk is
 *           known not to page-fault: a faulting walk changes no memory.  An
 *           update is one more access to the entry's line, not a reference.
 *           Guest A and D are set before the final address meets the second
 *           stage, so a second-stage violation of it leaves them set.
 * NOT MODELLED  mode-based execute control, speculative walks, code that runs
 *           from a page table that a walk updates.
 * INVARIANTS
 *   1. A walk changes no memory except A and D bits.
 *   2. A walk that ends in a fault fills no first-stage cache; second-stage
 *      translations that it finished on the way are kept.
 *   3. refs and cycles count what was read: entries found in a paging-
 *      structure cache or the nested TLB are not references.
 */
#ifndef MMU_WALK_H
#define MMU_WALK_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/hierarchy.h"
#include "mmu/memory.h"
#include "mmu/psc.h"
#include "mmu/tlb.h"
#include "mmu/xlate.h"
#include "sim/record/counters.h"

struct walk_log;

/* What a walker works with.  All pointers NULL but memory: a silent one. */
struct walker {
    struct memory *memory;
    struct hierarchy *caches;         /* prices of references; NULL: 0 */
    struct psc *psc_guest, *psc_host; /* NULL: switched off */
    struct tlb *ntlb;                 /* NULL: switched off */
    struct counters *counters;        /* NULL: count nothing */
    struct walk_log *log;             /* NULL: keep nothing; walk_log.h */
    bool set_flags;                   /* set A and D */
    uint16_t thread;                  /* 0 or TLB_THREAD */
};

struct walk_request {
    gva_t va;
    enum access_kind kind;
    enum access_mode mode;
    uint64_t start_cycle;
};

/* A walk and its answer. */
struct walk {
    const struct regime *regime;
    struct walk_request request;
    struct tlb_tags tags;
    enum xlate_status status; /* OK, GUEST_FAULT or STAGE2_* */
    hpa_t hpa;                /* valid when OK */
    gpa_t gpa;                /* likewise; between the two stages */
    gpa_t fault_gpa;
    uint32_t error_code;
    uint8_t guest_shift, host_shift; /* page of each stage */
    uint8_t perm;                    /* PERM_* of both stages */
    uint8_t key;                     /* protection key of the page */
    bool global;
    uint64_t cycle; /* start; at the end: when the answer is known */
    uint32_t guest_cycles, host_cycles;
    uint32_t guest_refs, host_refs;
};

/* Entries of regime carry these tags. */
struct tlb_tags regime_tags(const struct regime *regime);

/* Translates the request's va; regime->guest must not be NULL. */
struct walk walk_linear(struct walker *w, const struct regime *regime,
                        const struct walk_request *request);

/* Paging is off: va is guest-physical; regime->stage2 must not be NULL. */
struct walk walk_physical(struct walker *w, const struct regime *regime,
                          const struct walk_request *request);

/*
 * A read of guest-physical a that no linear address led to: the load of PDPTE
 * registers.  It is a read even where stage2_ad makes walks write.
 */
struct walk walk_register_load(struct walker *w, const struct regime *regime,
                               gpa_t a, uint64_t start_cycle);

/* The second stage of one page. */
struct host_page {
    hpa_t hpa; /* of the address that was asked */
    uint8_t shift;
    uint8_t perm; /* PERM_HOST_* */
};

/*
 * One guest-physical address through the second stage for need: EPTQ_READ,
 * _WRITE, _FETCH, and EPTQ_FINAL if it is the access itself and not a part of
 * a walk.  False: wk->status says why.
 */
bool walk_host(struct walker *w, struct walk *wk, gpa_t a, uint32_t need,
               struct host_page *page);

/* An entry on the way of a walk. */
struct walk_place {
    const struct pt_geom *g; /* of its stage */
    unsigned level;
    uint64_t address; /* that the stage translates */
    hpa_t at;
};

/* One reference, priced and counted for its stage. */
uint64_t walk_reference(struct walker *w, struct walk *wk,
                        const struct walk_place *place);

/* Sets A and D bits; the update is priced if it was needed. */
void walk_set_flags(struct walker *w, struct walk *wk,
                    const struct walk_place *place, uint64_t bits);

/* For the log: what was known without a reference; known: the next table, or
 * the page. */
void walk_note_known(struct walker *w, const struct walk *wk,
                     const struct walk_place *place, uint64_t known);

/* First-stage rights (SDM vol. 3, "Determination of Access Rights"). */
static inline bool perm_guest_allows(unsigned perm, enum access_kind kind,
                                     enum access_mode mode,
                                     const struct regime *r)
{
    bool user_page = (perm & PERM_U) != 0;

    if (mode == ACCESS_USER)
        return user_page && (kind == ACCESS_READ ||
                             (perm & (kind == ACCESS_WRITE ? PERM_W : PERM_X)));
    if (kind == ACCESS_FETCH)
        return (perm & PERM_X) && !(user_page && r->smep);
    if (user_page && r->smap && mode != ACCESS_SUPERVISOR_AC)
        return false;
    return kind == ACCESS_READ || (perm & PERM_W) || !r->wp;
}

/*
 * SDM vol. 3, "Protection Keys": of user pages, for data alone, whoever asks.
 * Two bits a key: access is disabled, writing is.
 */
static inline bool key_allows(unsigned key, unsigned perm,
                              enum access_kind kind, enum access_mode mode,
                              const struct regime *r)
{
    unsigned disabled = r->pkru >> (2 * key) & 3;

    if (!r->pke || !(perm & PERM_U) || kind == ACCESS_FETCH)
        return true;
    if (disabled & 1)
        return false;
    return kind == ACCESS_READ || !(disabled & 2) ||
           (mode != ACCESS_USER && !r->wp);
}

/* Second-stage rights; dirty: a write also needs PERM_HOST_D. */
static inline bool perm_host_allows(unsigned perm, uint32_t need, bool dirty)
{
    return !((need & EPTQ_READ) && !(perm & PERM_HOST_R)) &&
           !((need & EPTQ_WRITE) && !(perm & PERM_HOST_W)) &&
           !((need & EPTQ_FETCH) && !(perm & PERM_HOST_X)) &&
           !((need & EPTQ_WRITE) && dirty && !(perm & PERM_HOST_D));
}

static inline uint32_t eptq_of_kind(enum access_kind kind)
{
    return kind == ACCESS_READ    ? EPTQ_READ
           : kind == ACCESS_WRITE ? EPTQ_WRITE
                                  : EPTQ_FETCH;
}

#endif
