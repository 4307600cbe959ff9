/*
 * 347-cpu-monitor.c - claim: MONITOR arms a line, MWAIT waits for it once and
 * not at all if it has changed; both fault and exit as the manual says.
 *
 * Intel SDM vol. 2, "MONITOR", "MWAIT"; vol. 3, "MONITOR/MWAIT Instruction",
 * "Exit Qualification for MWAIT".
 */
#include "tests/cpu_groups.h"

enum { LINE = AT_DATA + 0x40, INSIDE = 0x14 };

static const uint8_t monitor[] = {0x0f, 0x01, 0xc8, 0xf4};
static const uint8_t mwait[] = {0x0f, 0x01, 0xc9, 0xf4};
/* monitor; mwait; hlt */
static const uint8_t both[] = {0x0f, 0x01, 0xc8, 0x0f, 0x01, 0xc9, 0xf4};

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init_groups(&m, &(struct machine_options){.timing = TIMING_WINDOW},
                        ALL_GROUPS);
    s = cpu_state(m.cpu);
    s->gpr[REG_RAX] = LINE + INSIDE;
    s->gpr[REG_RCX] = s->gpr[REG_RDX] = 0;
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static struct cpu_event execute(const uint8_t *code, size_t bytes)
{
    s->rip = AT_CODE;
    s->halted = false;
    return machine_execute(&m, code, bytes);
}

START_TEST(test_mwait_waits_until_the_line_changes)
{
    struct cpu_event e = execute(both, sizeof both);
    const uint8_t other = 1;

    ck_assert_int_eq(e.kind, CPU_EVENT_WAIT);
    ck_assert_uint_eq(s->rip, AT_CODE + 6);
    ck_assert(s->halted);
    ck_assert_uint_eq(e.wait.line.v, LINE);
    ck_assert(!e.wait.masked_wake);
    ck_assert(!cpu_wait_over(&m.dram, &e.wait));
    machine_put(&m, LINE + 64, &other, 1); /* the next line */
    ck_assert(!cpu_wait_over(&m.dram, &e.wait));
    machine_put(&m, LINE + 63, &other, 1);
    ck_assert(cpu_wait_over(&m.dram, &e.wait));
}
END_TEST

START_TEST(test_mwait_does_not_wait_if_nothing_is_armed)
{
    static const uint8_t code[] = {0x0f, 0x01, 0xc9, 0xf4};

    ck_assert_int_eq(execute(code, sizeof code).kind, CPU_EVENT_HALT);
    ck_assert_int_eq(execute(both, sizeof both).kind, CPU_EVENT_WAIT);
    /* One wait for each MONITOR. */
    ck_assert_int_eq(execute(code, sizeof code).kind, CPU_EVENT_HALT);
}
END_TEST

START_TEST(test_mwait_does_not_wait_if_the_line_has_changed)
{
    /* monitor; inc dword [rax]; mwait; hlt */
    static const uint8_t code[] = {0x0f, 0x01, 0xc8, 0xff, 0x00,
                                   0x0f, 0x01, 0xc9, 0xf4};

    ck_assert_int_eq(execute(code, sizeof code).kind, CPU_EVENT_HALT);
    ck_assert_uint_eq(s->rip, AT_CODE + sizeof code);
}
END_TEST

START_TEST(test_mwait_takes_masked_interrupts_if_asked)
{
    struct cpu_event e;

    execute(monitor, sizeof monitor);
    s->gpr[REG_RCX] = 1;
    e = execute(mwait, sizeof mwait);
    ck_assert_int_eq(e.kind, CPU_EVENT_WAIT);
    ck_assert(e.wait.masked_wake);
}
END_TEST

static int vector_of(const uint8_t *code, size_t bytes)
{
    execute(code, bytes);
    return machine_halted_in(&m);
}

START_TEST(test_monitor_and_mwait_fault_as_documented)
{
    s->gpr[REG_RCX] = 1;
    ck_assert_int_eq(vector_of(monitor, sizeof monitor), VECTOR_GP);
    s->gpr[REG_RCX] = 2;
    ck_assert_int_eq(vector_of(mwait, sizeof mwait), VECTOR_GP);
    s->gpr[REG_RCX] = 0;
    s->gpr[REG_RAX] = 0x40000000; /* not mapped */
    ck_assert_int_eq(vector_of(monitor, sizeof monitor), VECTOR_PF);
    s->gpr[REG_RAX] = (uint64_t)1 << 60;
    ck_assert_int_eq(vector_of(monitor, sizeof monitor), VECTOR_GP);
    machine_enter(&m, 3);
    ck_assert_int_eq(vector_of(monitor, sizeof monitor), VECTOR_UD);
    machine_enter(&m, 3);
    ck_assert_int_eq(vector_of(mwait, sizeof mwait), VECTOR_UD);
}
END_TEST

START_TEST(test_monitor_and_mwait_exit_before_operands_are_looked_at)
{
    struct guest_control *g = cpu_control(m.cpu);
    struct cpu_event e;

    g->virt = VIRT_GUEST;
    g->vpid = 1;
    g->exit_mwait = true;
    s->gpr[REG_RCX] = 0;
    execute(monitor, sizeof monitor);
    s->gpr[REG_RCX] = 2;
    e = execute(mwait, sizeof mwait);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_MWAIT);
    ck_assert_uint_eq(e.exit.qualification, 1); /* armed */
    ck_assert_uint_eq(e.exit.length, 3);
    g->exit_monitor = true;
    e = execute(monitor, sizeof monitor);
    ck_assert_int_eq(e.kind, CPU_EVENT_EXIT);
    ck_assert_int_eq(e.exit.reason, VMEXIT_MONITOR);
    ck_assert_uint_eq(s->rip, AT_CODE);
    machine_enter(&m, 3); /* #UD goes before the exit */
    ck_assert_int_eq(vector_of(mwait, sizeof mwait), VECTOR_UD);
}
END_TEST

START_TEST(test_monitor_is_undefined_if_cpuid_does_not_claim_it)
{
    uint32_t out[4];

    cpu_cpuid(m.cpu, 1, 0, out);
    ck_assert_uint_eq(out[2] >> 3 & 1, 1);
    cpu_cpuid(m.cpu, 5, 0, out);
    ck_assert_uint_eq(out[0], 64);
    machine_free(&m);
    machine_init_groups(&m, &(struct machine_options){.timing = TIMING_WINDOW},
                        ALL_GROUPS & ~((uint64_t)1 << FEATURE_MONITOR));
    s = cpu_state(m.cpu);
    ck_assert_int_eq(vector_of(monitor, sizeof monitor), VECTOR_UD);
    ck_assert_int_eq(vector_of(mwait, sizeof mwait), VECTOR_UD);
    cpu_cpuid(m.cpu, 5, 0, out);
    ck_assert_uint_eq(out[0] | out[1] | out[2] | out[3], 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("monitor");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_mwait_waits_until_the_line_changes);
    tcase_add_test(t, test_mwait_does_not_wait_if_nothing_is_armed);
    tcase_add_test(t, test_mwait_does_not_wait_if_the_line_has_changed);
    tcase_add_test(t, test_mwait_takes_masked_interrupts_if_asked);
    tcase_add_test(t, test_monitor_and_mwait_fault_as_documented);
    tcase_add_test(t,
                   test_monitor_and_mwait_exit_before_operands_are_looked_at);
    tcase_add_test(t, test_monitor_is_undefined_if_cpuid_does_not_claim_it);
    return machine_main(t, "monitor");
}
