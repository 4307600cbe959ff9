/*
 * Claim: a 32-bit guest that edits its page tables and goes from one paging
 * mode to another - none, 32-bit paging with and without 4M pages, PAE -
 * computes the same result natively, on shadow tables and on nested tables:
 * the same registers, the same page faults and the same memory, A and D bits
 * included.
 *
 * Intel SDM vol. 3, "32-Bit Paging", "PAE Paging", "Paging-Mode Enabling".
 *
 * The guest is random code, one operation a block.  A page fault adds what it
 * was told to a checksum and goes on with the next block.  Each operation ends
 * with a reload of CR3, so that what a TLB may keep never decides a result.
 * Both modes' tables exist all the time, and map the first 8M to themselves.
 */
#include "tests/random_guest.h"

enum {
    SEEDS = 24,
    BLOCKS = 500,
    MEMORY = 8 << 20,
    ROOT_32 = 0x1000,   /* page directory */
    WINDOW_32 = 0x2000, /* two page tables */
    ROOT_PAE = 0x4020,  /* not at the start of its page */
    WINDOW_PAE = 0x5000,
    IDT = 0x6000,
    GDT = 0x7000,
    HANDLER = 0x8000,
    STACK_TOP = 0xf000,
    TABLES = 0x20, /* frames: 4 of level 2 (PAE), 6 of level 1 */
    LEVEL_2 = 4,
    LEVEL_1 = 6,
};

/* What the generator knows of the mode at this point of the code. */
struct mode {
    bool paging, pae;
};

static uint32_t pick_slot(struct random_guest *g, bool pae)
{
    static const uint16_t narrow[] = {0, 1, 510, 511};
    static const uint16_t wide[] = {0, 1, 511, 512, 1023};

    return pae ? narrow[rng_below(&g->rng, ARRAY_LEN(narrow))]
               : wide[rng_below(&g->rng, ARRAY_LEN(wide))];
}

/* Slots of the page directory that the window does not use. */
static uint32_t pick_directory_slot(struct random_guest *g)
{
    static const uint16_t slots[] = {128, 129, 255, 256, 511, 512, 1020};

    return slots[rng_below(&g->rng, ARRAY_LEN(slots))];
}

static uint32_t pick_va(struct random_guest *g, const struct mode *m)
{
    uint32_t offset = rng_below(&g->rng, 1023) * 4;

    if (!m->paging) /* data, and what is nobody's memory to run in */
        return 0x300000 + rng_below(&g->rng, 0x4ff) * 4096 + offset;
    if (!m->pae)
        return pick_directory_slot(g) << 22 | pick_slot(g, false) << 12 |
               offset;
    return (1 + rng_below(&g->rng, 3)) << 30 | pick_slot(g, true) << 21 |
           pick_slot(g, true) << 12 | offset;
}

static uint32_t pick_frame(struct random_guest *g)
{
    if (rng_below(&g->rng, 10) == 0) /* a table of either mode */
        return TABLES + rng_below(&g->rng, LEVEL_2 + LEVEL_1);
    return 0x300 + rng_below(&g->rng, 0x4ff);
}

static uint32_t pick_flags(struct random_guest *g)
{
    uint32_t flags = (uint32_t)rng_next(&g->rng) &
                     (uint32_t)(PTE_A | PTE_D | PTE_U | PTE_G | PTE_W);

    return rng_below(&g->rng, 8) == 0 ? flags
                                      : flags | (uint32_t)(PTE_P | PTE_W);
}

static uint32_t leaf_table(struct random_guest *g)
{
    return (TABLES + LEVEL_2 + rng_below(&g->rng, LEVEL_1)) << 12;
}

/* ebx: the entry; ecx: a new value for it. */
static void emit_store(struct random_guest *g)
{
    switch (rng_below(&g->rng, 12)) {
    case 0:
        emit(g, "\x87\x0b", 2); /* xchg */
        break;
    case 1:
        emit(g, "\x8b\x03\xf0\x0f\xb1\x0b", 6); /* lock cmpxchg */
        break;
    case 2:
        emit(g, "\x83\x0b\x26", 3); /* or: W, U, A */
        break;
    case 3:
        emit(g, "\x83\x23\xdd", 3); /* and: not W, not A */
        break;
    case 4:
        emit(g, "\xf0\x0f\xba\x33\x06", 5); /* lock btr: D */
        break;
    case 5: /* rep stosd */
        emit(g, "\x89\xdf\xb9\x03\x00\x00\x00\x31\xc0\xf3\xab", 11);
        break;
    case 6: /* lock cmpxchg8b: the entry and its neighbour */
        emit(g, "\x89\xdf\x8b\x07\x8b\x57\x04\x89\xcb\x89\xd1", 11);
        emit(g, "\xf0\x0f\xc7\x0f", 4);
        break;
    case 7:
        emit(g, "\x66\x89\x0b", 3); /* half of it */
        break;
    case 8: /* push, with the stack on the table */
        emit(g, "\x89\xe0\x8d\x63\x04\x51\x89\xc4", 8);
        break;
    case 9: /* movsd */
        emit(g, "\x56\x51\x89\xe6\x89\xdf\xa5\x59\x5e", 9);
        break;
    default:
        emit(g, "\x89\x0b", 2);
        break;
    }
}

