/*
 * Claim: local APICs are those of the manual (Intel SDM vol. 3, "Advanced
 * Programmable Interrupt Controller (APIC)"): state transitions of APIC_BASE,
 * registers in memory and as MSRs, the error status register, interprocessor
 * interrupts to every kind of destination.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/apic_fixture.h"

START_TEST(test_apic_base_takes_legal_transitions_only)
{
    const uint64_t base = APIC_PAGE, on = 1 << 11, x2 = 1 << 10;
    uint64_t value;

    ck_assert(platform_msr_read(&p, 0, 0, 0x1b, &value));
    ck_assert_uint_eq(value, base | on | 1 << 8);
    ck_assert(platform_msr_read(&p, 1, 0, 0x1b, &value));
    ck_assert_uint_eq(value, base | on);
    ck_assert(!platform_msr_write(&p, 1, 0, 0x1b, base | x2));
    ck_assert(!platform_msr_write(&p, 1, 0, 0x1b, base | on | 1 << 9));
    ck_assert(!platform_msr_write(&p, 1, 0, 0x1b, base | on | (1ull << 60)));
    ck_assert(!platform_msr_read(&p, 1, 0, 0x802, &value)); /* xAPIC mode */
    ck_assert(platform_msr_write(&p, 1, 0, 0x1b, base | on | x2));
    ck_assert(platform_msr_read(&p, 1, 0, 0x802, &value));
    ck_assert_uint_eq(value, 1);
    ck_assert_uint_eq(apic_read(1, AT_ID), UINT32_MAX); /* no page now */
    ck_assert(!platform_msr_write(&p, 1, 0, 0x1b, base | on));
    ck_assert(platform_msr_write(&p, 1, 0, 0x1b, base));
    ck_assert(!platform_msr_write(&p, 1, 0, 0x1b, base | on | x2));
    ck_assert(platform_msr_write(&p, 1, 0, 0x1b, base | on));
    ck_assert_uint_eq(apic_read(1, AT_SVR), 0xff); /* as after power-on */
}
END_TEST

START_TEST(test_apic_page_moves_with_its_base)
{
    ck_assert(platform_msr_write(&p, 2, 0, 0x1b, 0xfed00000 | 1 << 11));
    ck_assert_uint_eq(read_at(2, 0xfed00000 + AT_ID), 2u << 24);
    ck_assert_uint_eq(apic_read(2, AT_ID), UINT32_MAX);
    ck_assert_uint_eq(apic_read(1, AT_ID), 1u << 24);
}
END_TEST

START_TEST(test_apic_page_registers_read_as_written)
{
    ck_assert_uint_eq(apic_read(0, AT_VERSION), 0x00050014);
    apic_write(0, AT_LDR, 0x12345678);
    ck_assert_uint_eq(apic_read(0, AT_LDR), 0x12000000);
    apic_write(0, AT_DFR, 0);
    ck_assert_uint_eq(apic_read(0, AT_DFR), 0x0fffffff);
    apic_write(0, AT_TPR, 0x1234);
    ck_assert_uint_eq(apic_read(0, AT_TPR), 0x34);
}
END_TEST

START_TEST(test_apic_error_status_is_latched_by_a_write)
{
    apic_write(0, AT_ERROR, 0x50);
    apic_read(0, 0x040); /* no such register */
    send(0, 1, 0x05);    /* a vector below 16 */
    ck_assert_uint_eq(apic_read(0, AT_ESR), 0);
    apic_write(0, AT_ESR, 0);
    ck_assert_uint_eq(apic_read(0, AT_ESR), 1 << 7 | 1 << 5);
    apic_write(0, AT_ESR, 0);
    ck_assert_uint_eq(apic_read(0, AT_ESR), 0);
    ck_assert_uint_eq(takers(0x50), 1);
}
END_TEST

START_TEST(test_apic_software_disable_masks_the_lvt)
{
    apic_write(0, AT_LINT0, 0x700);
    apic_write(0, AT_SVR, 0xff);
    ck_assert_uint_eq(apic_read(0, AT_LINT0), MASKED | 0x700);
    apic_write(0, AT_LINT0, 0x700);
    ck_assert_uint_eq(apic_read(0, AT_LINT0), MASKED | 0x700);
}
END_TEST

START_TEST(test_ipi_physical_destinations)
{
    send(0, 2, 0x40);
    ck_assert_uint_eq(takers(0x40), 1 << 2);
    send(0, 0xff, 0x40);
    ck_assert_uint_eq(takers(0x40), 0xf);
    send(0, 9, 0x40); /* nobody */
    ck_assert_uint_eq(takers(0x40), 0);
}
END_TEST

START_TEST(test_ipi_shorthands)
{
    send(1, 0, 0x41 | 1 << 18);
    ck_assert_uint_eq(takers(0x41), 1 << 1);
    send(1, 0, 0x41 | 2 << 18);
    ck_assert_uint_eq(takers(0x41), 0xf);
    send(1, 0, 0x41 | 3 << 18);
    ck_assert_uint_eq(takers(0x41), 0xd);
}
END_TEST

