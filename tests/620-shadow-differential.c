/*
 * Claim: a guest that edits its page tables with every store that kernels
 * use, and touches memory through them, computes the same result natively, on
 * shadow tables (in step or not, with few or many, over 4K or 2M backing) and
 * on nested tables, with 4 and 5 levels and with protection keys: the same
 * registers, the same page faults and the same memory, A and D bits included.
 *
 * The guest is random code, made here: after a small start to 64-bit mode
 * (Intel SDM vol. 3, "Initializing IA-32e Mode"), blocks of one operation
 * each.  A page fault adds what it was told to a checksum and goes on with the
 * next block.  Each operation ends with a reload of CR3, or INVPCID, so that
 * what a TLB may keep never decides a result.
 */
#include "tests/random_guest.h"

enum {
    SEEDS = 24,
    BLOCKS = 400,
    MEMORY = 8 << 20,
    WINDOW_L4 = 0x1000,
    WINDOW_L3 = 0x2000,
    WINDOW_L2 = 0x3000,
    IDT = 0x5000,
    GDT = 0x6000,
    STACK_TOP = 0xf000,
    HANDLER = 0x7000,
    WINDOW_L5 = 0x9000,
    TABLES = 0x20, /* frames: 2 of level 3, 3 of level 2, 6 of level 1 */
};

/* By seed: 5 levels in place of 4; whether CR4.SMAP and PKRU change, too,
   beside CR0.WP; and process-context identifiers. */
static bool has_5_levels(uint64_t seed)
{
    return seed & 1;
}

static bool has_keys(uint64_t seed)
{
    return seed & 2;
}

static bool has_contexts(uint64_t seed)
{
    return seed & 4;
}

static void emit_value(struct random_guest *c, const char *opcode,
                       size_t opcode_bytes, uint64_t value, size_t value_bytes)
{
    emit(c, opcode, opcode_bytes);
    emit(c, &value, value_bytes);
}

/* From 32-bit protected mode to 64-bit mode on the window's tables. */
static void emit_start(struct random_guest *c, uint64_t seed)
{
    static const uint8_t start[] = {
        0x0f, 0x22, 0xd8,                         /* CR3 */
        0xb9, 0x80, 0x00, 0x00, 0xc0, 0x0f, 0x32, /* EFER ... */
        0x0d, 0x00, 0x09, 0x00, 0x00, 0x0f, 0x30, /* ... LME, NXE */
        0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x01,
        0x80, 0x0f, 0x22, 0xc0, /* CR0.PG, WP */
    };
    uint64_t cr4 = CR4_PAE | (has_5_levels(seed) ? CR4_LA57 : 0) |
                   (has_keys(seed) ? CR4_PKE : 0);
    const uint8_t contexts[] = {
        0x0f, 0x20, 0xe0, 0x0f, 0xba, 0xe8, 17, 0x0f, 0x22, 0xe0, /* PCIDE */
    };

    emit32(c, 0xb8, (uint32_t)cr4);
    emit(c, "\x0f\x22\xe0", 3);
    emit32(c, 0xb8, has_5_levels(seed) ? WINDOW_L5 : WINDOW_L4);
    emit(c, start, sizeof start);
    emit32(c, 0xea, RANDOM_CODE + (uint32_t)c->used + 7); /* ljmp 8:next */
    emit(c, "\x08\x00", 2);
    if (has_contexts(seed))
        emit(c, contexts, sizeof contexts);
}

/* push address; push context; mov ecx, type; invpcid rcx, [rsp] */
static void emit_invpcid(struct random_guest *c, uint32_t type, uint64_t va)
{
    emit_value(c, "\x48\xb8", 2, va, 8);
    emit(c, "\x50\x6a", 2);
    emit(c, (const uint8_t[]){(uint8_t)rng_below(&c->rng, 3)}, 1);
    emit32(c, 0xb9, type);
    emit(c, "\x66\x0f\x38\x82\x0c\x24\x58\x58", 8);
}

/* mov rax, cr3; xor al, 0 to 2: another context; btc rax, 63: what it knows is
   kept, or not */
static void emit_context(struct random_guest *c)
{
    emit(c, "\x0f\x20\xd8\x34", 4);
    emit(c, (const uint8_t[]){(uint8_t)rng_below(&c->rng, 3)}, 1);
    if (rng_below(&c->rng, 2))
        emit(c, "\x48\x0f\xba\xf8\x3f", 5);
    emit(c, "\x0f\x22\xd8", 3);
}

static uint64_t pick_slot(struct random_guest *c)
{
    static const uint16_t slots[] = {0, 1, 2, 511};

    return slots[rng_below(&c->rng, ARRAY_LEN(slots))];
}

