/*
 * Claim: the PCI bus answers as the specification says (PCI Local Bus 3.0,
 * "Configuration Mechanism #1", "Base Addresses", "Capabilities List"): who is
 * there, what a guest can write, sizing of base addresses, accesses within
 * them, and the reset control register at 0xcf9.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/platform_fixture.h"

enum { ADDRESS = 0xcf8, DATA = 0xcfc };

static struct platform p;

static void setup(void)
{
    platform_make(&p, "pc");
}

static void teardown(void)
{
    platform_free(&p);
}

static uint32_t config_read(unsigned slot, unsigned function, unsigned at,
                            unsigned bytes)
{
    port_out(&p, ADDRESS, 4,
             1u << 31 | slot << 11 | function << 8 | (at & 0xfc));
    return port_in(&p, (uint16_t)(DATA + (at & 3)), bytes);
}

static void config_write(unsigned slot, unsigned at, unsigned bytes,
                         uint32_t value)
{
    port_out(&p, ADDRESS, 4, 1u << 31 | slot << 11 | (at & 0xfc));
    port_out(&p, (uint16_t)(DATA + (at & 3)), bytes, value);
}

/* A function of the 8254's, which does not mind. */
static struct pci_function *add_function(void)
{
    static const struct pci_identity id = {
        .slot = 21, .vendor = 0x1234, .device = 0x5678, .pin = 1};

    return pci_add(&p.bus.pci, DEVICE_PIT, &id);
}

START_TEST(test_pci_bridges_are_there)
{
    ck_assert_uint_eq(config_read(0, 0, 0, 4), 0x12378086);
    ck_assert_uint_eq(config_read(0, 0, 0x0a, 2), 0x0600);
    ck_assert_uint_eq(config_read(1, 0, 0, 4), 0x70008086);
    ck_assert_uint_eq(config_read(1, 0, 0x0a, 2), 0x0601);
    ck_assert_uint_eq(config_read(1, 0, 0x0e, 1), 0x80);
    ck_assert_uint_eq(config_read(9, 0, 0, 4), UINT32_MAX);
}
END_TEST

START_TEST(test_pci_address_takes_32_bits_alone)
{
    port_out(&p, ADDRESS, 4, 0x80000000);
    port_out(&p, ADDRESS, 1, 0x55);
    port_out(&p, ADDRESS, 2, 0x5555);
    ck_assert_uint_eq(port_in(&p, ADDRESS, 4), 0x80000000);
    port_out(&p, ADDRESS, 4, 0); /* not enabled: nobody answers */
    ck_assert_uint_eq(port_in(&p, DATA, 4), UINT32_MAX);
}
END_TEST

START_TEST(test_pci_other_buses_are_empty)
{
    port_out(&p, ADDRESS, 4, 1u << 31 | 1 << 16);
    ck_assert_uint_eq(port_in(&p, DATA, 4), UINT32_MAX);
}
END_TEST

START_TEST(test_pci_header_is_read_only_but_for_its_controls)
{
    add_function();
    config_write(21, 0, 4, 0);
    config_write(21, 4, 4, UINT32_MAX);
    config_write(21, 0x3c, 4, 0x0705);
    ck_assert_uint_eq(config_read(21, 0, 0, 4), 0x56781234);
    ck_assert_uint_eq(config_read(21, 0, 4, 2), 0x0547);
    ck_assert_uint_eq(config_read(21, 0, 0x3c, 2), 0x0105);
}
END_TEST

START_TEST(test_pci_base_address_tells_its_size)
{
    static const struct pci_bar memory = {.bytes = 0x4000};
    static const struct pci_bar ports = {.bytes = 0x20, .io = true};
    struct pci_function *f = add_function();
    uint32_t before, at;

    pci_add_bar(&p.bus.pci, f, 0, &memory);
    pci_add_bar(&p.bus.pci, f, 1, &ports);
    before = config_read(21, 0, 0x10, 4);
    ck_assert_uint_eq(before % 0x4000, 0);
    ck_assert_uint_ge(before, 0xe0000000);
    config_write(21, 0x10, 4, UINT32_MAX);
    config_write(21, 0x14, 4, UINT32_MAX);
    config_write(21, 0x18, 4, UINT32_MAX);
    ck_assert_uint_eq(config_read(21, 0, 0x10, 4), 0xffffc000);
    ck_assert_uint_eq(config_read(21, 0, 0x14, 4), 0xffffffe1);
    ck_assert_uint_eq(config_read(21, 0, 0x18, 4), 0);
    config_write(21, 0x10, 4, before);
    ck_assert(pci_bar_address(f, 0, &at));
    ck_assert_uint_eq(at, before);
    config_write(21, 4, 2, 0); /* decoding off */
    ck_assert(!pci_bar_address(f, 0, &at));
}
END_TEST

