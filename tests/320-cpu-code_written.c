/*
 * 320-cpu-code_written.c - claim: a store into decoded code takes effect at
 * the next jump at the latest, and instructions may straddle pages.
 *
 * Intel SDM vol. 3, "Self-Modifying Code".
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

START_TEST(test_code_patched_each_iteration_executes_the_new_bytes)
{
    /* mov ecx,4; xor eax,eax; again: inc byte [patch+2]; jmp patch;
       patch: add eax,0; loop again; hlt */
    static const uint8_t code[] = {0xb9, 0x04, 0x00, 0x00, 0x00, 0x31, 0xc0,
                                   0xfe, 0x05, 0x04, 0x00, 0x00, 0x00, 0xeb,
                                   0x00, 0x83, 0xc0, 0x00, 0xe2, 0xf3, 0xf4};

    ck_assert_int_eq(machine_execute(&m, code, sizeof code).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 1 + 2 + 3 + 4);
    ck_assert_uint_ge(m.counters.value[COUNTER_CODE_INVALIDATE], 4);
}
END_TEST

START_TEST(test_code_patching_its_own_block_executes_the_new_bytes)
{
    /* lea rdi,target; mov ecx,3; xor eax,eax; again: jmp target;
       target: add eax,1; mov byte [rdi+2],5; loop again; hlt */
    static const uint8_t code[] = {0x48, 0x8d, 0x3d, 0x09, 0x00, 0x00, 0x00,
                                   0xb9, 0x03, 0x00, 0x00, 0x00, 0x31, 0xc0,
                                   0xeb, 0x00, 0x83, 0xc0, 0x01, 0xc6, 0x47,
                                   0x02, 0x05, 0xe2, 0xf5, 0xf4};

    ck_assert_int_eq(machine_execute(&m, code, sizeof code).kind,
                     CPU_EVENT_HALT);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 1 + 5 + 5);
}
END_TEST

START_TEST(test_code_written_from_outside_is_seen)
{
    static const uint8_t first[] = {0xb0, 0x01, 0xf4};  /* mov al,1; hlt */
    static const uint8_t second[] = {0xb0, 0x02, 0xf4}; /* mov al,2; hlt */

    machine_execute(&m, first, sizeof first);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 1);
    cpu_state(m.cpu)->rip = AT_CODE;
    ck_assert(memory_copy_in(&m.dram, hpa(AT_CODE), second, sizeof second));
    cpu_code_written(m.cpu, hpa_to_hfn(hpa(AT_CODE)));
    machine_run(&m);
    ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX], 2);
}
END_TEST

START_TEST(test_instruction_across_pages_runs_and_sees_changes)
{
    static const uint8_t code[] = {0xb8, 0x44, 0x33, 0x22, 0x11, 0xf4};
    uint64_t at = AT_CODE + PAGE_BYTES - 3;

    for (unsigned i = 0; i < 3; i++) {
        uint8_t top = (uint8_t)(0x11 + i);

        machine_put(&m, at, code, sizeof code);
        machine_put(&m, at + 4, &top, 1);
        cpu_state(m.cpu)->rip = at;
        ck_assert_int_eq(machine_run(&m).kind, CPU_EVENT_HALT);
        ck_assert_uint_eq(cpu_state(m.cpu)->gpr[REG_RAX],
                          0x223344u | (uint32_t)top << 24);
        cpu_code_written(m.cpu, hpa_to_hfn(hpa(at + 5))); /* the HLT */
    }
}
END_TEST

START_TEST(test_instruction_across_pages_faults_on_the_second_page)
{
    static const uint8_t code[] = {0xb8, 0x44, 0x33};
    uint64_t at = AT_DATA - 3;

    machine_put(&m, at, code, sizeof code);
    machine_put64(&m, AT_PD + 8, 0); /* 2M to 4M is gone */
    cpu_state(m.cpu)->gpr[REG_RSP] = AT_IST1;
    cpu_state(m.cpu)->rip = at;
    machine_run(&m);
    ck_assert_int_eq(machine_halted_in(&m), VECTOR_PF);
    ck_assert_uint_eq(cpu_state(m.cpu)->cr2, AT_DATA);
    ck_assert_uint_eq(machine_get64(&m, AT_IST1 - 40), at);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("code_written");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_code_patched_each_iteration_executes_the_new_bytes);
    tcase_add_test(t, test_code_patching_its_own_block_executes_the_new_bytes);
    tcase_add_test(t, test_code_written_from_outside_is_seen);
    tcase_add_test(t, test_instruction_across_pages_runs_and_sees_changes);
    tcase_add_test(t, test_instruction_across_pages_faults_on_the_second_page);
    return machine_main(t, "code_written");
}
