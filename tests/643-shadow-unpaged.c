/*
 * Claim: code without paging - in real mode, in virtual-8086 mode, in 16-bit
 * and 32-bit protected mode, at CPL 0 and 3 - does the same natively, on shadow
 * tables and on nested tables: the same registers, the same exceptions with
 * their error codes, the same memory.
 *
 * Intel SDM vol. 3, "8086 Emulation", "Protected-Mode Memory Management",
 * "Unrestricted Guests".
 *
 * The guest is random code in blocks of 16 bytes: random bytes, or one of the
 * operations that such code lives from (segment loads, far transfers, string
 * instructions, flags, descriptor tables).  An exception is logged and the code
 * goes on with the next block.  The clock counts instructions, so that what a
 * time stamp says is no difference.
 */
#include "tests/unpaged_guest.h"

enum { SEEDS = 10, INSTRUCTIONS = 12000 };

struct row {
    const struct technique_ops *technique;
    uint8_t host_page_shift;
    bool no_vpid;
};

static const struct row rows[] = {
    {&technique_nested, 12, false},
    {&technique_nested, 21, true},
    {&technique_shadow, 12, false},
    {&technique_shadow, 21, true},
};

struct result {
    enum rig_end end;
    struct cpu_state state;
    uint64_t memory, instructions;
    char crash[160];
};

static void run(const struct unpaged_guest *g, const struct row *row,
                struct result *out)
{
    struct rig r;

    rig_defaults(&r);
    r.cpu_config.timing = TIMING_COUNT;
    r.cpu_config.hide_hypervisor = true;
    r.hv_config.host_page_shift = row->host_page_shift;
    r.hv_config.has_vpid = !row->no_vpid;
    rig_open(&r, row->technique, UNPAGED_MEMORY);
    unpaged_start(g, &r);
    out->end = rig_run(&r, INSTRUCTIONS);
    out->state = *cpu_state_peek(r.cpu);
    out->memory = rig_hash_memory(&r);
    out->instructions = cpu_retired(r.cpu);
    memcpy(out->crash, r.vm->crash, sizeof out->crash);
    rig_close(&r);
}

static void same_segment(const struct segment *a, const struct segment *b)
{
    ck_assert_uint_eq(a->selector, b->selector);
    ck_assert_uint_eq(a->attributes, b->attributes);
    ck_assert_uint_eq(a->base, b->base);
    ck_assert_uint_eq(a->limit, b->limit);
}

static void same_registers(const struct cpu_state *a, const struct cpu_state *b)
{
    for (unsigned i = 0; i < REG_COUNT; i++)
        ck_assert_uint_eq(a->gpr[i], b->gpr[i]);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        same_segment(&a->seg[i], &b->seg[i]);
    same_segment(&a->ldtr, &b->ldtr);
    same_segment(&a->tr, &b->tr);
    ck_assert_uint_eq(a->rip, b->rip);
    ck_assert_uint_eq(a->rflags, b->rflags);
    ck_assert_uint_eq(a->cr0, b->cr0);
    ck_assert_uint_eq(a->cr2, b->cr2);
    ck_assert_uint_eq(a->cr3, b->cr3);
    ck_assert_uint_eq(a->cr4, b->cr4);
    ck_assert_uint_eq(a->gdtr.base, b->gdtr.base);
    ck_assert_uint_eq(a->idtr.base, b->idtr.base);
    ck_assert_uint_eq(a->idtr.limit, b->idtr.limit);
    ck_assert_mem_eq(a->dr, b->dr, sizeof a->dr);
    ck_assert_mem_eq(a->xmm, b->xmm, sizeof a->xmm);
    ck_assert_uint_eq(a->fsw, b->fsw);
}

static void same(const struct result *want, const struct result *got)
{
    /* Natively a write to nowhere has retired when it is seen. */
    const char *where = strstr(want->crash, " at rip");
    size_t bytes = where ? (size_t)(where - want->crash) : 0;

    ck_assert_msg(got->end == want->end &&
                      strncmp(got->crash, want->crash, bytes) == 0,
                  "end %d in place of %d: %s, in place of %s", got->end,
                  want->end, got->crash, want->crash);
    ck_assert_uint_eq(got->instructions, want->instructions);
    ck_assert_uint_eq(got->memory, want->memory);
    if (want->end != RIG_CRASHED)
        same_registers(&want->state, &got->state);
}

START_TEST(test_unpaged_code_does_the_same_everywhere)
{
    static const struct row native = {&technique_native, 12, false};
    static struct unpaged_guest g;
    struct result want, got;

    g.mode = (enum unpaged_mode)(_i % UNPAGED_MODES);
    unpaged_make(&g, (uint64_t)_i / UNPAGED_MODES + 1);
    run(&g, &native, &want);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        run(&g, &rows[i], &got);
        same(&want, &got);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shadow unpaged");
    TCase *random = tcase_create("random");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(random, test_unpaged_code_does_the_same_everywhere, 0,
                        SEEDS * UNPAGED_MODES);
    tcase_set_timeout(random, 60);
    suite_add_tcase(suite, random);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
