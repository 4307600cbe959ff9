/*
 * 341-cpu-timing.c - claim: in the window model dependent instructions take
 * their latencies one after another, independent ones overlap up to the issue
 * width, misses that depend on each other serialize and others overlap; every
 * cycle is in exactly one ledger row.
 */
#include "tests/cpu_fixture.h"

static struct machine m;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static uint64_t cycles_of(const uint8_t *code, size_t bytes)
{
    uint64_t before = cpu_now(m.cpu);

    ck_assert_int_eq(machine_execute(&m, code, bytes).kind, CPU_EVENT_HALT);
    return cpu_now(m.cpu) - before;
}

/* mov ecx,1000; l: imul rax,rax (4 times); dec ecx; jnz l; hlt */
static const uint8_t dependent[] = {0xb9, 0xe8, 0x03, 0x00, 0x00, 0x48, 0x0f,
                                    0xaf, 0xc0, 0x48, 0x0f, 0xaf, 0xc0, 0x48,
                                    0x0f, 0xaf, 0xc0, 0x48, 0x0f, 0xaf, 0xc0,
                                    0xff, 0xc9, 0x75, 0xec, 0xf4};
/* the same with imul rax,rsi; rbx,rsi; rdx,rsi; rdi,rsi: each depends on
   itself only */
static const uint8_t parallel[] = {0xb9, 0xe8, 0x03, 0x00, 0x00, 0x48, 0x0f,
                                   0xaf, 0xc6, 0x48, 0x0f, 0xaf, 0xde, 0x48,
                                   0x0f, 0xaf, 0xd6, 0x48, 0x0f, 0xaf, 0xfe,
                                   0xff, 0xc9, 0x75, 0xec, 0xf4};
/* mov ecx,100; l: mov rax,[rax]; dec ecx; jnz l; hlt */
static const uint8_t chase[] = {0xb9, 0x64, 0x00, 0x00, 0x00, 0x48, 0x8b,
                                0x00, 0xff, 0xc9, 0x75, 0xf9, 0xf4};
/* mov ecx,100; l: mov rbx,[rax]; add rax,4096; dec ecx; jnz l; hlt */
static const uint8_t stride[] = {0xb9, 0x64, 0x00, 0x00, 0x00, 0x48, 0x8b,
                                 0x18, 0x48, 0x05, 0x00, 0x10, 0x00, 0x00,
                                 0xff, 0xc9, 0x75, 0xf3, 0xf4};

START_TEST(test_timing_dependent_chain_takes_its_latencies)
{
    uint64_t chain = cycles_of(dependent, sizeof dependent);

    /* 4 multiplications of 3 cycles a round, and the cold start */
    ck_assert_uint_ge(chain, 12000);
    ck_assert_uint_lt(chain, 13000);
}
END_TEST

START_TEST(test_timing_independent_chains_overlap)
{
    uint64_t apart = cycles_of(parallel, sizeof parallel);

    /* each chain: 3 cycles a round; 6 instructions at 4 a cycle need 1.5 */
    ck_assert_uint_ge(apart, 3000);
    ck_assert_uint_lt(apart, 4000);
}
END_TEST

START_TEST(test_timing_issue_width_bounds_throughput)
{
    uint8_t nops[4001];
    uint64_t cycles;

    memset(nops, 0x90, 4000);
    nops[4000] = 0xf4;
    machine_execute(&m, nops, sizeof nops); /* warms caches and TLB */
    machine_enter(&m, 0);
    cycles = cpu_now(m.cpu);
    machine_run(&m);
    cycles = cpu_now(m.cpu) - cycles;
    ck_assert_uint_ge(cycles, 1000);
    ck_assert_uint_lt(cycles, 1100);
}
END_TEST

START_TEST(test_timing_pointer_chase_serializes_and_stride_overlaps)
{
    uint64_t serial, overlapped;

    for (unsigned i = 0; i < 100; i++)
        machine_put64(&m, AT_DATA + i * 4096u, AT_DATA + (i + 1) * 4096u);
    cpu_state(m.cpu)->gpr[REG_RAX] = AT_DATA;
    serial = cycles_of(chase, sizeof chase);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], AT_DATA + 100 * 4096);
    tear_down();
    set_up();
    cpu_state(m.cpu)->gpr[REG_RAX] = AT_DATA;
    overlapped = cycles_of(stride, sizeof stride);
    ck_assert_uint_ge(serial, 100 * 200);
    ck_assert_uint_lt(overlapped * 3, serial);
    ck_assert_uint_gt(m.ledger.cycles[LEDGER_STALL_DRAM], 0);
}
END_TEST

START_TEST(test_timing_stall_rows_name_what_was_waited_for)
{
    for (unsigned i = 0; i < 100; i++)
        machine_put64(&m, AT_DATA + i * 4096u, AT_DATA + (i + 1) * 4096u);
    cpu_state(m.cpu)->gpr[REG_RAX] = AT_DATA;
    cycles_of(chase, sizeof chase);
    ck_assert_uint_ge(m.ledger.cycles[LEDGER_STALL_DRAM], 100 * 190);
    ck_assert_uint_gt(m.ledger.cycles[LEDGER_WALK_GUEST], 0);
    ck_assert_uint_eq(m.ledger.cycles[LEDGER_WALK_HOST], 0);
    ck_assert_uint_eq(m.ledger.cycles[LEDGER_USER], 0);
    ck_assert_uint_lt(m.ledger.cycles[LEDGER_KERNEL], 1500);
}
END_TEST

START_TEST(test_timing_charge_goes_to_its_row_and_the_clock)
{
    uint64_t before = cpu_now(m.cpu);

    cpu_charge(m.cpu, LEDGER_EXIT, 1234);
    ck_assert_uint_eq(cpu_now(m.cpu), before + 1234);
    ck_assert_uint_eq(m.ledger.cycles[LEDGER_EXIT], 1234);
}
END_TEST

START_TEST(test_timing_cycle_budget_ends_a_run)
{
    static const uint8_t forever[] = {0xeb, 0xfe};
    struct cpu_budget b = {.until_cycle = 5000,
                           .until_instruction = UINT64_MAX};

    machine_put(&m, AT_CODE, forever, sizeof forever);
    ck_assert_int_eq(cpu_run(m.cpu, &b).kind, CPU_EVENT_BUDGET);
    ck_assert_uint_ge(cpu_now(m.cpu), 5000);
    ck_assert_uint_lt(cpu_now(m.cpu), 5100);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("timing");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_timing_dependent_chain_takes_its_latencies);
    tcase_add_test(t, test_timing_independent_chains_overlap);
    tcase_add_test(t, test_timing_issue_width_bounds_throughput);
    tcase_add_test(t, test_timing_pointer_chase_serializes_and_stride_overlaps);
    tcase_add_test(t, test_timing_stall_rows_name_what_was_waited_for);
    tcase_add_test(t, test_timing_charge_goes_to_its_row_and_the_clock);
    tcase_add_test(t, test_timing_cycle_budget_ends_a_run);
    return machine_main(t, "timing");
}
