/*
 * tlb.h - translation lookaside buffers.
 *
 * Hardware  Intel SDM vol. 3, "Caching Translation Information" and "Caching
 *           Translations Using EPT"; AMD APM vol. 2, "Translation-Lookaside
 *           Buffer".
 * Model     arrays of entries, one per page size, or one that several sizes
 *           share: a lookup then probes once per size that has an entry.  An
 *           entry maps a page of the smaller of the two stages' sizes and
 *           holds the permissions of both.  The same structure with all sizes
 *           in one array serves as nested TLB (guest-physical to host).
 *           A page of 4M takes an entry of 2M for each half that is used.
 * NOT MODELLED  skewed or hashed indexing, prefetch, coalescing of
 *           neighbouring pages.
 * INVARIANTS    (tlb_check asserts them)
 *   1. valid, tags and ids agree; an id is never used twice.
 *   2. A page has at most one entry per tag and PCID in its array.
 */
#ifndef MMU_TLB_H
#define MMU_TLB_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/mmu_config.h"
#include "mmu/place_log.h"
#include "mmu/repl/repl.h"
#include "sim/core/addr.h"
#include "sim/core/status.h"

/* What an entry allows.  GUEST_*: first stage, HOST_*: second. */
enum {
    PERM_W = 1 << 0, /* writable at all levels */
    PERM_U = 1 << 1, /* user page at all levels */
    PERM_X = 1 << 2, /* no level says NX */
    PERM_D = 1 << 3, /* the dirty flag is set: writes need no walk */
    PERM_HOST_R = 1 << 4,
    PERM_HOST_W = 1 << 5,
    PERM_HOST_X = 1 << 6,
    PERM_HOST_D = 1 << 7, /* likewise in the second stage */
};

enum page_size { PAGE_4K, PAGE_2M, PAGE_1G, PAGE_SIZES };

/*
 * Threads of a core share arrays, but no entries (Marr et al., Intel Technology
 * Journal 6(1), 2002, "Data TLB": each has a tag of its logical processor).
 * The tag is the VPID's highest bit, which no VPID has.
 */
enum { TLB_THREAD = 0x8000 };

/* With which tags entries are made and found. */
struct tlb_tags {
    uint16_t vpid; /* and TLB_THREAD */
    uint16_t pcid;
    uint64_t root; /* second-stage root (EP4TA), TLB_NO_ROOT without one */
};

#define TLB_NO_ROOT UINT64_MAX

/* In place of a PCID: linear addresses were guest-physical ones. */
#define TLB_NO_PAGING UINT16_MAX

struct tlb_entry {
    uint64_t id;    /* 0: invalid; else unique to this fill; the first field:
                       what points at it points at the entry */
    uint64_t frame; /* hpa of the page */
    uint64_t gpa;   /* of the page; equals frame if there is one stage */
    uint64_t root;
    uint16_t pcid;
    uint16_t vpid;
    uint8_t size;    /* enum page_size */
    uint8_t span;    /* log2 of the first-stage page that it is a part of */
    uint8_t perm;    /* PERM_* */
    bool global : 1; /* matches every PCID */
    uint8_t key : 4; /* protection key of a user page */
};

struct tlb_array {
    uint32_t sets, ways;
    uint64_t *tags;  /* valid, size, VPID and page number in one word */
    uint64_t *valid; /* one bit per entry: flushes visit only these */
    struct tlb_entry *entries;
    struct repl repl;
    uint64_t next_id;
};

enum { PART_REGIONS = 256 };

struct tlb {
    struct tlb_array arrays[PAGE_SIZES];
    struct tlb_array *of_size[PAGE_SIZES]; /* NULL: none; may be the same */
    uint32_t held[PAGE_SIZES];             /* valid entries by size */
    /* Parts of larger first-stage pages, by region of 4M and of 1G: a page
       flush looks for parts only where there may be some. */
    uint32_t parts_4m[PART_REGIONS], parts_1g[PART_REGIONS];
    uint32_t hit_cycles;
    struct place_log *log; /* NULL: nobody asked */
};

static inline unsigned page_size_shift(enum page_size size)
{
    return 12 + 9 * (unsigned)size;
}

/* Largest size that a mapping of shift bits contains. */
static inline enum page_size page_size_within(unsigned shift)
{
    return shift >= 30 ? PAGE_1G : shift >= 21 ? PAGE_2M : PAGE_4K;
}

/* All entries 0: a TLB that never holds anything. */
enum status tlb_init(struct tlb *t, const struct tlb_config *config,
                     uint64_t seed, const char *name, struct error *e);

/* One array, config->page_4k, for all sizes. */
enum status tlb_init_unified(struct tlb *t, const struct tlb_config *config,
                             uint64_t seed, const char *name, struct error *e);
void tlb_free(struct tlb *t);

/*
 * The entry for address under tags, 4K before 2M before 1G, or NULL.  Touches
 * nothing; tlb_touch() does.
 */
struct tlb_entry *tlb_find(const struct tlb *t, uint64_t address,
                           const struct tlb_tags *tags);
void tlb_touch(struct tlb *t, const struct tlb_entry *entry);

/*
 * Makes an entry like model (its size, frame, gpa, perm and global; id is
 * made here) for the page of address.  A page whose size has no array is cut:
 * 1G to 2M, and with cut_small also to 4K.  Returns NULL if nothing fits.
 */
struct tlb_entry *tlb_fill(struct tlb *t, uint64_t address,
                           const struct tlb_tags *tags,
                           const struct tlb_entry *model, bool cut_small);

void tlb_drop(struct tlb *t, struct tlb_entry *entry);

/*
 * What a flush takes: entries of the tags' thread that agree with tags where a
 * flag says so.  Global entries belong to every PCID.
 */
struct tlb_scope {
    bool by_vpid, by_pcid, by_root, keep_global;
    bool two_stage; /* only entries that a second stage made */
    struct tlb_tags tags;
};

static inline bool tlb_scope_vpid(const struct tlb_scope *s, uint16_t vpid)
{
    return ((vpid ^ s->tags.vpid) & (s->by_vpid ? UINT16_MAX : TLB_THREAD)) ==
           0;
}

void tlb_flush(struct tlb *t, const struct tlb_scope *scope);

/*
 * The same, of the one page that holds address: every entry for a part of
 * that first-stage page, as the SDM demands of INVLPG.
 */
void tlb_flush_page(struct tlb *t, uint64_t address,
                    const struct tlb_scope *scope);

/* A touch of the entry as data, for the inlined path; see repl.h. */
bool tlb_quick(struct tlb *t, const struct tlb_entry *entry,
               struct repl_quick *quick);

/* Places 0 .. tlb_places() - 1; NULL if the place is empty. */
uint32_t tlb_places(const struct tlb *t);
const struct tlb_entry *tlb_at(const struct tlb *t, uint32_t place);

/* The place of an entry. */
uint32_t tlb_place(const struct tlb *t, const struct tlb_entry *entry);

/* First address of the page that a valid entry maps. */
uint64_t tlb_address(const struct tlb *t, const struct tlb_entry *entry);

bool tlb_check(const struct tlb *t, struct error *e);
uint64_t tlb_digest(const struct tlb *t);

#endif