START_TEST(test_ipi_logical_flat)
{
    for (unsigned i = 0; i < CPUS; i++) {
        apic_write(i, AT_DFR, UINT32_MAX);
        apic_write(i, AT_LDR, 1u << (24 + i));
    }
    send(0, 0x0a, 0x42 | IO_LOGICAL);
    ck_assert_uint_eq(takers(0x42), 0xa);
    send(0, 0xff, 0x42 | IO_LOGICAL);
    ck_assert_uint_eq(takers(0x42), 0xf);
}
END_TEST

START_TEST(test_ipi_logical_cluster)
{
    for (unsigned i = 0; i < CPUS; i++) {
        apic_write(i, AT_DFR, 0x0fffffff);
        apic_write(i, AT_LDR, (i / 2) << 28 | 1u << (24 + i % 2));
    }
    send(0, 0x13, 0x43 | IO_LOGICAL); /* cluster 1, both */
    ck_assert_uint_eq(takers(0x43), 0xc);
    send(0, 0xf1, 0x43 | IO_LOGICAL); /* the first of every cluster */
    ck_assert_uint_eq(takers(0x43), 0x5);
}
END_TEST

START_TEST(test_ipi_lowest_priority_goes_to_one)
{
    apic_write(0, AT_TPR, 0x30);
    apic_write(1, AT_TPR, 0x20);
    apic_write(2, AT_TPR, 0x10);
    apic_write(3, AT_TPR, 0x20);
    send(0, 0xff, 0x44 | 1 << 8);
    ck_assert_uint_eq(takers(0x44), 1 << 2);
}
END_TEST

START_TEST(test_ipi_x2apic_destinations)
{
    const uint64_t base = APIC_PAGE | 1 << 11 | 1 << 10;

    for (unsigned i = 0; i < CPUS; i++)
        ck_assert(platform_msr_write(&p, i, 0, 0x1b, base));
    ck_assert(platform_msr_write(&p, 0, 0, 0x830, 3ull << 32 | 0x45));
    ck_assert_int_eq(platform_interrupt(&p, 3), 0x45);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    /* Logical: cluster 0, members 1 and 2. */
    ck_assert(
        platform_msr_write(&p, 0, 0, 0x830, 6ull << 32 | IO_LOGICAL | 0x55));
    ck_assert_int_eq(platform_interrupt(&p, 1), 0x55);
    ck_assert_int_eq(platform_interrupt(&p, 2), 0x55);
    ck_assert_int_eq(platform_interrupt(&p, 3), 0x45);
    ck_assert(platform_msr_write(&p, 2, 0, 0x83f, 0x66)); /* to itself */
    ck_assert_int_eq(platform_interrupt(&p, 2), 0x66);
    ck_assert(!platform_msr_write(&p, 0, 0, 0x830, 1u << 30));
    ck_assert(!platform_msr_write(&p, 0, 0, 0x831, 0));
}
END_TEST

START_TEST(test_ipi_nmi_init_and_startup)
{
    uint8_t vector = 0;

    send(0, 1, 4 << 8);
    ck_assert(platform_nmi_pending(&p, 1) && !platform_nmi_pending(&p, 0));
    platform_nmi_take(&p, 1);
    ck_assert(!platform_nmi_pending(&p, 1));
    apic_write(3, AT_TPR, 0x77);
    send(0, 3, 5 << 8 | 1 << 14 | LEVEL); /* INIT */
    send(0, 3, 5 << 8 | LEVEL);           /* its de-assert does nothing */
    ck_assert(platform_signalled(&p, 3) && platform_wakes(&p, 3));
    ck_assert(platform_take_init(&p, 3) && !platform_take_init(&p, 3));
    ck_assert_uint_eq(apic_read(3, AT_TPR), 0);
    send(0, 3, 6 << 8 | 0x9a); /* startup */
    ck_assert(platform_take_startup(&p, 3, &vector));
    ck_assert_uint_eq(vector, 0x9a);
    ck_assert(!platform_signalled(&p, 3));
}
END_TEST

static void add_ipis(Suite *suite)
{
    TCase *tc = tcase_create("ipi");

    tcase_add_checked_fixture(tc, apic_setup, apic_teardown);
    tcase_add_test(tc, test_ipi_physical_destinations);
    tcase_add_test(tc, test_ipi_shorthands);
    tcase_add_test(tc, test_ipi_logical_flat);
    tcase_add_test(tc, test_ipi_logical_cluster);
    tcase_add_test(tc, test_ipi_lowest_priority_goes_to_one);
    tcase_add_test(tc, test_ipi_x2apic_destinations);
    tcase_add_test(tc, test_ipi_nmi_init_and_startup);
    suite_add_tcase(suite, tc);
}

int main(void)
{
    Suite *suite = suite_create("apic");
    TCase *tc = tcase_create("registers");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, apic_setup, apic_teardown);
    tcase_add_test(tc, test_apic_base_takes_legal_transitions_only);
    tcase_add_test(tc, test_apic_page_moves_with_its_base);
    tcase_add_test(tc, test_apic_page_registers_read_as_written);
    tcase_add_test(tc, test_apic_error_status_is_latched_by_a_write);
    tcase_add_test(tc, test_apic_software_disable_masks_the_lvt);
    suite_add_tcase(suite, tc);
    add_ipis(suite);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
