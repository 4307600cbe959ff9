/*
 * 319-cpu-events.c - claim: alignment checks, NMI blocking and machine checks
 * are as the manual says.
 *
 * Intel SDM vol. 3, "Alignment Check Exception (#AC)", "Handling Multiple
 * NMIs", "Machine-Check Exception (#MC)".
 */
#include "tests/cpu_fixture.h"

static struct machine m;
static struct cpu_state *s;

static void set_up(void)
{
    machine_init(&m, &(struct machine_options){.timing = TIMING_WINDOW});
    s = cpu_state(m.cpu);
}

static void tear_down(void)
{
    machine_expect_ledger(&m);
    machine_free(&m);
}

static uint64_t frame(unsigned word)
{
    return machine_get64(&m, s->gpr[REG_RSP] + 8u * word);
}

START_TEST(test_alignment_is_checked_for_user_programs_that_ask)
{
    /* mov 0x200004,%eax; mov 0x200006,%ax; hlt */
    static const uint8_t even[] = {0x8b, 0x04, 0x25, 0x04, 0x00, 0x20,
                                   0x00, 0x66, 0x8b, 0x04, 0x25, 0x06,
                                   0x00, 0x20, 0x00, 0xf4};
    /* mov 0x200002,%eax */
    static const uint8_t odd[] = {0x8b, 0x04, 0x25, 0x02, 0x00, 0x20, 0x00};
    /* mov 0x200004,%rax */
    static const uint8_t quad[] = {0x48, 0x8b, 0x04, 0x25,
                                   0x04, 0x00, 0x20, 0x00};
    static const uint64_t asking[3] = {0, CR0_AM, CR0_AM};
    static const uint64_t flags[3] = {RFLAGS_AC, 0, RFLAGS_AC};

    for (unsigned i = 0; i < 3; i++) {
        machine_enter(&m, 3);
        s->halted = false;
        s->cr0 = (s->cr0 & ~CR0_AM) | asking[i];
        s->rflags = RFLAGS_FIXED | flags[i];
        machine_execute(&m, odd, sizeof odd);
        if (i == 2)
            ck_assert_int_eq(machine_halted_in(&m), VECTOR_AC);
        else
            ck_assert_int_ne(machine_halted_in(&m), VECTOR_AC);
    }
    ck_assert_uint_eq(frame(0), 0);
    ck_assert_uint_eq(frame(1), AT_CODE);
    machine_enter(&m, 3);
    s->halted = false;
    s->cr0 |= CR0_AM;
    s->rflags = RFLAGS_FIXED | RFLAGS_AC;
    machine_execute(&m, quad, sizeof quad);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_AC);
    machine_enter(&m, 3);
    s->halted = false;
    s->cr0 |= CR0_AM;
    s->rflags = RFLAGS_FIXED | RFLAGS_AC;
    machine_execute(&m, even, sizeof even); /* HLT is the fault here */
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_GP);
    machine_enter(&m, 0); /* the supervisor is never asked */
    s->halted = false;
    s->cr0 |= CR0_AM;
    s->rflags = RFLAGS_FIXED | RFLAGS_AC;
    machine_execute(&m, quad, sizeof quad);
    ck_assert_int_ne(machine_halted_in(&m), VECTOR_AC);
}
END_TEST

START_TEST(test_nmi_blocks_further_ones_until_iret)
{
    /* nop; nop; hlt */
    static const uint8_t code[] = {0x90, 0x90, 0xf4};
    /* inc %ebx; iretq */
    static const uint8_t handler[] = {0xff, 0xc3, 0x48, 0xcf};

    machine_put(&m, AT_CODE, code, sizeof code);
    machine_put(&m, AT_HANDLERS + 16 * 2, handler, sizeof handler);
    s->gpr[REG_RBX] = 0;
    machine_step(&m, 1);
    ck_assert(!cpu_nmi_blocked(m.cpu));
    cpu_deliver(m.cpu, INJECT_NMI, VECTOR_NMI, false, 0);
    ck_assert(cpu_nmi_blocked(m.cpu));
    ck_assert_uint_eq(s->rip, AT_HANDLERS + 16 * 2);
    machine_step(&m, 1);
    ck_assert(cpu_nmi_blocked(m.cpu));
    machine_step(&m, 1);
    ck_assert(!cpu_nmi_blocked(m.cpu));
    ck_assert_uint_eq(s->rip, AT_CODE + 1);
    ck_assert_uint_eq(s->gpr[REG_RBX], 1);
}
END_TEST

START_TEST(test_machine_check_needs_cr4_mce_else_shuts_down)
{
    cpu_machine_check(m.cpu, 1, (uint64_t)1 << 63 | 0x135, 0x1000);
    ck_assert_int_eq(
        cpu_deliver(m.cpu, INJECT_EXCEPTION, VECTOR_MC, false, 0).kind,
        CPU_EVENT_SHUTDOWN);
    s->cr4 |= CR4_MCE;
    cpu_deliver(m.cpu, INJECT_EXCEPTION, VECTOR_MC, false, 0);
    ck_assert_uint_eq(s->rip, AT_HANDLERS + 16 * VECTOR_MC);
    ck_assert_uint_eq(s->mca.bank[4 + 1], (uint64_t)1 << 63 | 0x135);
    ck_assert_uint_eq(s->mca.global_status, 7);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("events");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_alignment_is_checked_for_user_programs_that_ask);
    tcase_add_test(t, test_nmi_blocks_further_ones_until_iret);
    tcase_add_test(t, test_machine_check_needs_cr4_mce_else_shuts_down);
    return machine_main(t, "events");
}
