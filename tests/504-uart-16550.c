/*
 * Claim: the serial port is a 16550A (PC16550D data sheet): FIFOs and their
 * trigger levels, the interrupt reasons in their order and how each ends, the
 * loop-back, the timeout, and OUT2 as the gate of the line.
 */
#include <check.h>
#include <stdlib.h>

#include "tests/platform_fixture.h"

enum {
    DATA = 0x3f8,
    IER = 0x3f9,
    IIR = 0x3fa,
    LCR = 0x3fb,
    MCR = 0x3fc,
    LSR = 0x3fd,
    MSR = 0x3fe,
    SCR = 0x3ff,
    LINE = 4,
};

static struct platform p;

static void out(unsigned port, unsigned value)
{
    port_out(&p, (uint16_t)port, 1, value);
}

static unsigned in(unsigned port)
{
    return port_in(&p, (uint16_t)port, 1);
}

static bool line(void)
{
    return bus_line_high(&p.bus, LINE);
}

/* Lets the line be silent, or speak, for so many characters' time. */
static void wait_characters(unsigned count)
{
    uint64_t end = p.bus.now_cycle + count * 86806ull;

    while (platform_next_cycle(&p, 0) <= end)
        platform_advance(&p, 0, platform_next_cycle(&p, 0));
    platform_advance(&p, 0, end);
}

static void setup(void)
{
    platform_make(&p, "isa");
    out(LCR, 0x83); /* 115200 baud, 8 data bits */
    out(DATA, 1);
    out(IER, 0);
    out(LCR, 0x03);
    out(MCR, 0x0b);
}

static void teardown(void)
{
    platform_free(&p);
}

START_TEST(test_uart_registers_keep_what_they_have)
{
    out(SCR, 0xa5);
    out(IER, 0xff);
    ck_assert_uint_eq(in(SCR), 0xa5);
    ck_assert_uint_eq(in(IER), 0x0f);
    ck_assert_uint_eq(in(LCR), 0x03);
    ck_assert_uint_eq(in(MCR), 0x0b);
    out(LCR, 0x83);
    ck_assert_uint_eq(in(DATA), 1);
    ck_assert_uint_eq(in(IER), 0);
}
END_TEST

START_TEST(test_uart_fifo_shows_in_the_reason)
{
    ck_assert_uint_eq(in(IIR), 0x01);
    out(IIR, 0x01);
    ck_assert_uint_eq(in(IIR), 0xc1);
    out(IIR, 0x00);
    ck_assert_uint_eq(in(IIR), 0x01);
}
END_TEST

START_TEST(test_uart_empty_interrupt_comes_when_enabled)
{
    ck_assert(!line());
    out(IER, 0x02);
    ck_assert(line());
    ck_assert_uint_eq(in(IIR), 0x02); /* reading the reason ends it */
    ck_assert(!line());
    ck_assert_uint_eq(in(IIR), 0x01);
    out(DATA, 'x'); /* sent at once: empty again */
    ck_assert_uint_eq(in(IIR), 0x02);
    out(IER, 0x02); /* writing IER raises it again */
    ck_assert_uint_eq(in(IIR), 0x02);
    ck_assert_uint_eq(p.bus.console.bytes, 1);
    ck_assert_uint_eq(in(LSR), 0x60);
}
END_TEST

START_TEST(test_uart_out2_gates_the_line)
{
    out(IER, 0x02);
    out(MCR, 0x03);
    ck_assert(!line());
    out(MCR, 0x0b);
    ck_assert(line());
}
END_TEST

START_TEST(test_uart_receives_at_the_baud_rate)
{
    platform_input(&p, (const uint8_t *)"ab", 2);
    ck_assert_uint_eq(in(LSR), 0x61);
    ck_assert_uint_eq(in(DATA), 'a');
    ck_assert_uint_eq(in(LSR), 0x60); /* the next one is on the wire */
    wait_characters(1);
    ck_assert_uint_eq(in(DATA), 'b');
}
END_TEST

START_TEST(test_uart_without_fifo_holds_one)
{
    platform_input(&p, (const uint8_t *)"abc", 3);
    out(IER, 0x01);
    wait_characters(10);
    ck_assert(line());
    ck_assert_uint_eq(in(IIR), 0x04);
    ck_assert_uint_eq(in(DATA), 'a');
    ck_assert_uint_eq(in(LSR)&0x02, 0); /* no overrun: the rest waited */
    wait_characters(2);
    ck_assert_uint_eq(in(DATA), 'b');
}
END_TEST