static void edit_32(struct random_guest *g)
{
    uint32_t flags = pick_flags(g);
    bool large = rng_below(&g->rng, 5) == 0;

    if (rng_below(&g->rng, 3) != 0) {
        emit32(g, 0xbb, leaf_table(g) + pick_slot(g, false) * 4);
        emit32(g, 0xb9, pick_frame(g) << 12 | flags);
        emit_store(g);
        return;
    }
    emit32(g, 0xbb, ROOT_32 + pick_directory_slot(g) * 4);
    emit32(g, 0xb9,
           large ? 0x400000 | flags | (uint32_t)PTE_PS
                 : leaf_table(g) | (flags & ~(uint32_t)PTE_G));
    emit_store(g);
}

static void edit_pae(struct random_guest *g)
{
    uint32_t flags = pick_flags(g);
    uint32_t kind = rng_below(&g->rng, 8);

    if (kind == 0) { /* a PDPTE: no rights, and all else reserved */
        emit32(g, 0xbb, ROOT_PAE + 8 + rng_below(&g->rng, 3) * 8);
        emit32(g, 0xb9,
               (TABLES + rng_below(&g->rng, LEVEL_2)) << 12 | (flags & 1));
        emit(g, "\x89\x0b", 2);
        return;
    }
    if (kind < 4) {
        emit32(g, 0xbb,
               (TABLES + rng_below(&g->rng, LEVEL_2)) * 4096 +
                   pick_slot(g, true) * 8);
        emit32(g, 0xb9,
               kind == 1 ? 0x600000 | flags | (uint32_t)PTE_PS
                         : leaf_table(g) | (flags & ~(uint32_t)PTE_G));
    } else {
        emit32(g, 0xbb, leaf_table(g) + pick_slot(g, true) * 8);
        emit32(g, 0xb9, pick_frame(g) << 12 | flags);
    }
    emit_store(g);
}

static void emit_toggle(struct random_guest *g, uint8_t cr, uint32_t bit)
{
    uint8_t from[] = {0x0f, 0x20, (uint8_t)(0xc0 | cr << 3)};
    uint8_t to[] = {0x0f, 0x22, (uint8_t)(0xc0 | cr << 3)};
    uint8_t flip[] = {0x0f, 0xba, 0xf8, (uint8_t)bit};

    emit(g, from, sizeof from);
    emit(g, flip, sizeof flip);
    emit(g, to, sizeof to);
}

/* Paging off; another CR3 and perhaps CR4.PAE; perhaps on again. */
static void emit_switch(struct random_guest *g, struct mode *m)
{
    if (m->paging)
        emit_toggle(g, 0, 31);
    if (rng_below(&g->rng, 2) == 0) {
        emit_toggle(g, 4, 5);
        m->pae = !m->pae;
    }
    emit32(g, 0xb8, m->pae ? ROOT_PAE : ROOT_32);
    emit(g, "\x0f\x22\xd8", 3);
    m->paging = rng_below(&g->rng, 4) != 0;
    if (m->paging)
        emit_toggle(g, 0, 31);
}

/* A change of mode that no fault cuts short. */
static bool emit_mode_operation(struct random_guest *g, struct mode *m)
{
    switch (rng_below(&g->rng, 40)) {
    case 0:
    case 1:
        emit_switch(g, m);
        return true;
    case 2:
        emit_toggle(g, 0, 16); /* WP */
        return true;
    case 3:
        emit_toggle(g, 4, 4); /* PSE */
        return true;
    case 4:
        emit_toggle(g, 4, 21); /* SMAP */
        return true;
    case 5:
        emit_toggle(g, 4, 20); /* SMEP */
        return true;
    case 6: /* EFER.NXE */
        emit(g, "\xb9\x80\x00\x00\xc0\x0f\x32\x0f\xba\xf8\x0b\x0f\x30", 13);
        return true;
    }
    return false;
}

