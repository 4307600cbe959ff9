/*
 * Claim: the keyboard controller and its keyboard answer as an AT's do (IBM
 * PC/AT Technical Reference, "Keyboard Controller", "Keyboard"), typed text
 * comes out as scan codes, and the VGA shows the text in its memory from where
 * its registers say.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/devices/screen.h"
#include "tests/platform_fixture.h"

enum { DATA = 0x60, COMMAND = 0x64, LINE = 1, MEMORY_BYTES = 1 << 20 };

static struct memory dram;
static struct platform p;

static void setup(void)
{
    struct platform_config c = platform_plain_config("pc");
    struct error e;

    ck_assert_int_eq(memory_init(&dram, MEMORY_BYTES, &e), STATUS_OK);
    c.memory.dram = &dram;
    guest_memory_add(&c.memory, gpa(0), MEMORY_BYTES, hpa(0));
    ck_assert_int_eq(platform_init(&p, &c, &e), STATUS_OK);
}

static void teardown(void)
{
    platform_free(&p);
    memory_free(&dram);
}

static void command(unsigned value)
{
    port_out(&p, COMMAND, 1, value);
}

static void data(unsigned value)
{
    port_out(&p, DATA, 1, value);
}

static bool full(void)
{
    return (port_in(&p, COMMAND, 1) & 1) != 0;
}

static unsigned take(void)
{
    ck_assert(full());
    return port_in(&p, DATA, 1);
}

static void expect(const uint8_t *codes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ck_assert_uint_eq(take(), codes[i]);
    ck_assert(!full());
}

static void type(const char *text)
{
    platform_type(&p, (const uint8_t *)text, strlen(text));
}

START_TEST(test_i8042_self_tests)
{
    command(0xaa);
    ck_assert_uint_eq(take(), 0x55);
    command(0xab);
    ck_assert_uint_eq(take(), 0x00);
    command(0xa9); /* there is no second port */
    ck_assert_uint_eq(take(), 0x01);
}
END_TEST

START_TEST(test_i8042_mode_byte)
{
    command(0x60);
    data(0x41);
    command(0x20);
    ck_assert_uint_eq(take(), 0x41);
    command(0xad);
    command(0x20);
    ck_assert_uint_eq(take(), 0x51);
}
END_TEST

START_TEST(test_i8042_command_bit_follows_the_port)
{
    command(0xae);
    ck_assert_uint_eq(port_in(&p, COMMAND, 1) & 8, 8);
    data(0xee);
    ck_assert_uint_eq(port_in(&p, COMMAND, 1) & 8, 0);
    ck_assert_uint_eq(take(), 0xee);
}
END_TEST

START_TEST(test_keyboard_identifies_and_resets)
{
    static const uint8_t id[] = {0xfa, 0xab, 0x83}, passed[] = {0xfa, 0xaa};

    command(0x60);
    data(0x05); /* no translation */
    data(0xf2);
    expect(id, 3);
    data(0xff);
    expect(passed, 2);
    data(0x11); /* no such command */
    ck_assert_uint_eq(take(), 0xfe);
}
END_TEST

START_TEST(test_keyboard_types_set_1_by_translation)
{
    static const uint8_t codes[] = {0x1e, 0x9e, 0x2a, 0x30, 0xb0, 0xaa};

    type("aB");
    expect(codes, sizeof codes);
}
END_TEST

/* Up, Delete, F1, F7, Esc, and Esc before what is no sequence. */
START_TEST(test_keyboard_types_keys_that_terminals_name)
{
    static const uint8_t codes[] = {0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x53,
                                    0xe0, 0xd3, 0x3b, 0xbb, 0x41, 0xc1,
                                    0x01, 0x81, 0x2d, 0xad, 0x01, 0x81};

    type("\x1b[A\x1b[3~\x1bOP\x1b[18~\x1bx\x1b");
    expect(codes, sizeof codes);
}
END_TEST

START_TEST(test_keyboard_types_set_2_without)
{
    static const uint8_t codes[] = {0x1c, 0xf0, 0x1c, 0x14, 0x21,
                                    0xf0, 0x21, 0xf0, 0x14};

    command(0x60);
    data(0x05);
    type("a\x03"); /* Ctrl-C */
    expect(codes, sizeof codes);
}
END_TEST

START_TEST(test_keyboard_sets_agree_by_translation)
{
    char text[] = "the quick brown fox jumps over 13 lazy dogs,./;'[]\\-=`\n\t";
    uint8_t translated[400], plain[400];
    unsigned count = 0;

    /* Set 2 translated is what the keyboard sends in set 1 itself. */
    for (unsigned i = 0; text[i]; i++) {
        platform_type(&p, (const uint8_t *)&text[i], 1);
        while (full())
            translated[count++] = (uint8_t)take();
    }
    ck_assert_uint_eq(count, 2 * strlen(text));
    command(0x60);
    data(0x05);
    data(0xf0);
    ck_assert_uint_eq(take(), 0xfa);
    data(1);
    ck_assert_uint_eq(take(), 0xfa);
    count = 0;
    for (unsigned i = 0; text[i]; i++) {
        platform_type(&p, (const uint8_t *)&text[i], 1);
        while (full())
            plain[count++] = (uint8_t)take();
    }
    ck_assert_mem_eq(plain, translated, count);
}
END_TEST

START_TEST(test_keyboard_interrupts_for_each_byte)
{
    port_out(&p, 0x21, 1, 0xfd);
    type("q");
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(platform_interrupt(&p, 0), 0x09);
        platform_acknowledge(&p, 0);
        take();
        port_out(&p, 0x20, 1, 0x20);
    }
    ck_assert_int_eq(platform_interrupt(&p, 0), -1);
    ck_assert(!bus_line_high(&p.bus, LINE));
}
END_TEST

