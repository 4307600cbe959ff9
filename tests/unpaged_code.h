/*
 * unpaged_code.h - random code for modes without paging, in blocks of 16 bytes:
 * random bytes, and the operations that such code lives from.
 */
#ifndef TESTS_UNPAGED_CODE_H
#define TESTS_UNPAGED_CODE_H
#include <stdbool.h>
#include <string.h>

#include "sim/core/macros.h"
#include "sim/core/rng.h"

enum unpaged_mode {
    UNPAGED_REAL,
    UNPAGED_V86,
    UNPAGED_16,
    UNPAGED_32,
    UNPAGED_16_USER,
    UNPAGED_32_USER,
    UNPAGED_MODES
};

enum {
    UNPAGED_BLOCK = 16,
    UNPAGED_CODE_BYTES = 0x4000, /* the handlers' mask says so, too */
};

struct unpaged_guest {
    enum unpaged_mode mode;
    struct rng rng;
    uint8_t code[UNPAGED_CODE_BYTES];
};

static inline bool unpaged_is_32(const struct unpaged_guest *g)
{
    return g->mode == UNPAGED_32 || g->mode == UNPAGED_32_USER;
}

static inline bool unpaged_is_user(const struct unpaged_guest *g)
{
    return g->mode == UNPAGED_16_USER || g->mode == UNPAGED_32_USER;
}

static inline bool unpaged_is_8086(const struct unpaged_guest *g)
{
    return g->mode == UNPAGED_REAL || g->mode == UNPAGED_V86;
}

/* One block under construction: what does not fit is left out. */
struct unpaged_block {
    uint8_t *at;
    unsigned used;
};

static inline void unpaged_bytes(struct unpaged_block *b, const char *bytes,
                                 unsigned count)
{
    if (b->used + count > UNPAGED_BLOCK)
        return;
    memcpy(b->at + b->used, bytes, count);
    b->used += count;
}

static inline void unpaged_number(struct unpaged_block *b, uint32_t value,
                                  bool wide)
{
    char bytes[4];

    memcpy(bytes, &value, sizeof bytes);
    unpaged_bytes(b, bytes, wide ? 4 : 2);
}

/* A selector, or in 8086 code the number of a paragraph. */
static inline uint32_t unpaged_pick_segment(struct unpaged_guest *g)
{
    static const uint16_t paragraphs[] = {0x2000, 0x2800, 0x2fff,
                                          0xf000, 0xffff, 0x1000};

    if (unpaged_is_8086(g))
        return rng_below(&g->rng, 8)
                   ? paragraphs[rng_below(&g->rng, ARRAY_LEN(paragraphs))]
                   : (uint32_t)rng_next(&g->rng) & 0xffff;
    return rng_below(&g->rng, 16) << 3 |
           (rng_below(&g->rng, 4) ? (unpaged_is_user(g) ? 3 : 0)
                                  : rng_below(&g->rng, 8));
}

static inline uint32_t unpaged_pick_target(struct unpaged_guest *g)
{
    return rng_below(&g->rng, UNPAGED_CODE_BYTES / UNPAGED_BLOCK) *
           UNPAGED_BLOCK;
}

/* HLT would sleep for ever; ports are the concern of other tests. */
static inline bool unpaged_is_left_out(uint8_t byte)
{
    return byte == 0xf4 || (byte >= 0x6c && byte <= 0x6f) ||
           (byte >= 0xe4 && byte <= 0xe7) || (byte >= 0xec && byte <= 0xef);
}

static inline void unpaged_random(struct unpaged_guest *g,
                                  struct unpaged_block *b)
{
    unsigned count = 2 + rng_below(&g->rng, 7);

    for (unsigned i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)rng_next(&g->rng);

        if (unpaged_is_left_out(byte))
            byte = 0x0f;
        unpaged_bytes(b, (const char *)&byte, 1);
    }
}

/* mov ax, selector; mov ?s, ax - or by way of the stack. */
static inline void unpaged_load_segment(struct unpaged_guest *g,
                                        struct unpaged_block *b)
{
    static const char pops[][2] = {{0x07}, {0x17}, {0x1f}};
    static const char moves[][2] = {
        {(char)0x8e, (char)0xc0}, {(char)0x8e, (char)0xd0},
        {(char)0x8e, (char)0xd8}, {(char)0x8e, (char)0xe0},
        {(char)0x8e, (char)0xe8}, {(char)0x8e, (char)0xc8}};
    bool pushed = rng_below(&g->rng, 4) == 0;

    unpaged_bytes(b, pushed ? "\x68" : "\xb8", 1);
    unpaged_number(b, unpaged_pick_segment(g), unpaged_is_32(g));
    if (pushed)
        unpaged_bytes(b, pops[rng_below(&g->rng, ARRAY_LEN(pops))], 1);
    else
        unpaged_bytes(b, moves[rng_below(&g->rng, ARRAY_LEN(moves))], 2);
}

