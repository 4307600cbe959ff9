/*
 * Claim   Each invalidating operation drops exactly the translations that the
 *         manual lists, no more: by page, PCID, VPID, global, second stage.
 * Manual  Intel SDM vol. 3, "Operations that Invalidate TLBs and Paging-
 *         Structure Caches", "Operations that Invalidate Cached Mappings";
 *         vol. 2, INVPCID.
 *
 * Eight translations are cached: two pages, two PCIDs, in two VPIDs; the
 * second page is global.  After the operation each is asked for again: a walk
 * tells that it was gone.
 */
#include "tests/mmu_fixture.h"

static const uint64_t plain_va = (uint64_t)1 << 30;
static const uint64_t global_va = (uint64_t)2 << 30;

enum operation {
    OP_NONE,
    OP_INVLPG_PLAIN,
    OP_INVLPG_GLOBAL,
    OP_MOV_CR3,
    OP_TOGGLE_PGE,
    OP_INVPCID_0,
    OP_INVPCID_0_GLOBAL,
    OP_INVPCID_1,
    OP_INVPCID_2,
    OP_INVPCID_3,
    OP_INVVPID_PAGE,
    OP_INVVPID,
    OP_INVVPID_ALL,
    OP_INVEPT,
};

static void enter(struct fixture *f, uint16_t vpid, uint16_t pcid)
{
    f->regime.vpid = vpid;
    f->regime.pcid = pcid;
    f->regime.stage2 = vpid == 2 ? &pt_geom_ept_4level : NULL;
    f->regime.stage2_root = f->ept_root;
    f->regime.guest_root = gpa(vpid == 2 ? 0 : f->root.v);
    mmu_set_regime(f->mmu, &f->regime);
}

/* True if the translation is cached (and caches it if not). */
static bool cached(struct fixture *f, uint16_t vpid, uint16_t pcid, uint64_t va)
{
    uint64_t before;

    enter(f, vpid, pcid);
    before = count_of(f, COUNTER_WALK_COUNT);
    ck_assert_int_eq(
        mmu_access(f->mmu,
                   &(struct access){gva(va), 1, ACCESS_READ, ACCESS_USER}, 0)
            .status,
        XLATE_OK);
    return count_of(f, COUNTER_WALK_COUNT) == before;
}

static void operate(struct mmu *m, enum operation op)
{
    switch (op) {
    case OP_NONE:
        break;
    case OP_INVLPG_PLAIN:
        mmu_invlpg(m, gva(plain_va + 0xfff));
        break;
    case OP_INVLPG_GLOBAL:
        mmu_invlpg(m, gva(global_va));
        break;
    case OP_MOV_CR3:
        mmu_flush_pcid(m);
        break;
    case OP_TOGGLE_PGE:
        mmu_flush_all(m);
        break;
    case OP_INVPCID_0:
        mmu_invpcid(m, 0, 2, gva(plain_va));
        break;
    case OP_INVPCID_0_GLOBAL:
        mmu_invpcid(m, 0, 2, gva(global_va));
        break;
    case OP_INVPCID_1:
        mmu_invpcid(m, 1, 2, gva(0));
        break;
    case OP_INVPCID_2:
        mmu_invpcid(m, 2, 0, gva(0));
        break;
    case OP_INVPCID_3:
        mmu_invpcid(m, 3, 0, gva(0));
        break;
    case OP_INVVPID_PAGE:
        mmu_invvpid_page(m, 2, gva(plain_va));
        break;
    case OP_INVVPID:
        mmu_invvpid(m, 2);
        break;
    case OP_INVVPID_ALL:
        mmu_invvpid_all(m);
        break;
    case OP_INVEPT:
        mmu_invept(m);
        break;
    }
}

/* Order of the columns: VPID 1 PCID 1, 1 2, VPID 2 PCID 1, 2 2. */
struct row {
    enum operation op;
    bool plain[4];  /* still cached after the operation */
    bool global[4]; /* one entry serves both PCIDs: columns agree in pairs */
};