START_TEST(test_keyboard_keeps_much_text)
{
    char text[201];
    unsigned codes = 0;

    memset(text, 'z', 200);
    text[200] = '\0';
    type(text);
    while (full()) {
        take();
        codes++;
    }
    ck_assert_uint_eq(codes, 400);
}
END_TEST

START_TEST(test_i8042_pulse_and_port_92_reset)
{
    command(0xfe);
    ck_assert(p.bus.reset_requested);
    platform_reset(&p);
    ck_assert(!p.bus.reset_requested);
    port_out(&p, 0x92, 1, 0x02);
    ck_assert(!p.bus.reset_requested);
    ck_assert_uint_eq(port_in(&p, 0x92, 1), 0x02);
    port_out(&p, 0x92, 1, 0x03);
    ck_assert(p.bus.reset_requested);
}
END_TEST

START_TEST(test_screen_shows_the_text_memory)
{
    char text[SCREEN_TEXT_BYTES];
    struct screen s;

    for (unsigned i = 0; i < 80 * 25; i++)
        memcpy(dram.base + 0xb8000 + 2 * i, " \x07", 2);
    memcpy(dram.base + 0xb8000, "H\x07i\x07\xdb\x07", 6);
    memcpy(dram.base + 0xb8000 + 160 * 24, "e\x70", 2);
    ck_assert(platform_screen(&p, &s));
    ck_assert_uint_eq(s.attributes[24][0], 0x70);
    screen_text(&s, text);
    ck_assert_int_eq(strncmp(text, "Hi\xe2\x96\x88\n\n", 7), 0);
    ck_assert_str_eq(text + strlen(text) - 3, "\ne\n");
}
END_TEST

START_TEST(test_screen_scrolls_by_its_start_address)
{
    struct screen s;

    memcpy(dram.base + 0xb8000 + 160, "X\x07", 2);
    port_out(&p, 0x3d4, 2, 0x500d); /* start: 80 cells */
    port_out(&p, 0x3d4, 2, 0x530f); /* cursor: 83 */
    ck_assert(platform_screen(&p, &s));
    ck_assert_uint_eq(s.characters[0][0], 'X');
    ck_assert(s.cursor_on);
    ck_assert_uint_eq(s.cursor_row, 0);
    ck_assert_uint_eq(s.cursor_column, 3);
    port_out(&p, 0x3d4, 2, 0x200a);
    ck_assert(platform_screen(&p, &s) && !s.cursor_on);
    port_out(&p, 0x3ce, 2, 0x0106); /* graphics */
    ck_assert(!platform_screen(&p, &s));
}
END_TEST

START_TEST(test_vga_attribute_port_takes_turns)
{
    port_in(&p, 0x3da, 1);
    port_out(&p, 0x3c0, 1, 0x10);
    port_out(&p, 0x3c0, 1, 0x41);
    ck_assert_uint_eq(port_in(&p, 0x3c1, 1), 0x41);
    port_out(&p, 0x3c0, 1, 0x11);
    port_in(&p, 0x3da, 1); /* index again */
    port_out(&p, 0x3c0, 1, 0x10);
    ck_assert_uint_eq(port_in(&p, 0x3c1, 1), 0x41);
}
END_TEST

START_TEST(test_vga_palette_counts_by_bytes)
{
    port_out(&p, 0x3c8, 1, 5);
    for (unsigned i = 1; i <= 3; i++)
        port_out(&p, 0x3c9, 1, i);
    ck_assert_uint_eq(port_in(&p, 0x3c8, 1), 6);
    port_out(&p, 0x3c7, 1, 5);
    for (unsigned i = 1; i <= 3; i++)
        ck_assert_uint_eq(port_in(&p, 0x3c9, 1), i);
}
END_TEST

START_TEST(test_vga_retrace_comes_and_goes)
{
    unsigned changes = 0, before = 0;

    for (uint64_t now = 0; now < 1000000000; now += 500000) {
        unsigned seen = port_in_at(&p, now, 0x3da, 1) & 8;

        changes += seen != before;
        before = seen;
    }
    ck_assert_uint_eq(changes, 140 - 1); /* 70 frames, the last begins here */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ps2");
    TCase *tc = tcase_create("ps2");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_i8042_self_tests);
    tcase_add_test(tc, test_i8042_mode_byte);
    tcase_add_test(tc, test_i8042_command_bit_follows_the_port);
    tcase_add_test(tc, test_keyboard_identifies_and_resets);
    tcase_add_test(tc, test_keyboard_types_set_1_by_translation);
    tcase_add_test(tc, test_keyboard_types_keys_that_terminals_name);
    tcase_add_test(tc, test_keyboard_types_set_2_without);
    tcase_add_test(tc, test_keyboard_sets_agree_by_translation);
    tcase_add_test(tc, test_keyboard_interrupts_for_each_byte);
    tcase_add_test(tc, test_keyboard_keeps_much_text);
    tcase_add_test(tc, test_i8042_pulse_and_port_92_reset);
    tcase_add_test(tc, test_screen_shows_the_text_memory);
    tcase_add_test(tc, test_screen_scrolls_by_its_start_address);
    tcase_add_test(tc, test_vga_attribute_port_takes_turns);
    tcase_add_test(tc, test_vga_palette_counts_by_bytes);
    tcase_add_test(tc, test_vga_retrace_comes_and_goes);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