/* Data that may be read as an entry: it names the guest's own memory. */
static uint32_t pick_word(struct random_guest *g)
{
    uint32_t word = (uint32_t)rng_next(&g->rng) & 0x007ff1ff;

    if (word & (uint32_t)PTE_PS) /* 20:13 would be bits of the address */
        word &= ~(uint32_t)0x1fe000;
    return word;
}

static void emit_operation(struct random_guest *g, struct mode *m)
{
    if (emit_mode_operation(g, m))
        return;
    if (rng_below(&g->rng, 5) < 2) {
        if (rng_below(&g->rng, 4) == 0 ? !m->pae : m->pae)
            edit_pae(g);
        else
            edit_32(g);
        return;
    }
    emit32(g, 0xbb, pick_va(g, m));
    switch (rng_below(&g->rng, 5)) {
    case 0:
        emit32(g, 0xb9, pick_word(g));
        emit(g, "\x89\x0b", 2);
        break;
    case 1:
        emit(g, "\x0f\x01\x3b", 3); /* invlpg */
        break;
    default:
        emit(g, "\x8b\x03\x01\xc6", 4); /* read, add esi, eax */
        break;
    }
}

static void emit_block(struct random_guest *g, struct mode *m)
{
    size_t start = g->used;
    uint32_t next;

    emit32(g, 0xbd, 0); /* mov ebp, next block */
    emit_operation(g, m);
    next = RANDOM_CODE + (uint32_t)g->used;
    memcpy(g->bytes + start + 1, &next, sizeof next);
    emit32(g, 0xbc, STACK_TOP);
    emit(g, "\x0f\x20\xd8\x0f\x22\xd8", 6); /* reload CR3 */
}

/* The first 8M map to themselves in both modes, for the kernel alone. */
static void build_tables(struct rig *r)
{
    const uint32_t flags = (uint32_t)(PTE_P | PTE_W);

    for (uint32_t i = 0; i < MEMORY >> 22; i++)
        rig_write32(r, ROOT_32 + i * 4, (WINDOW_32 + i * 4096) | flags);
    for (uint32_t i = 0; i < MEMORY >> 12; i++)
        rig_write32(r, WINDOW_32 + i * 4, i << 12 | flags);
    rig_write64(r, ROOT_PAE, WINDOW_PAE | PTE_P);
    for (uint64_t i = 1; i < 4; i++)
        rig_write64(r, ROOT_PAE + i * 8, (TABLES + i) << 12 | PTE_P);
    for (uint64_t i = 0; i < MEMORY >> 21; i++)
        rig_write64(r, WINDOW_PAE + i * 8, i << 21 | flags | PTE_PS);
}

static void build(struct rig *r)
{
    static const uint8_t handler[] = {
        0x5a,             /* pop edx: the error code */
        0x01, 0xd6,       /* add esi, edx */
        0x0f, 0x20, 0xd0, /* mov eax, cr2 */
        0x01, 0xc6,       /* add esi, eax */
        0xc1, 0xc6, 0x07, /* rol esi, 7 */
        0x89, 0x2c, 0x24, /* mov [esp], ebp */
        0xcf,             /* iret */
    };

    build_tables(r);
    ck_assert(vm_copy_in(r->vm, gpa(HANDLER), handler, sizeof handler));
    rig_write64(r, IDT + 14 * 8, HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_write64(r, GDT + 8, 0x00cf9b000000ffff);
    rig_write64(r, GDT + 16, 0x00cf93000000ffff);
}

static void start(struct cpu_state *s)
{
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 2047};
    s->gpr[REG_RSP] = STACK_TOP;
    s->gpr[REG_RSI] = 0;
    s->seg[SEG_SS].selector = 0x10;
}

START_TEST(test_shadow_guest_of_changing_modes_computes_the_same)
{
    static struct random_guest g;
    struct mode m = {0};

    g = (struct random_guest){.memory_bytes = MEMORY,
                              .build = build,
                              .start = start,
                              .checksum = REG_RSI,
                              .may_crash = true};
    rng_init(&g.rng, (uint64_t)_i + 1);
    for (int i = 0; i < BLOCKS; i++)
        emit_block(&g, &m);
    emit(&g, "\xb0\x2a\xe6\xf4", 4); /* out 0xf4, 42 */
    random_compare(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow modes");
    TCase *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(random,
                        test_shadow_guest_of_changing_modes_computes_the_same,
                        0, SEEDS);
    tcase_set_timeout(random, 60);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
