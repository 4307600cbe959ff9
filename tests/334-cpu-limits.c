/*
 * 334-cpu-limits.c - claim: cpu_run() retires exactly as many instructions as
 * its budget allows, iterations of REP included (each counts as one), wherever
 * the limit falls: in a block, in one of two REP instructions that follow each
 * other, in a chain of blocks; and cutting a run into pieces changes nothing
 * but the cycles of the cuts.
 */
#include "tests/cpu_fixture.h"

/*
 * mov edi,DATA; mov ecx,5000; rep stosb; mov ecx,37; rep stosb; rep stosb
 * mov ecx,4097; rep stosb; mov ecx,700
 * again: add ebx,ecx; dec ecx; jnz again
 * mov ecx,3; rep stosd; hlt
 */
static const uint8_t code[] = {
    0xbf, 0x00, 0x00, 0x20, 0x00, 0xb9, 0x88, 0x13, 0x00, 0x00, 0xf3, 0xaa,
    0xb9, 0x25, 0x00, 0x00, 0x00, 0xf3, 0xaa, 0xf3, 0xaa, 0xb9, 0x01, 0x10,
    0x00, 0x00, 0xf3, 0xaa, 0xb9, 0xbc, 0x02, 0x00, 0x00, 0x01, 0xcb, 0xff,
    0xc9, 0x75, 0xfa, 0xb9, 0x03, 0x00, 0x00, 0x00, 0xf3, 0xab, 0xf4};

/* 2 moves; 5000; 1; 37; 1 (REP without an iteration); 1; 4097; 1; 3 * 700; 1;
   3; and HLT */
enum { TOTAL = 2 + 5000 + 1 + 37 + 1 + 1 + 4097 + 1 + 2100 + 1 + 3 + 1 };

static struct machine m;

static void start(enum timing_model timing)
{
    machine_init(&m, &(struct machine_options){.timing = timing});
    machine_put(&m, AT_CODE, code, sizeof code);
}

static enum cpu_event_kind run_until(uint64_t instruction)
{
    struct cpu_budget b = {.until_cycle = UINT64_MAX,
                           .until_instruction = instruction};

    return cpu_run(m.cpu, &b).kind;
}

static void expect_end(void)
{
    ck_assert_uint_eq(cpu_retired(m.cpu), TOTAL);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RBX], 700 * 701 / 2);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RDI],
                      0x200000 + 5000 + 37 + 4097 + 12);
}

START_TEST(test_limit_one_cut_anywhere_is_exact)
{
    for (uint64_t limit = 1; limit < TOTAL; limit += limit % 97 ? 1 : 83) {
        start(_i ? TIMING_FAST : TIMING_WINDOW);
        ck_assert_int_eq(run_until(limit), CPU_EVENT_BUDGET);
        ck_assert_uint_eq(cpu_retired(m.cpu), limit);
        ck_assert_int_eq(run_until(UINT64_MAX), CPU_EVENT_HALT);
        expect_end();
        machine_free(&m);
    }
}
END_TEST

START_TEST(test_limit_many_cuts_are_exact)
{
    for (uint64_t stride = 1; stride < 5000; stride = stride * 3 + 1) {
        uint64_t limit = 0;

        start(_i ? TIMING_FAST : TIMING_WINDOW);
        while (limit + stride < TOTAL) {
            limit += stride;
            ck_assert_int_eq(run_until(limit), CPU_EVENT_BUDGET);
            ck_assert_uint_eq(cpu_retired(m.cpu), limit);
        }
        ck_assert_int_eq(run_until(UINT64_MAX), CPU_EVENT_HALT);
        expect_end();
        machine_free(&m);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("limits");

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_limit_one_cut_anywhere_is_exact, 0, 2);
    tcase_add_loop_test(t, test_limit_many_cuts_are_exact, 0, 2);
    return machine_main(t, "cpu limits");
}
