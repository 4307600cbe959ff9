/*
 * tables.c - the descriptor tables of a case.
 */
#include "tests/guest/system/system.h"

enum { S = 0x10, P = 0x80 }; /* of an access byte */
enum { FLAG_AVL = 1, FLAG_L = 2, FLAG_D = 4, FLAG_G = 8 };

static uint64_t *const gdt = (uint64_t *)GDT_AT;
static uint64_t *const ldt = (uint64_t *)LDT_AT;

uint64_t descriptor(uint32_t base, uint32_t limit, unsigned type,
                    unsigned flags)
{
    return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 |
           (uint64_t)type << 40 | (uint64_t)(limit >> 16 & 15) << 48 |
           (uint64_t)flags << 52 | (uint64_t)(base >> 24) << 56;
}

static uint64_t gate(uint16_t selector, uint32_t offset, unsigned type,
                     unsigned count)
{
    return (offset & 0xffff) | (uint64_t)selector << 16 |
           (uint64_t)count << 32 | (uint64_t)type << 40 |
           (uint64_t)(offset >> 16) << 48;
}

static unsigned rnd_rights(unsigned type)
{
    return type | rnd(4) << 5 | (one_in(10) ? 0u : (unsigned)P);
}

static uint64_t rnd_segment(unsigned type)
{
    static const word limits[] = {0xfffff, 0xffff, 0xfff,
                                  0x2fff,  0x8fff, 0x4ffff};
    static const word pages[] = {0xfffff, 0x4f, 0x49, 0, 0x48};
    unsigned flags = rnd(2) ? (unsigned)FLAG_D : 0;
    bool by_page = rnd(2);

    if (machine_long() && (type & 8) && !one_in(4))
        flags ^= FLAG_L | (flags & FLAG_D);
    if (one_in(12))
        flags ^= FLAG_L;
    flags |= by_page ? (unsigned)FLAG_G : 0;
    flags |= rnd(2);
    return descriptor(
        rnd(3) ? 0 : OTHER_BASE,
        (uint32_t)(by_page ? rnd_of(pages, 5) : rnd_of(limits, 6)),
        rnd_rights(type | S), flags);
}

/* Gates lead to code segments mostly. */
static uint16_t rnd_target(void)
{
    if (one_in(8))
        return rnd_selector(rnd(4));
    if (one_in(4))
        return (uint16_t)((GDT_LEVEL + 4 * rnd(4) + rnd(2)) * 8 + rnd(4));
    return (uint16_t)((GDT_RANDOM + rnd(10)) * 8 + rnd(4));
}

static uint64_t rnd_gate(unsigned type)
{
    uint16_t selector = rnd_target();

    if (type == 5 && !one_in(8))
        selector = (uint16_t)((GDT_RANDOM + 26 + 2 * rnd(3)) * 8 + rnd(4));
    return gate(selector, (uint32_t)rnd_address(), rnd_rights(type),
                one_in(2) ? 0 : rnd(32));
}

static uint64_t rnd_task(unsigned which)
{
    static const word types[] = {9, 9, 9, 1, 1, 11, 3};
    unsigned type = (unsigned)rnd_of(types, 7);
    uint32_t limit = type & 8 ? 0x67 : 0x2b;

    if (one_in(8))
        limit--;
    else if (one_in(4))
        limit += rnd(64);
    return descriptor(TSS_B_AT + 256 * which, limit, rnd_rights(type),
                      one_in(16) ? rnd(8) : 0);
}

/* Ten code, eight data, eight gates, six for tasks and LDTs. */
static void fill_random(void)
{
    static const word gates[] = {12, 12, 12, 4, 4, 5, 5, 14, 15, 6, 7, 13};
    unsigned i = GDT_RANDOM;

    for (; i < GDT_RANDOM + 10; i++)
        gdt[i] = rnd_segment(8 | rnd(8));
    for (; i < GDT_RANDOM + 18; i++)
        gdt[i] = rnd_segment(rnd(8));
    for (; i < GDT_RANDOM + 26; i++) {
        gdt[i] = rnd_gate((unsigned)rnd_of(gates, 12));
        if (machine_long())
            gdt[++i] = one_in(8) ? rnd_segment(rnd(16)) : 0;
    }
    for (unsigned n = 0; n < 3; n++) {
        gdt[i++] = rnd_task(n);
        gdt[i] = one_in(4) || machine_long()
                     ? 0
                     : descriptor(LDT_AT, 0x7f, rnd_rights(2), 0);
        i++;
    }
    if (one_in(4))
        gdt[GDT_RANDOM + 30] = descriptor(LDT_AT, rnd(0x100), rnd_rights(2), 0);
    for (i = 0; i < LDT_ENTRIES; i++)
        ldt[i] = rnd(4) ? rnd_segment(rnd(16)) : rnd_gate(12);
}

static void fill_fixed(void)
{
    unsigned wide = machine_long() ? FLAG_L : FLAG_D;

    gdt[GDT_CODE] = descriptor(0, 0xfffff, 0x9b, FLAG_G | wide);
    gdt[GDT_DATA] = descriptor(0, 0xfffff, 0x93, FLAG_G | FLAG_D);
    gdt[GDT_TSS] = descriptor(TSS_AT, 0x68 + 0x20 + 0x40, 0x89, 0);
    gdt[GDT_LDT] = descriptor(LDT_AT, LDT_ENTRIES * 8 - 1, 0x82, 0);
    for (unsigned p = 0; p < 4; p++) {
        uint64_t *level = gdt + GDT_LEVEL + 4 * p;
        unsigned dpl = p << 5;

        level[LEVEL_CODE] = descriptor(0, 0xfffff, 0x9b | dpl, FLAG_G | wide);
        level[LEVEL_CODE16] = descriptor(OTHER_BASE, 0xffff, 0x9b | dpl, 0);
        level[LEVEL_DATA] = descriptor(0, 0xfffff, 0x93 | dpl, FLAG_G | FLAG_D);
        level[LEVEL_DATA16] = descriptor(OTHER_BASE, 0xffff, 0x93 | dpl, 0);
        gdt[GDT_COMPAT + p] =
            descriptor(0, 0xfffff, 0x9b | dpl, FLAG_G | FLAG_D);
    }
}

void fill_tables(void)
{
    fill(GDT_AT, 0, PAGE);
    fill(LDT_AT, 0, PAGE);
    fill_fixed();
    fill_random();
    machine_tables();
}
