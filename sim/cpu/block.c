/*
 * block.c - the block cache.
 *
 * Model     blocks and ops come from two arenas of fixed size; when one is
 *           full, the whole cache is emptied; ops_used leaves out what ends the
 *           ops of each block.  Chains by hash of the address
 *           find a block, chains by hash of the frame drop it.
 */
#include "sim/cpu/block.h"

#include <stdlib.h>
#include <string.h>

#include "mmu/mmu_fast.h"
#include "sim/cpu/decode_timing.h"

enum {
    ARENA_OPS = 1 << 18,
    ARENA_BLOCKS = 1 << 16,
    HASH_SLOTS = 1 << 16,
    FRAME_SLOTS = 1 << 12,
    STRADDLE_SLOTS = 64,
    INSTRUCTION_MAX_BYTES = 15,
};

/* An instruction across two pages. */
struct straddle {
    struct block block;
    struct op op[2]; /* it, and the end */
    uint8_t bytes[INSTRUCTION_MAX_BYTES];
};

struct block_cache {
    struct decoder decoder;
    struct op *ops;       /* arena */
    struct block *blocks; /* arena */
    uint32_t ops_used, blocks_used;
    struct block *hash[HASH_SLOTS];
    struct block *frames[FRAME_SLOTS];
    struct straddle straddle[STRADDLE_SLOTS];
    unsigned users;   /* CPUs */
    uint64_t changes; /* frames marked, times emptied */
    uint64_t stamp;   /* the latest clock that any of them has read */
};

struct block_cache *block_cache_new(void)
{
    struct block_cache *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->ops = aligned_alloc(sizeof b->ops[0],
                           (ARENA_OPS + ARENA_BLOCKS) * sizeof b->ops[0]);
    b->blocks = malloc(ARENA_BLOCKS * sizeof b->blocks[0]);
    if (!b->ops || !b->blocks) {
        block_cache_free(b);
        return NULL;
    }
    decoder_init(&b->decoder);
    b->users = 1;
    return b;
}

struct block_cache *block_cache_share(struct block_cache *b)
{
    b->users++;
    return b;
}

void block_cache_free(struct block_cache *b)
{
    if (!b || (b->users > 0 && --b->users > 0))
        return;
    free(b->ops);
    free(b->blocks);
    free(b);
}

void block_cache_follow(struct cpu *c)
{
    if (c->blocks_seen == c->blocks->changes)
        return;
    c->blocks_seen = c->blocks->changes;
    c->last_block = NULL;
    c->resume.block = NULL;
    mmu_code_marked_elsewhere(c->mmu);
}

uint64_t block_cache_stamp(const struct cpu *c, uint64_t now_cycle)
{
    if (c->blocks->stamp < now_cycle)
        c->blocks->stamp = now_cycle;
    return c->blocks->stamp;
}

/* This CPU has seen it; the others have not. */
static void note_change(struct cpu *c)
{
    c->blocks_seen = ++c->blocks->changes;
}

static unsigned hash_of(uint64_t key, uint32_t mode)
{
    return (unsigned)((key ^ key >> 16 ^ (uint64_t)mode << 9) &
                      (HASH_SLOTS - 1));
}

static unsigned frame_slot(hfn_t frame)
{
    return (unsigned)(frame.v & (FRAME_SLOTS - 1));
}

struct block *block_find(const struct cpu *c, hpa_t at)
{
    struct block *b = c->blocks->hash[hash_of(at.v, c->mode)];

    while (b && (b->key != at.v || b->mode != c->mode))
        b = b->hash_next;
    return b;
}

static void empty(struct cpu *c)
{
    struct block_cache *cache = c->blocks;

    for (uint32_t i = 0; i < cache->blocks_used; i++) {
        uint64_t key = cache->blocks[i].key;

        if (key != BLOCK_DROPPED)
            c->dram->code[key >> PAGE_SHIFT] = 0;
    }
    memset(cache->hash, 0, sizeof cache->hash);
    memset(cache->frames, 0, sizeof cache->frames);
    cache->ops_used = cache->blocks_used = 0;
    note_change(c);
}

/* Decodes up to `most` ops; how many there are; 0: the first straddles. */
static unsigned decode_ops(struct cpu *c, hpa_t at, struct op *ops,
                           unsigned most)
{
    const struct decoder *d = &c->blocks->decoder;
    unsigned room = (unsigned)(PAGE_BYTES - page_offset(at.v));
    unsigned offset = 0, n = 0;
    enum decode_status s = DECODE_OK;

    while (n < most && offset < room && s == DECODE_OK) {
        struct decode_source from = {memory_at(c->dram, hpa_add(at, offset)),
                                     room - offset, offset};

        s = decode_op(d, c, &from, &ops[n]);
        if (s == DECODE_MORE)
            break;
        offset += ops[n].length;
        n++;
    }
    return n;
}

static enum op_result block_end(struct cpu *c, const struct op *op)
{
    (void)c;
    (void)op;
    return OP_END;
}

