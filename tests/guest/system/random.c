/*
 * random.c - random numbers, selectors and addresses.
 */
#include "tests/guest/system/system.h"

uint32_t rnd(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (seed >> 4) % n;
}

bool one_in(uint32_t n)
{
    return rnd(n) == 0;
}

word rnd_of(const word *list, unsigned n)
{
    return list[rnd(n)];
}

/* RPL is mostly what the privilege level allows. */
uint16_t rnd_selector(unsigned cpl)
{
    unsigned rpl = one_in(3) ? rnd(4) : cpl, index;

    switch (rnd(16)) {
    case 0:
        return (uint16_t)rnd(4);
    case 1:
        return (uint16_t)(rnd(2) ? rnd(0x10000) : GDT_ENTRIES * 8 + rnd(16));
    case 2:
    case 3:
        index = rnd(GDT_RANDOM);
        break;
    case 4:
    case 5:
    case 6:
        return (uint16_t)(rnd(LDT_ENTRIES + 1) * 8 + 4 + rpl);
    case 7:
        index = GDT_LEVEL + 4 * cpl + rnd(4);
        break;
    default:
        index = GDT_RANDOM + rnd(GDT_ENTRIES - GDT_RANDOM);
    }
    return (uint16_t)(index * 8 + rpl);
}

uint16_t rnd_paragraph(void)
{
    return (uint16_t)((OTHER_BASE >> 4) + rnd(2) * 8);
}

word rnd_address(void)
{
    word in_page = 0x400 + rnd(PAGE - 0x500); /* not the interrupt table */

    if (one_in(24))
        return 0x10000 + rnd(0x10000);
    return rnd(3) ? CODE_AT + in_page : in_page;
}

/* TF, IF, DF, IOPL, NT, AC, and the arithmetic flags. */
word rnd_flags(void)
{
    word flags = 2 | (rnd(0x10000) & 0xcd5);

    if (one_in(24))
        flags |= 0x100;
    if (one_in(2))
        flags |= 0x200;
    flags |= (word)rnd(4) << 12;
    if (one_in(8))
        flags |= 0x4000;
    if (one_in(8))
        flags |= 0x40000;
    if (one_in(16))
        flags |= 0x10000;
    return flags;
}