/* Below level 4 slots 1 and 2, which the window does not use. */
static uint64_t pick_va(struct random_guest *c)
{
    uint64_t va = (uint64_t)(1 + rng_below(&c->rng, 2)) << 39;

    for (unsigned shift = 12; shift <= 30; shift += 9)
        va |= pick_slot(c) << shift;
    if (has_5_levels(c->seed)) /* the same again, one level higher */
        va |= (uint64_t)rng_below(&c->rng, 2) << 48;
    return va + rng_below(&c->rng, 512) * 8;
}

static uint64_t pick_table(struct random_guest *c, unsigned level)
{
    static const uint8_t first[] = {0, 5, 2, 0};
    static const uint8_t count[] = {0, 6, 3, 2};

    return TABLES + first[level] + rng_below(&c->rng, count[level]);
}

static uint64_t pick_entry(struct random_guest *c, unsigned level)
{
    uint64_t flags = (rng_next(&c->rng) & (PTE_A | PTE_D | PTE_U)) | PTE_P;
    uint32_t kind = rng_below(&c->rng, 12);

    if (kind == 0)
        return 0;
    flags |= (uint64_t)rng_below(&c->rng, 4) << PTE_KEY_SHIFT;
    if (kind > 2)
        flags |= PTE_W;
    if (kind == 3)
        flags |= PTE_NX;
    if (level == 2 && kind >= 10)
        return (rng_below(&c->rng, 2) ? 0x400000u : 0x600000u) | flags | PTE_PS;
    if (level > 1)
        return pick_table(c, level - 1) << 12 | flags;
    if (kind == 11)
        return pick_table(c, 1 + rng_below(&c->rng, 3)) << 12 | flags;
    return (uint64_t)(0x300 + rng_below(&c->rng, 0x500)) << 12 | flags;
}

/* rbx: the entry; rcx: a new value for it. */
static void emit_store(struct random_guest *c)
{
    switch (rng_below(&c->rng, 14)) {
    case 0:
        emit(c, "\x48\x87\x0b", 3); /* xchg */
        break;
    case 1:
        emit(c, "\x48\x8b\x03\xf0\x48\x0f\xb1\x0b", 8); /* lock cmpxchg */
        break;
    case 2:
        emit(c, "\x31\xc0\xf0\x48\x0f\xb1\x0b", 7); /* ... that may fail */
        break;
    case 3:
        emit(c, "\x48\x83\x0b\x26", 4); /* or: W, U, A */
        break;
    case 4:
        emit(c, "\x48\x83\x23\xdd", 4); /* and: not W, not A */
        break;
    case 5:
        emit(c, "\xf0\x48\x0f\xba\x33\x06", 6); /* lock btr: D */
        break;
    case 6:
        emit(c, "\x48\x0f\xba\x2b\x01", 5); /* bts: W */
        break;
    case 7:
        emit(c, "\x48\x0f\xba\x3b\x3f", 5); /* btc: NX */
        break;
    case 8:
        emit(c, "\x89\x0b", 2); /* half of it */
        break;
    case 9:
        emit(c, "\x48\x0f\xc3\x0b", 4); /* movnti */
        break;
    case 10:
        emit(c, "\x48\x89\xdf\xb9\x04\x00\x00\x00\x31\xc0\xf3\x48\xab", 13);
        break; /* rep stosq */
    default:
        emit(c, "\x48\x89\x0b", 3);
        break;
    }
    /* pushfq; pop rax; and eax, CF | ZF; add r14, rax; add r14, rcx */
    emit(c, "\x9c\x58\x25\x41\x00\x00\x00\x49\x01\xc6\x49\x01\xce", 13);
}

/* CR4.SMAP changes, or PKRU does. */
static void emit_rights(struct random_guest *c)
{
    if (rng_below(&c->rng, 3) == 0) {
        emit(c, "\x0f\x20\xe0\x48\x0f\xba\xf8\x15\x0f\x22\xe0", 11);
        return;
    }
    emit(c, "\x31\xc9\x31\xd2", 4);
    emit32(c, 0xb8, (uint32_t)rng_next(&c->rng) & 0xff);
    emit(c, "\x0f\x01\xef", 3); /* wrpkru */
}

