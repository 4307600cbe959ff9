/*
 * The line that is typed at the screen's prompt: every editing key, the
 * lines typed before, and nothing beyond its room.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "visualizer/line_edit.h"
#include "visualizer/screen.h"

static struct line_edit line;

static void type(const char *text)
{
    while (*text)
        ck_assert(line_edit_key(&line, (unsigned char)*text++));
}

static void begin(char prompt, const char *text)
{
    line_edit_begin(&line, prompt);
    type(text);
}

static void press(unsigned key)
{
    ck_assert(line_edit_key(&line, key));
}

START_TEST(test_line_edit_cursor_moves_and_inserts)
{
    begin(':', "bc");
    press(SCREEN_HOME);
    type("a");
    press(SCREEN_END);
    type("e");
    press(SCREEN_LEFT);
    type("d");
    press('A' - '@');
    press(SCREEN_LEFT); /* there is nothing before */
    press(SCREEN_RIGHT);
    type("-");
    press('E' - '@');
    press(SCREEN_RIGHT);
    type("!");
    ck_assert_str_eq(line.text, "a-bcde!");
}
END_TEST

START_TEST(test_line_edit_erases_characters_words_ends)
{
    begin(':', "set tlb.l2.entries  64");
    press('W' - '@');
    ck_assert_str_eq(line.text, "set tlb.l2.entries  ");
    press('W' - '@');
    ck_assert_str_eq(line.text, "set ");
    press(SCREEN_BACKSPACE);
    press(SCREEN_HOME);
    press(SCREEN_DELETE);
    ck_assert_str_eq(line.text, "et");
    press(SCREEN_RIGHT);
    press('K' - '@');
    ck_assert_str_eq(line.text, "e");
    press('U' - '@');
    press('U' - '@');
    press(SCREEN_DELETE);
    ck_assert_str_eq(line.text, "");
    ck_assert(!line_edit_key(&line, SCREEN_BACKSPACE));
}
END_TEST

START_TEST(test_line_edit_past_is_of_the_same_prompt)
{
    begin(':', "view walk");
    line_edit_keep(&line);
    begin('g', "user");
    line_edit_keep(&line);
    begin(':', "view tlb");
    line_edit_keep(&line);
    begin(':', "new");
    press(SCREEN_UP);
    ck_assert_str_eq(line.text, "view tlb");
    press(SCREEN_UP);
    ck_assert_str_eq(line.text, "view walk");
    press(SCREEN_UP);
    ck_assert_str_eq(line.text, "view walk");
    press(SCREEN_DOWN);
    press(SCREEN_DOWN);
    ck_assert_str_eq(line.text, "new");
    press(SCREEN_DOWN);
    ck_assert_str_eq(line.text, "new");
}
END_TEST

/* More lines than are kept, and lines longer than there is room for. */
START_TEST(test_line_edit_keeps_within_its_bounds)
{
    for (int i = 0; i < 3 * LINE_HISTORY; i++) {
        begin(':', i % 2 ? "odd" : "even");
        line_edit_keep(&line);
        line_edit_begin(&line, ':');
        line_edit_keep(&line); /* empty: not kept */
    }
    ck_assert_uint_eq(line.past_count, LINE_HISTORY);
    ck_assert_str_eq(line.past[LINE_HISTORY - 1].text, "odd");
    begin(':', "");
    for (int i = 0; i < 2 * LINE_BYTES; i++)
        type("xy");
    ck_assert_uint_eq(strlen(line.text), LINE_BYTES - 1);
    ck_assert_uint_eq(line.cursor, LINE_BYTES - 1);
    line_edit_replace(&line, 1, "abc");
    ck_assert_str_eq(line.text, "xabc");
}
END_TEST

START_TEST(test_line_edit_refuses_what_is_no_key_of_its)
{
    begin(':', "a");
    ck_assert(!line_edit_key(&line, SCREEN_PAGE_UP));
    ck_assert(!line_edit_key(&line, 0x7f));
    ck_assert(!line_edit_key(&line, 0xe9)); /* names are ASCII */
    ck_assert_str_eq(line.text, "a");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line_edit");
    TCase *tcase = tcase_create("keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_line_edit_cursor_moves_and_inserts);
    tcase_add_test(tcase, test_line_edit_erases_characters_words_ends);
    tcase_add_test(tcase, test_line_edit_past_is_of_the_same_prompt);
    tcase_add_test(tcase, test_line_edit_keeps_within_its_bounds);
    tcase_add_test(tcase, test_line_edit_refuses_what_is_no_key_of_its);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