/* What follows from the ops. */
static void finish(const struct cpu *c, struct block *b)
{
    unsigned line_shift = c->hot->line_shift;
    uint32_t cycles = 0;
    const struct op *last = &b->ops[b->ops_count - 1];

    for (unsigned i = 0; i < b->ops_count; i++) {
        b->ops[i].prefix_cycles = cycles;
        cycles += c->time.counting ? 1 : op_fast_cycles(&b->ops[i]);
    }
    b->fast_cycles = cycles;
    b->bytes = last->length ? last->end : (uint16_t)(last->end + 1);
    b->branches = last->branch;
    b->first_line = b->key >> line_shift;
    b->lines =
        (uint32_t)(((b->key + b->bytes - 1) >> line_shift) - b->first_line + 1);
    b->ops[b->ops_count] = (struct op){.run = block_end};
    b->follower[0] = b->follower[1] = b;
}

static void link_block(struct cpu *c, struct block *b)
{
    struct block_cache *cache = c->blocks;
    hfn_t frame = hpa_to_hfn(hpa(b->key));
    struct block **hash = &cache->hash[hash_of(b->key, b->mode)];
    struct block **list = &cache->frames[frame_slot(frame)];

    b->hash_next = *hash;
    *hash = b;
    b->frame_next = *list;
    *list = b;
    if (!memory_is_code(c->dram, frame)) {
        c->dram->code[frame.v] = 1;
        mmu_code_marked(c->mmu, frame);
        note_change(c);
    }
}

struct block *block_build(struct cpu *c, hpa_t at, bool *emptied)
{
    struct block_cache *cache = c->blocks;
    struct block *b;
    struct op *ops;
    unsigned n;

    *emptied = false;
    if (cache->ops_used + BLOCK_MAX_OPS > ARENA_OPS ||
        cache->blocks_used == ARENA_BLOCKS) {
        empty(c);
        *emptied = true;
    }
    ops = &cache->ops[cache->ops_used + cache->blocks_used];
    n = decode_ops(c, at, ops, BLOCK_MAX_OPS);
    if (n == 0)
        return NULL;
    b = &cache->blocks[cache->blocks_used++];
    *b = (struct block){
        .key = at.v, .mode = c->mode, .ops_count = (uint16_t)n, .ops = ops};
    cache->ops_used += n;
    finish(c, b);
    link_block(c, b);
    return b;
}

bool block_rebuild(struct cpu *c, struct block *b)
{
    if (decode_ops(c, hpa(b->key), b->ops, b->ops_count) != b->ops_count)
        return false;
    finish(c, b);
    return true;
}

const struct block *block_straddling(struct cpu *c, hpa_t at,
                                     const uint8_t *bytes, unsigned available)
{
    struct straddle *s =
        &c->blocks->straddle[(at.v >> PAGE_SHIFT) & (STRADDLE_SLOTS - 1)];
    struct decode_source from = {s->bytes, sizeof s->bytes, 0};
    uint8_t padded[INSTRUCTION_MAX_BYTES] = {0};

    memcpy(padded, bytes, available);
    if (s->block.key == at.v && s->block.mode == c->mode &&
        s->block.ops_count == 1 && c->config.block_cache &&
        memcmp(s->bytes, padded, sizeof padded) == 0)
        return &s->block;
    memcpy(s->bytes, padded, sizeof padded);
    s->block = (struct block){
        .key = at.v, .mode = c->mode, .ops_count = 1, .ops = s->op};
    if (decode_op(&c->blocks->decoder, c, &from, &s->op[0]) == DECODE_MORE)
        BUG("15 bytes are always an instruction or an error");
    finish(c, &s->block);
    return &s->block;
}

static void unlink_hash(struct block_cache *cache, struct block *b)
{
    struct block **at = &cache->hash[hash_of(b->key, b->mode)];

    while (*at != b)
        at = &(*at)->hash_next;
    *at = b->hash_next;
}

unsigned block_drop_frame(struct cpu *c, hfn_t frame)
{
    struct block **at = &c->blocks->frames[frame_slot(frame)];
    unsigned dropped = 0;

    while (*at) {
        struct block *b = *at;

        if (b->key >> PAGE_SHIFT != frame.v) {
            at = &b->frame_next;
            continue;
        }
        unlink_hash(c->blocks, b);
        *at = b->frame_next;
        b->key = BLOCK_DROPPED;
        dropped++;
    }
    c->dram->code[frame.v] = 0;
    return dropped;
}

void block_drop_stale(struct cpu *c)
{
    struct block_cache *cache = c->blocks;

    for (uint32_t i = 0; i < cache->blocks_used; i++) {
        hfn_t frame = hpa_to_hfn(hpa(cache->blocks[i].key));

        if (cache->blocks[i].key == BLOCK_DROPPED ||
            c->dram->code[frame.v] != 2)
            continue;
        counter_add(c->counters, COUNTER_CODE_INVALIDATE,
                    block_drop_frame(c, frame));
    }
    c->dram->code_stale = false;
}