START_TEST(test_pci_base_address_reaches_its_device)
{
    static const struct pci_bar ports = {.bytes = 4, .io = true};
    struct pci_function *f = add_function();

    /* The 8254 takes any range but its own for counters. */
    pci_add_bar(&p.bus.pci, f, 0, &ports);
    config_write(21, 0x10, 4, 0xd000);
    ck_assert_uint_eq(port_in(&p, 0xd003, 1), 0xff);
    port_out(&p, 0xd003, 1, 0x30);
    port_out(&p, 0xd000, 1, 0x34);
    port_out(&p, 0xd000, 1, 0x12);
    port_out(&p, 0x43, 1, 0x00);
    ck_assert_uint_eq(port_in(&p, 0x40, 1), 0x34);
    config_write(21, 4, 2, 0);
    ck_assert_uint_eq(port_in(&p, 0xd000, 4), UINT32_MAX);
}
END_TEST

START_TEST(test_pci_capabilities_are_a_list)
{
    static const uint8_t data[8] = {0, 0, 1, 2, 3, 4, 5, 6};
    static const uint8_t writable[8] = {0, 0, 0, 0xf0, 0, 0, 0, 0};
    struct pci_function *f = add_function();
    unsigned first, second;

    first = pci_add_capability(
        f, &(struct pci_capability){0x09, 8, data, writable});
    second =
        pci_add_capability(f, &(struct pci_capability){0x11, 8, data, NULL});
    ck_assert_uint_eq(config_read(21, 0, 6, 1) & 0x10, 0x10);
    ck_assert_uint_eq(config_read(21, 0, 0x34, 1), second);
    ck_assert_uint_eq(config_read(21, 0, second, 2), 0x11 | first << 8);
    ck_assert_uint_eq(config_read(21, 0, first, 4), 0x02010009);
    config_write(21, first, 4, UINT32_MAX);
    ck_assert_uint_eq(config_read(21, 0, first, 4), 0xf2010009);
    while (pci_add_capability(f, &(struct pci_capability){9, 8, data, NULL}))
        ;
    ck_assert_uint_le(f->free, 252); /* full, not overrun */
}
END_TEST

START_TEST(test_pci_interrupt_line_is_the_wire)
{
    const struct pci_function *f = add_function();

    ck_assert_uint_eq(pci_function_line(f), 17); /* slot 21, pin A */
    ck_assert_uint_eq(config_read(21, 0, 0x3c, 1), 11);
}
END_TEST

START_TEST(test_pci_functions_are_bounded)
{
    unsigned added = 0;

    while (add_function())
        added++;
    ck_assert_uint_le(added, PCI_FUNCTIONS);
}
END_TEST

START_TEST(test_reset_control_asks_for_a_reset)
{
    port_out(&p, 0xcf9, 1, 0x02);
    ck_assert(!p.bus.reset_requested);
    port_out(&p, 0xcf9, 1, 0x06);
    ck_assert(p.bus.reset_requested && platform_ended(&p));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pci");
    TCase *tc = tcase_create("pci");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_pci_bridges_are_there);
    tcase_add_test(tc, test_pci_address_takes_32_bits_alone);
    tcase_add_test(tc, test_pci_other_buses_are_empty);
    tcase_add_test(tc, test_pci_header_is_read_only_but_for_its_controls);
    tcase_add_test(tc, test_pci_base_address_tells_its_size);
    tcase_add_test(tc, test_pci_base_address_reaches_its_device);
    tcase_add_test(tc, test_pci_capabilities_are_a_list);
    tcase_add_test(tc, test_pci_interrupt_line_is_the_wire);
    tcase_add_test(tc, test_pci_functions_are_bounded);
    tcase_add_test(tc, test_reset_control_asks_for_a_reset);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
