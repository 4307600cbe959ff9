/*
 * block.h - decoded basic blocks, cached by physical address.
 *
 * Model     a block starts where control arrived, and ends with a control
 *           transfer, a serializing instruction, its page, or at
 *           BLOCK_MAX_OPS.  Its key is the physical address of its first byte
 *           and the decode mode.  An instruction that straddles two pages is a
 *           block of its own, whose bytes are compared at each use.
 *
 *           The CPUs of one machine share a cache: a write by one of them to
 *           code that another decoded drops it for all.  What a CPU keeps of
 *           it for itself (the block it came from, MMU slots that allow
 *           writes) it forgets when it next runs, if another changed the cache.
 *
 * INVARIANTS
 *   1. A frame with a cached block is marked in the code map.
 *   2. A block that was dropped is never entered again, but its memory stays
 *      until the whole cache is emptied, which happens only between blocks.
 */
#ifndef SIM_CPU_BLOCK_H
#define SIM_CPU_BLOCK_H
#include "sim/cpu/cpu_internal.h"
#include "sim/cpu/decode.h"

enum { BLOCK_MAX_OPS = 64 };

/* The op after the last one ends a run of them (block_end). */
struct block {
    uint64_t key; /* hpa of the first byte; BLOCK_DROPPED: not to be used */
    uint32_t mode;
    uint16_t ops_count;
    uint16_t bytes;
    uint32_t fast_cycles; /* of all ops, TIMING_FAST */
    uint8_t branches;     /* 1 if the last op is a control transfer */
    struct op *ops;
    struct block *hash_next, *frame_next;
    uint64_t first_line;       /* key / line_bytes */
    uint32_t lines;            /* that it covers */
    struct block *follower[2]; /* blocks of the same mode that came next:
                                  guesses, itself if there are none */
};

#define BLOCK_DROPPED (~(uint64_t)0)

struct block_cache *block_cache_new(void);
struct block_cache *block_cache_share(struct block_cache *b);
/* By each who has it; the last one frees it. */
void block_cache_free(struct block_cache *b);

/* Before a CPU runs: what others did to the cache since it last did. */
void block_cache_follow(struct cpu *c);

/*
 * The clock that a time stamp shows.  CPUs of one machine run in turns, and
 * one may be a quantum ahead of the next: no stamp is earlier than one that
 * another CPU has read already.
 */
uint64_t block_cache_stamp(const struct cpu *c, uint64_t now_cycle);

/* Cached block of this address and the CPU's mode; NULL: none. */
struct block *block_find(const struct cpu *c, hpa_t at);

/*
 * Decodes a block of the bytes at `at`, which lies in DRAM, and caches it.
 * NULL: its first instruction straddles into the next page.  May empty the
 * cache: then *emptied is set and earlier blocks are gone.
 */
struct block *block_build(struct cpu *c, hpa_t at, bool *emptied);

/*
 * Decodes an existing block once more (block_cache off).  False if memory has
 * changed so that it is another block now.
 */
bool block_rebuild(struct cpu *c, struct block *b);

/* One instruction whose bytes were gathered from two pages. */
const struct block *block_straddling(struct cpu *c, hpa_t at,
                                     const uint8_t *bytes, unsigned available);

/* Drops the blocks of frames that a device has written. */
void block_drop_stale(struct cpu *c);

/* Drops the blocks of a frame and clears its mark; how many there were. */
unsigned block_drop_frame(struct cpu *c, hfn_t frame);

#endif