static inline void unpaged_far(struct unpaged_guest *g, struct unpaged_block *b)
{
    uint32_t code = unpaged_is_8086(g)   ? 0x1000
                    : unpaged_is_user(g) ? 0x33
                                         : 0x18;
    uint32_t segment = rng_below(&g->rng, 3) ? code : unpaged_pick_segment(g);

    switch (rng_below(&g->rng, 4)) {
    case 0: /* pushf; push segment; push offset; iret */
        unpaged_bytes(b, "\x9c\x68", 2);
        unpaged_number(b, segment, unpaged_is_32(g));
        unpaged_bytes(b, "\x68", 1);
        unpaged_number(b, unpaged_pick_target(g), unpaged_is_32(g));
        unpaged_bytes(b, "\xcf", 1);
        return;
    case 1: /* the same without flags; retf */
        unpaged_bytes(b, "\x68", 1);
        unpaged_number(b, segment, unpaged_is_32(g));
        unpaged_bytes(b, "\x68", 1);
        unpaged_number(b, unpaged_pick_target(g), unpaged_is_32(g));
        unpaged_bytes(b, "\xcb", 1);
        return;
    default:
        unpaged_bytes(b, rng_below(&g->rng, 2) ? "\xea" : "\x9a", 1);
        unpaged_number(b, unpaged_pick_target(g), unpaged_is_32(g));
        unpaged_number(b, segment, false);
        return;
    }
}

static inline void unpaged_string(struct unpaged_guest *g,
                                  struct unpaged_block *b)
{
    static const char operations[] = {
        (char)0xa4, (char)0xa5, (char)0xa6, (char)0xa7, (char)0xaa,
        (char)0xab, (char)0xac, (char)0xad, (char)0xae, (char)0xaf};

    unpaged_bytes(b, "\xb9", 1);
    unpaged_number(b, rng_below(&g->rng, 40), unpaged_is_32(g));
    unpaged_bytes(b, rng_below(&g->rng, 8) ? "\xfc" : "\xfd", 1);
    if (rng_below(&g->rng, 4) == 0)
        unpaged_bytes(b, rng_below(&g->rng, 2) ? "\x66" : "\x67", 1);
    unpaged_bytes(b, rng_below(&g->rng, 3) ? "\xf3" : "\xf2", 1);
    unpaged_bytes(b, &operations[rng_below(&g->rng, sizeof operations)], 1);
}

/* What kernels and monitors do, and programs may not. */
static inline void unpaged_system(struct unpaged_guest *g,
                                  struct unpaged_block *b)
{
    static const struct {
        char bytes[5], count;
    } rows[] = {
        {"\x9c\x58", 2},         /* pushf; pop ax */
        {"\x50\x9d", 2},         /* push ax; popf */
        {"\xfa", 1},             /* cli */
        {"\xfb\x90", 2},         /* sti */
        {"\x0f\x01\xe0", 3},     /* smsw ax */
        {"\x0f\x06", 2},         /* clts */
        {"\x0f\x20\xc0", 3},     /* mov eax, cr0 */
        {"\x0f\x20\xe1", 3},     /* mov ecx, cr4 */
        {"\x0f\x23\xf8", 3},     /* mov dr7, eax */
        {"\x0f\x21\xf0", 3},     /* mov eax, dr6 */
        {"\x0f\x01\x07", 3},     /* sgdt [bx] */
        {"\x0f\x01\x0f", 3},     /* sidt [bx] */
        {"\x0f\x00\xc0", 3},     /* sldt ax */
        {"\x0f\x00\xc8", 3},     /* str ax */
        {"\x0f\x02\xc8", 3},     /* lar cx, ax */
        {"\x0f\x03\xc8", 3},     /* lsl cx, ax */
        {"\x0f\x00\xe0", 3},     /* verr ax */
        {"\x0f\x00\xe8", 3},     /* verw ax */
        {"\x63\xc8", 2},         /* arpl ax, cx */
        {"\x0f\x00\xd0", 3},     /* lldt ax */
        {"\x0f\xa2", 2},         /* cpuid */
        {"\x0f\x09", 2},         /* wbinvd */
        {"\x0f\x01\x3f", 3},     /* invlpg [bx] */
        {"\xc8\x10\x00\x03", 4}, /* enter 16, 3 */
        {"\x60\x61", 2},         /* pusha; popa */
        {"\x62\x07", 2},         /* bound ax, [bx] */
        {"\xce", 1},             /* into */
        {"\xcc", 1},             /* int3 */
        {"\xf1", 1},             /* int1 */
        {"\xd4\x00", 2},         /* aam 0 */
        {"\xc4\x07", 2},         /* les ax, [bx] */
        {"\x0f\xb2\x07", 3},     /* lss ax, [bx] */
        {"\x0f\x01\x17", 3},     /* lgdt [bx]: rarely good */
        {"\xf6\xf1", 2},         /* div cl */
    };
    unsigned row = rng_below(&g->rng, ARRAY_LEN(rows));

    unpaged_bytes(b, rows[row].bytes, (unsigned)rows[row].count);
}

static inline void unpaged_block(struct unpaged_guest *g,
                                 struct unpaged_block *b)
{
    char vector = (char)rng_next(&g->rng);

    switch (rng_below(&g->rng, 10)) {
    case 0:
        unpaged_load_segment(g, b);
        break;
    case 1:
        unpaged_far(g, b);
        break;
    case 2:
        unpaged_string(g, b);
        break;
    case 3:
    case 4:
        unpaged_system(g, b);
        break;
    case 5:
        unpaged_bytes(b, "\xcd", 1);
        unpaged_bytes(b, &vector, 1);
        break;
    default:
        break;
    }
    unpaged_random(g, b);
}

static inline void unpaged_make(struct unpaged_guest *g, uint64_t seed)
{
    rng_init(&g->rng, seed * UNPAGED_MODES + g->mode);
    memset(g->code, 0x90, sizeof g->code);
    for (unsigned at = 0; at < sizeof g->code; at += UNPAGED_BLOCK) {
        struct unpaged_block b = {.at = g->code + at};

        unpaged_block(g, &b);
    }
}

#endif
