/*
 * Claim: interrupt lines reach the CPUs as on a PC (Intel 82093AA data sheet;
 * MultiProcessor Specification 1.4, "Interrupt Modes"): LINT0 with the 8259s
 * behind it, edge and level inputs of the I/O APIC with remote IRR and the EOI
 * broadcast, the PCI wires, and message-signalled interrupts.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/apic_fixture.h"

START_TEST(test_virtual_wire_passes_the_8259s)
{
    apic_write(0, AT_LINT0, 0x700);
    port_out(&p, 0x21, 1, 0xef);
    set_line(4, true);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x0c);
    ck_assert_int_eq(platform_interrupt(&p, 1), -1); /* its LINT0 is masked */
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x0c);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    port_out(&p, 0x20, 1, 0x20);
    set_line(4, false);
    set_line(4, true);
    apic_write(0, AT_LINT0, MASKED | 0x700);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    apic_write(0, AT_LINT0, 0x700);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x0c);
    /* The request goes: the acknowledge cycle finds input 7. */
    set_line(4, false);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_firmware_leaves_the_first_apic_in_virtual_wire)
{
    struct platform fresh;

    platform_make(&fresh, "isa");
    port_out(&fresh, 0x21, 1, 0xfd);
    fresh.bus.device = 63;
    bus_raise_line(&fresh.bus, 1);
    port_in(&fresh, 0x80, 1);
    ck_assert_int_eq(platform_interrupt(&fresh, 0), 0x09);
    platform_free(&fresh);
}
END_TEST

START_TEST(test_lint0_fixed_by_edge)
{
    apic_write(0, AT_LINT0, 0x61);
    port_out(&p, 0x21, 1, 0xef);
    set_line(4, true);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x61);
    ck_assert_uint_eq(platform_acknowledge(&p, 0), 0x61);
    apic_write(0, AT_EOI, 0);
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
}
END_TEST

START_TEST(test_ioapic_registers)
{
    ck_assert_uint_eq(io_read(1), 0x00170020);
    ck_assert_uint_eq(io_read(0x10), MASKED);
    io_write(0, 0x0f000000);
    ck_assert_uint_eq(io_read(0), 0x0f000000);
    io_write(0x10, 0xffffffff); /* status and remote IRR are read-only */
    ck_assert_uint_eq(io_read(0x10), 0x0001afff);
    io_write(0x11, 0xffffffff);
    ck_assert_uint_eq(io_read(0x11), 0xff000000);
    ck_assert_uint_eq(io_read(0x10 + 2 * 24), 0);
}
END_TEST

START_TEST(test_ioapic_edge_sends_once)
{
    io_entry(4, 0x70, 1);
    set_line(4, true);
    ck_assert_uint_eq(takers(0x70), 1 << 1);
    ck_assert_uint_eq(takers(0x70), 0);
    set_line(4, false);
    io_entry(4, MASKED | 0x70, 1);
    set_line(4, true); /* lost */
    io_entry(4, 0x70, 1);
    ck_assert_uint_eq(takers(0x70), 0);
}
END_TEST

START_TEST(test_ioapic_timer_line_is_input_2)
{
    io_entry(2, 0x71, 0);
    io_entry(0, 0x72, 0);
    set_line(0, true);
    ck_assert_uint_eq(takers(0x72), 0);
    ck_assert_uint_eq(takers(0x71), 1);
}
END_TEST

START_TEST(test_ioapic_level_waits_for_the_eoi)
{
    io_entry(17, LEVEL | 0x73, 2);
    set_line(17, true);
    ck_assert_uint_eq(io_read(0x10 + 34) & 1 << 14, 1 << 14);
    ck_assert_int_eq(platform_interrupt(&p, 2), 0x73);
    platform_acknowledge(&p, 2);
    ck_assert_uint_eq(apic_read(2, AT_TMR + 0x30), 1u << (0x73 - 0x60));
    ck_assert_int_eq(platform_interrupt(&p, 2), -1);
    apic_write(2, AT_EOI, 0); /* the line is high still */
    ck_assert_int_eq(platform_interrupt(&p, 2), 0x73);
    platform_acknowledge(&p, 2);
    set_line(17, false);
    apic_write(2, AT_EOI, 0);
    ck_assert_int_eq(platform_interrupt(&p, 2), -1);
    ck_assert_uint_eq(io_read(0x10 + 34) & 1 << 14, 0);
}
END_TEST

START_TEST(test_ioapic_level_waits_behind_its_mask)
{
    io_entry(9, MASKED | LEVEL | 0x74, 0);
    set_line(9, true);
    ck_assert_uint_eq(takers(0x74), 0);
    io_entry(9, LEVEL | 0x74, 0);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x74);
}
END_TEST

START_TEST(test_ioapic_eoi_register_ends_by_vector)
{
    io_entry(9, LEVEL | 0x75, 0);
    set_line(9, true);
    set_line(9, false);
    ck_assert_uint_eq(io_read(0x10 + 18) & 1 << 14, 1 << 14);
    write_at(0, IOAPIC_PAGE + 0x40, 0x75);
    ck_assert_uint_eq(io_read(0x10 + 18) & 1 << 14, 0);
}
END_TEST

START_TEST(test_pci_wires_reach_both_controllers)
{
    port_out(&p, 0x4d1, 1, 0x0c);
    port_out(&p, 0x21, 1, 0xfb);
    port_out(&p, 0xa1, 1, 0xf3);
    apic_write(0, AT_LINT0, 0x700);
    set_line(17, true);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x73); /* IRQ 11 */
    set_line(17, false);
    set_line(18, true);
    ck_assert_int_eq(platform_interrupt(&p, 0), 0x72); /* IRQ 10 */
}
END_TEST

START_TEST(test_msi_is_a_message)
{
    p.bus.device = 63;
    bus_send_msi(&p.bus, 0xfee03000, 0x4076);
    bus_send_msi(&p.bus, 0xfed03000, 0x4077); /* not of the APICs */
    port_in(&p, 0x80, 1);
    ck_assert_uint_eq(takers(0x76), 1 << 3);
    ck_assert_uint_eq(takers(0x77), 0);
    ck_assert_uint_eq(p.bus.msi_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ioapic");
    TCase *tc = tcase_create("inputs");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, apic_setup, apic_teardown);
    tcase_add_test(tc, test_virtual_wire_passes_the_8259s);
    tcase_add_test(tc, test_firmware_leaves_the_first_apic_in_virtual_wire);
    tcase_add_test(tc, test_lint0_fixed_by_edge);
    tcase_add_test(tc, test_ioapic_registers);
    tcase_add_test(tc, test_ioapic_edge_sends_once);
    tcase_add_test(tc, test_ioapic_timer_line_is_input_2);
    tcase_add_test(tc, test_ioapic_level_waits_for_the_eoi);
    tcase_add_test(tc, test_ioapic_level_waits_behind_its_mask);
    tcase_add_test(tc, test_ioapic_eoi_register_ends_by_vector);
    tcase_add_test(tc, test_pci_wires_reach_both_controllers);
    tcase_add_test(tc, test_msi_is_a_message);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
