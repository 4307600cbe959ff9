/*
 * mmu.h - the memory system of one pCPU: TLBs, paging-structure caches,
 * walkers and data caches in front of simulated DRAM.
 *
 * Hardware  Intel SDM vol. 3, "Caching Translation Information" and "VMX
 *           Support for Address Translation".
 * Model     mmu_access() translates, sets A and D bits, fills the caches,
 *           counts, and says when the data is ready; the caller moves the
 *           data.  Time is an argument: the MMU owns no clock, only the
 *           next-free cycles of its walkers and miss buffers.
 * NOT MODELLED  speculative walks, prefetching, PAT memory types; threads of
 *           a core that wait for each other's walkers and miss buffers.
 */
#ifndef MMU_MMU_H
#define MMU_MMU_H
#include <stdbool.h>
#include <stdint.h>

#include "mmu/cache.h"
#include "mmu/hierarchy.h"
#include "mmu/memory.h"
#include "mmu/mmu_config.h"
#include "mmu/xlate.h"
#include "sim/record/counters.h"

struct mmu;
struct walk_log;

/*
 * l3 may be NULL (no third level) and is not owned.  counters is where events
 * are counted until mmu_set_counters() names another vCPU's.
 */
struct mmu *mmu_new(const struct mmu_config *config, struct memory *dram,
                    struct cache *l3, struct counters *counters,
                    struct error *e);

/*
 * The same for a pCPU among others.  Two threads of a core share L1I, L1D, L2,
 * TLBs and paging-structure caches; first-level instruction TLBs as the config
 * says.  The first thread is made first.
 */
struct mmu_place {
    struct cache *l3;    /* of its node; may be NULL; not owned */
    unsigned threads;    /* of its core: 1 or 2 */
    struct mmu *sibling; /* the first thread, which must live as long; NULL:
                            this is it */
    unsigned node;       /* where memory is near: memory_node() */
};
struct mmu *mmu_new_at(const struct mmu_config *config, struct memory *dram,
                       const struct mmu_place *place, struct counters *counters,
                       struct error *e);
void mmu_free(struct mmu *m);
void mmu_set_counters(struct mmu *m, struct counters *counters);

/* Walks are kept in log from now on (walk_log.h); not owned; NULL: nowhere. */
void mmu_set_walk_log(struct mmu *m, struct walk_log *log);

/* Changes what is translated with.  Flushes no tagged entry. */
void mmu_set_regime(struct mmu *m, const struct regime *regime);
const struct regime *mmu_regime(const struct mmu *m);

/*
 * Translates and accesses; an access that crosses a cache line touches both
 * lines.  start_cycle is when the address is known.
 */
struct xlate mmu_access(struct mmu *m, const struct access *a,
                        uint64_t start_cycle);

/*
 * The same answer without side effects, counts or cycles: for screens,
 * checks and tests.
 */
struct xlate mmu_peek(const struct mmu *m, gva_t va, enum access_kind kind,
                      enum access_mode mode);

/*
 * Reads guest-physical memory into registers, as MOV to CR3 loads the PDPTEs
 * of PAE paging; bytes must not cross a cache line.
 */
struct xlate mmu_register_load(struct mmu *m, gpa_t a, unsigned bytes,
                               uint64_t start_cycle);

/*
 * A physical access by hypervisor software through the data caches; returns
 * its cycles.
 */
uint32_t mmu_touch(struct mmu *m, hpa_t a, enum access_kind kind);

/* Invalidations, with the SDM's scope ("Operations that Invalidate..."). */
void mmu_invlpg(struct mmu *m, gva_t va); /* current PCID and VPID + global */
void mmu_flush_pcid(struct mmu *m); /* current PCID, not global (MOV CR3) */
void mmu_flush_all(struct mmu *m);  /* current VPID, global too (CR4.PGE) */
void mmu_invpcid(struct mmu *m, unsigned type, uint16_t pcid, gva_t va);
void mmu_invvpid_all(struct mmu *m); /* every entry of every VPID */
void mmu_invvpid_page(struct mmu *m, uint16_t vpid, gva_t va);
void mmu_invvpid(struct mmu *m, uint16_t vpid); /* one VPID, global too */
void mmu_invept(struct mmu *m); /* combined and guest-physical, all roots */

/*
 * Call after setting memory_is_code for a frame: writes to it must be seen on
 * the slow path (xlate.hpa's frame is then memory_is_code()).
 */
void mmu_code_marked(struct mmu *m, hfn_t frame);

/* Likewise, after another CPU has marked frames: which ones is not known. */
void mmu_code_marked_elsewhere(struct mmu *m);

/*
 * Asserts the invariants: every TLB entry is what the tables allow now, or
 * the guest omitted a flush.  Returns false and says why.
 */
bool mmu_check(const struct mmu *m, struct error *e);

#endif