/* The operation is made in VPID 1, PCID 1; VPID 2 has a second stage. */
static const struct row rows[] = {
    {OP_NONE, {1, 1, 1, 1}, {1, 1, 1, 1}},
    {OP_INVLPG_PLAIN, {0, 1, 1, 1}, {1, 1, 1, 1}},
    {OP_INVLPG_GLOBAL, {1, 1, 1, 1}, {0, 0, 1, 1}},
    {OP_MOV_CR3, {0, 1, 1, 1}, {1, 1, 1, 1}},
    {OP_TOGGLE_PGE, {0, 0, 1, 1}, {0, 0, 1, 1}},
    {OP_INVPCID_0, {1, 0, 1, 1}, {1, 1, 1, 1}},
    {OP_INVPCID_0_GLOBAL, {1, 1, 1, 1}, {1, 1, 1, 1}},
    {OP_INVPCID_1, {1, 0, 1, 1}, {1, 1, 1, 1}},
    {OP_INVPCID_2, {0, 0, 1, 1}, {0, 0, 1, 1}},
    {OP_INVPCID_3, {0, 0, 1, 1}, {1, 1, 1, 1}},
    {OP_INVVPID_PAGE, {1, 1, 0, 0}, {1, 1, 1, 1}},
    {OP_INVVPID, {1, 1, 0, 0}, {1, 1, 0, 0}},
    {OP_INVVPID_ALL, {0, 0, 0, 0}, {0, 0, 0, 0}},
    {OP_INVEPT, {1, 1, 0, 0}, {1, 1, 0, 0}},
};

static void make(struct fixture *f)
{
    struct mmu_config config = fixture_config();

    fixture_make(f, &config);
    fixture_map(f, plain_va, 0x40000000 | PTE_P | PTE_U, 1);
    fixture_map(f, global_va, 0x50000000 | PTE_P | PTE_U | PTE_G, 1);
    fixture_nest(f, 8 << 20, 2);
    fixture_map_guest(f, plain_va, 0x400000 | PTE_P | PTE_U, 1);
    fixture_map_guest(f, global_va, 0x500000 | PTE_P | PTE_U | PTE_G, 1);
}

/* One question a run: asking caches again. */
static bool survives(enum operation op, unsigned column, bool global)
{
    struct fixture f;
    bool answer;

    make(&f);
    for (unsigned i = 0; i < 4; i++) {
        cached(&f, (uint16_t)(1 + i / 2), (uint16_t)(1 + i % 2), plain_va);
        cached(&f, (uint16_t)(1 + i / 2), (uint16_t)(1 + i % 2), global_va);
    }
    enter(&f, 1, 1);
    operate(f.mmu, op);
    answer = cached(&f, (uint16_t)(1 + column / 2), (uint16_t)(1 + column % 2),
                    global ? global_va : plain_va);
    fixture_free(&f);
    return answer;
}

START_TEST(test_invalidation_scope_as_manual)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (unsigned column = 0; column < 4; column++) {
            ck_assert_msg(survives(rows[i].op, column, false) ==
                              rows[i].plain[column],
                          "row %zu column %u, plain", i, column);
            ck_assert_msg(survives(rows[i].op, column, true) ==
                              rows[i].global[column],
                          "row %zu column %u, global", i, column);
        }
}
END_TEST

/* Without CR4.PGE the G bit means nothing. */
START_TEST(test_invalidation_pge_off_nothing_is_global)
{
    struct fixture f;

    make(&f);
    f.regime.pge = false;
    ck_assert(!cached(&f, 1, 1, global_va));
    ck_assert(!cached(&f, 1, 2, global_va));
    mmu_flush_pcid(f.mmu);
    ck_assert(!cached(&f, 1, 2, global_va));
    ck_assert(cached(&f, 1, 1, global_va));
    fixture_free(&f);
}
END_TEST

/* A page fault drops what was cached for its address (SDM, same section). */
START_TEST(test_invalidation_fault_refetches_widened_right)
{
    struct fixture f;
    struct pt_place at;
    struct xlate x;

    make(&f);
    enter(&f, 1, 1);
    x = mmu_access(
        f.mmu, &(struct access){gva(plain_va), 1, ACCESS_WRITE, ACCESS_USER},
        0);
    ck_assert_int_eq(x.status, XLATE_GUEST_FAULT);
    at = pt_edit_find(&f.dram, f.regime.guest, f.root, plain_va);
    pt_edit_write(&f.dram, f.regime.guest, at.table, at.index,
                  at.entry | PTE_W);
    x = mmu_access(
        f.mmu, &(struct access){gva(plain_va), 1, ACCESS_WRITE, ACCESS_USER},
        0);
    ck_assert_int_eq(x.status, XLATE_OK);
    fixture_free(&f);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        test_invalidation_scope_as_manual,
        test_invalidation_pge_off_nothing_is_global,
        test_invalidation_fault_refetches_widened_right,
    };

    return run_cases("tlb-invalidation", tests, sizeof(tests) / sizeof(*tests));
}