static void emit_operation(struct random_guest *c)
{
    uint32_t what = rng_below(&c->rng, 16);
    unsigned level = 1 + rng_below(&c->rng, 3);

    if (has_contexts(c->seed) && rng_below(&c->rng, 8) == 0) {
        emit_context(c);
        return;
    }
    if (what == 0 && has_keys(c->seed) && rng_below(&c->rng, 3) != 0) {
        emit_rights(c);
        return;
    }
    if (what == 0) {
        emit(c, "\x0f\x20\xc0\x48\x0f\xba\xf8\x10\x0f\x22\xc0", 11);
        return; /* CR0.WP changes */
    }
    if (what < 7) {
        uint64_t at = pick_table(c, level) * PAGE_BYTES + pick_slot(c) * 8;

        emit_value(c, "\x48\xbb", 2, at, 8);
        emit_value(c, "\x48\xb9", 2, pick_entry(c, level), 8);
        emit_store(c);
        return;
    }
    emit_value(c, "\x48\xbb", 2, pick_va(c), 8);
    if (has_contexts(c->seed) && what == 10)
        emit_invpcid(c, rng_below(&c->rng, 2), pick_va(c));
    if (what < 10) {
        emit_value(c, "\x48\xb9", 2, pick_entry(c, level), 8);
        emit(c, "\x48\x89\x0b", 3);
    } else if (what == 10) {
        emit(c, "\x0f\x01\x3b", 3); /* invlpg */
    } else {
        emit(c, "\x48\x8b\x03\x49\x01\xc6", 6); /* read, add r14, rax */
    }
}

static void emit_block(struct random_guest *c)
{
    size_t start = c->used;
    uint32_t length;

    emit(c, "\x4c\x8d\x3d\0\0\0\0", 7); /* lea r15, next block */
    emit_operation(c);
    length = (uint32_t)(c->used - start - 7);
    memcpy(c->bytes + start + 3, &length, 4);
    if (has_contexts(c->seed) && rng_below(&c->rng, 3) == 0)
        emit_invpcid(c, 2 + rng_below(&c->rng, 2), 0); /* all contexts */
    else
        emit(c, "\x0f\x20\xd8\x0f\x22\xd8", 6); /* reload CR3 */
}

/* Identity window of 2M pages; level 4 slots 1 and 2 hold random tables. */
static void build_tables(struct rig *r)
{
    for (uint64_t i = 0; i < 2; i++)
        rig_write64(r, WINDOW_L5 + i * 8, WINDOW_L4 | PTE_P | PTE_W | PTE_U);
    rig_write64(r, WINDOW_L4, WINDOW_L3 | PTE_P | PTE_W | PTE_U);
    rig_write64(r, WINDOW_L4 + 8, TABLES << 12 | PTE_P | PTE_W | PTE_U);
    rig_write64(r, WINDOW_L4 + 16, (TABLES + 1) << 12 | PTE_P | PTE_W | PTE_U);
    rig_write64(r, WINDOW_L3, WINDOW_L2 | PTE_P | PTE_W | PTE_U);
    for (uint64_t i = 0; i < MEMORY >> 21; i++)
        rig_write64(r, WINDOW_L2 + i * 8, i << 21 | PTE_P | PTE_W | PTE_PS);
}

static void build(struct rig *r)
{
    static const uint8_t handler[] = {
        0x5a,                   /* pop rdx: the error code */
        0x49, 0x01, 0xd6,       /* add r14, rdx */
        0x0f, 0x20, 0xd0,       /* mov rax, cr2 */
        0x49, 0x01, 0xc6,       /* add r14, rax */
        0x49, 0xc1, 0xc6, 0x07, /* rol r14, 7 */
        0x4c, 0x89, 0x3c, 0x24, /* mov [rsp], r15 */
        0x48, 0xcf,             /* iretq */
    };

    build_tables(r);
    ck_assert(vm_copy_in(r->vm, gpa(HANDLER), handler, sizeof handler));
    rig_write64(r, IDT + 14 * 16,
                HANDLER | 0x08 << 16 | (uint64_t)0x8e00 << 32);
    rig_write64(r, GDT + 8, 0x00af9b000000ffff);
    rig_write64(r, GDT + 16, 0x00cf93000000ffff);
}

static void start(struct cpu_state *s)
{
    s->gdtr = (struct table_register){.base = GDT, .limit = 23};
    s->idtr = (struct table_register){.base = IDT, .limit = 4095};
    s->gpr[REG_RSP] = STACK_TOP;
}

START_TEST(test_shadow_guest_computes_the_same_everywhere)
{
    static struct random_guest g;

    g = (struct random_guest){.memory_bytes = MEMORY,
                              .build = build,
                              .start = start,
                              .checksum = REG_R14,
                              .seed = (uint64_t)_i};
    rng_init(&g.rng, g.seed + 1);
    emit_start(&g, g.seed);
    for (int i = 0; i < BLOCKS; i++)
        emit_block(&g);
    emit(&g, "\xb0\x2a\xe6\xf4", 4); /* out 0xf4, 42 */
    random_compare(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow differential");
    TCase *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(random, test_shadow_guest_computes_the_same_everywhere,
                        0, SEEDS);
    tcase_set_timeout(random, 60);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