START_TEST(test_uart_trigger_level_and_timeout)
{
    out(IIR, 0x81); /* FIFO, 8 bytes */
    out(IER, 0x01);
    platform_input(&p, (const uint8_t *)"0123456789", 10);
    wait_characters(5);
    ck_assert(!line());
    wait_characters(3);
    ck_assert(line());
    ck_assert_uint_eq(in(IIR), 0xc4);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(in(DATA), '0' + i);
    ck_assert(!line());
    wait_characters(3);
    ck_assert_uint_eq(in(IIR), 0xc1);
    wait_characters(5); /* four silent ones */
    ck_assert_uint_eq(in(IIR), 0xcc);
    ck_assert_uint_eq(in(DATA), '8');
    ck_assert_uint_eq(in(IIR), 0xc1);
    ck_assert_uint_eq(in(DATA), '9');
    ck_assert_uint_eq(in(LSR), 0x60);
}
END_TEST

START_TEST(test_uart_fifo_holds_sixteen)
{
    out(IIR, 0xc1);
    platform_input(&p, (const uint8_t *)"abcdefghijklmnopqrst", 20);
    wait_characters(40);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(in(DATA), 'a' + i);
    out(IIR, 0x03); /* clear the receiver */
    ck_assert_uint_eq(in(LSR)&1, 0);
}
END_TEST

START_TEST(test_uart_listens_only_when_somebody_reads)
{
    out(MCR, 0x08);
    platform_input(&p, (const uint8_t *)"a", 1);
    wait_characters(4);
    ck_assert_uint_eq(in(LSR)&1, 0);
    ck_assert_uint_eq(input_waiting(&p.bus.input), 1);
    out(MCR, 0x09);
    wait_characters(1);
    ck_assert_uint_eq(in(LSR)&1, 1);
}
END_TEST

START_TEST(test_uart_loops_back)
{
    out(MCR, 0x1a);
    ck_assert_uint_eq(in(MSR)&0xf0, 0x90); /* RTS is CTS, OUT2 is DCD */
    out(DATA, 0x5a);
    ck_assert_uint_eq(in(LSR)&1, 1);
    ck_assert_uint_eq(in(DATA), 0x5a);
    ck_assert_uint_eq(p.bus.console.bytes, 0);
    out(DATA, 1);
    out(DATA, 2); /* nobody took the first */
    ck_assert_uint_eq(in(LSR)&0x02, 0x02);
    ck_assert_uint_eq(in(LSR)&0x02, 0);
}
END_TEST

START_TEST(test_uart_modem_changes_interrupt)
{
    in(MSR);
    out(IER, 0x08);
    ck_assert_uint_eq(in(IIR), 0x01);
    out(MCR, 0x1b); /* DCD, DSR and CTS stay as loop-back has them */
    out(MCR, 0x19); /* CTS falls */
    ck_assert_uint_eq(in(IIR), 0x00);
    ck_assert_uint_eq(in(MSR)&0x0f, 0x01);
    ck_assert_uint_eq(in(IIR), 0x01);
}
END_TEST

START_TEST(test_uart_reasons_have_an_order)
{
    out(IER, 0x0f);
    out(MCR, 0x10);
    out(DATA, 1);
    out(DATA, 2); /* overrun */
    ck_assert_uint_eq(in(IIR), 0x06);
    in(LSR);
    ck_assert_uint_eq(in(IIR), 0x04);
    in(DATA);
    ck_assert_uint_eq(in(IIR), 0x02);
    ck_assert_uint_eq(in(IIR), 0x00);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uart");
    TCase *tc = tcase_create("uart");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_uart_registers_keep_what_they_have);
    tcase_add_test(tc, test_uart_fifo_shows_in_the_reason);
    tcase_add_test(tc, test_uart_empty_interrupt_comes_when_enabled);
    tcase_add_test(tc, test_uart_out2_gates_the_line);
    tcase_add_test(tc, test_uart_receives_at_the_baud_rate);
    tcase_add_test(tc, test_uart_without_fifo_holds_one);
    tcase_add_test(tc, test_uart_trigger_level_and_timeout);
    tcase_add_test(tc, test_uart_fifo_holds_sixteen);
    tcase_add_test(tc, test_uart_listens_only_when_somebody_reads);
    tcase_add_test(tc, test_uart_loops_back);
    tcase_add_test(tc, test_uart_modem_changes_interrupt);
    tcase_add_test(tc, test_uart_reasons_have_an_order);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
