/*
 * enter.h - from rip to the block of instructions there.
 *
 * Hardware  Intel SDM vol. 3, "Caching Translation Information": each fetch
 *           asks the instruction TLB and the instruction cache.
 * Model     rip is translated at each entry, so that the counts are right;
 *           which block it is, is first guessed from what followed last time.
 * Included by run.c alone, into which it is inlined.
 */
#ifndef SIM_CPU_ENTER_H
#define SIM_CPU_ENTER_H
#include "sim/cpu/access.h"
#include "sim/cpu/block.h"

static enum op_result fetch(struct cpu *c, gva_t va, hpa_t *at)
{
    if (!cpu_canonical(c, va.v))
        return cpu_gp0(c);
    c->time.access_cycle = timing_dispatch_cycle(&c->time);
    return cpu_translate_page(c, va, 1, ACCESS_FETCH, at);
}

static enum op_result fetch_lines_slow(struct cpu *c, gva_t line, uint64_t end)
{
    enum op_result r = OP_NEXT;
    hpa_t at;

    for (; line.v < end && r == OP_NEXT; line.v += c->hot->line_mask + 1)
        r = fetch(c, line, &at);
    return r;
}

/* The lines after the first that [va, va + bytes) covers. */
static inline enum op_result fetch_lines(struct cpu *c, gva_t va,
                                         unsigned bytes)
{
    uint64_t end = va.v + bytes;
    uint64_t line = (va.v | c->hot->line_mask) + 1;

    if (line < end)
        line = mmu_fast_fetch_lines(c->hot, gva(line), end, c->access_mode);
    return line < end ? fetch_lines_slow(c, gva(line), end) : OP_NEXT;
}

static enum op_result enter_straddling(struct cpu *c, gva_t va, hpa_t at,
                                       const struct block **b)
{
    unsigned here = (unsigned)(PAGE_BYTES - page_offset(va.v));
    uint8_t bytes[15];
    hpa_t next;
    enum op_result r = fetch(c, gva_add(va, here), &next);

    if (r != OP_NEXT)
        return r;
    memcpy(bytes, memory_at(c->dram, at), here);
    memcpy(bytes + here, memory_at(c->dram, next), sizeof bytes - here);
    *b = block_straddling(c, at, bytes, sizeof bytes);
    return OP_NEXT;
}

/* Finds or builds; NULL: straddles. */
static struct block *look_up(struct cpu *c, hpa_t at)
{
    struct block *b = block_find(c, at);
    bool emptied;

    if (b && !c->config.block_cache && !block_rebuild(c, b)) {
        cpu_code_written(c, hpa_to_hfn(at));
        b = NULL;
    }
    if (!b) {
        b = block_build(c, at, &emptied);
        if (emptied)
            c->last_block = NULL;
    }
    if (b && c->last_block && c->last_block->mode == b->mode) {
        c->last_block->follower[1] = c->last_block->follower[0];
        c->last_block->follower[0] = b;
    }
    return b;
}

/* One of those that came after this one, if it is at `at`. */
static inline struct block *block_after(const struct block *last, hpa_t at)
{
    if (last->follower[0]->key == at.v)
        return last->follower[0];
    return last->follower[1]->key == at.v ? last->follower[1] : NULL;
}

/* The block that the last one was followed by, if it is at `at`. */
static inline struct block *follow(struct cpu *c, hpa_t at)
{
    struct block *last = c->last_block;

    return last && last->mode == c->mode ? block_after(last, at) : NULL;
}

/* Linear address of the next instruction; false: beyond CS's limit. */
static inline bool fetch_address(const struct cpu *c, gva_t *va)
{
    const struct segment *cs = &c->state.seg[SEG_CS];

    *va = gva(c->state.rip);
    if (c->mode & MODE_64)
        return true;
    *va = gva((uint32_t)(cs->base + c->state.rip));
    return c->state.rip <= cs->limit;
}

/* Outside 64-bit mode all bytes of an instruction are within CS's limit. */
static inline bool starts_within_limit(const struct cpu *c,
                                       const struct block *b)
{
    const struct op *op = b->ops;

    return (c->mode & MODE_64) || op->length == 0 ||
           c->state.rip + op->length - 1 <= c->state.seg[SEG_CS].limit;
}

static inline enum op_result enter(struct cpu *c, const struct block **out)
{
    struct block *b;
    enum op_result r;
    gva_t va;
    hpa_t at;

    if (!fetch_address(c, &va))
        return cpu_gp0(c);
    if (!mmu_fast(c->hot, va, 1, ACCESS_FETCH, c->access_mode, &at)) {
        r = fetch(c, va, &at);
        if (r != OP_NEXT)
            return r;
    }
    b = follow(c, at);
    if (!b) {
        b = look_up(c, at);
        if (!b) {
            c->last_block = NULL;
            r = enter_straddling(c, va, at, out);
            if (r == OP_NEXT && !starts_within_limit(c, *out))
                return cpu_gp0(c);
            return r;
        }
    }
    c->last_block = c->config.block_cache ? b : NULL;
    *out = b;
    if (!(c->mode & MODE_64) && !starts_within_limit(c, b))
        return cpu_gp0(c);
    return fetch_lines(c, va, b->bytes);
}

#endif
