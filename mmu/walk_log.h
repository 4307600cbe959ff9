/*
 * walk_log.h - what the last walks did, step by step: for screens.
 *
 * Model     a ring of walks.  A walk is the list of its steps in order: which
 *           tables it did not have to read for, each reference with the level
 *           of the data caches that served it, each update of A and D flags.
 *           A walker without a log keeps nothing.
 * INVARIANT the steps of kind WALK_STEP_REF of a walk are its references:
 *           as many as struct walk counts, first stage and second.
 */
#ifndef MMU_WALK_LOG_H
#define MMU_WALK_LOG_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/cache.h"
#include "mmu/walk.h"

enum walk_step_kind {
    WALK_STEP_REF,   /* an entry was read */
    WALK_STEP_PSC,   /* a paging-structure cache knew the entry of this level */
    WALK_STEP_NTLB,  /* the nested TLB knew the page */
    WALK_STEP_FLAGS, /* A or D, or both, were set in the entry */
};

struct walk_step {
    enum walk_step_kind kind;
    bool host;               /* of the second stage */
    uint8_t level;           /* of the entry; NTLB: 0 */
    enum cache_level served; /* REF, FLAGS: by which cache */
    uint64_t address;        /* that is translated: gva, host: gpa */
    hpa_t at;                /* REF, FLAGS: of the entry */
    uint64_t entry; /* as read; PSC: address of the next table; NTLB: hpa of
                       the page; FLAGS: the bits that were set */
    uint64_t begin_cycle, end_cycle;
};

/* 4 levels over 4 are 24 references; 5 over 5, 35: and flags besides. */
enum { WALK_LOG_STEPS = 80, WALK_LOG_WALKS = 8 };

struct walk_story {
    uint64_t number;  /* 1: the first that was logged */
    struct walk walk; /* its regime is this struct's own */
    struct regime regime;
    struct walk_step steps[WALK_LOG_STEPS];
    unsigned count;
    bool cut; /* there were more steps */
};

struct walk_log {
    struct walk_story walks[WALK_LOG_WALKS];
    uint64_t total;
};

void walk_log_begin(struct walk_log *log, const struct walk *wk);
void walk_log_step(struct walk_log *log, const struct walk_step *step);
void walk_log_end(struct walk_log *log, const struct walk *wk);

/* The last one, the one before it, ...; NULL: not kept, or there is none. */
const struct walk_story *walk_log_back(const struct walk_log *log,
                                       unsigned back);

/*
 * What a walk in regime would do now, from the root and with no cache's help:
 * changes nothing, costs nothing.  An empty story if there is nothing to walk.
 */
void walk_story_make(struct walk_story *story, struct memory *memory,
                     const struct regime *regime,
                     const struct walk_request *request);

#endif
