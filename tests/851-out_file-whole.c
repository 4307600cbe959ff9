/*
 * Claim: an output file is written whole or not at all, and a path that
 * cannot be written is refused before anything runs.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/machine/out_file.h"

struct place {
    char folder[64], path[128];
};

static void place_init(struct place *p)
{
    strcpy(p->folder, "/tmp/ringside-out-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->folder));
    snprintf(p->path, sizeof p->path, "%s/result", p->folder);
}

/* The folder must be empty again: no temporary file is left. */
static void place_free(const struct place *p)
{
    unlink(p->path);
    ck_assert_int_eq(rmdir(p->folder), 0);
}

START_TEST(test_out_file_commit_makes_it_appear)
{
    struct place p;
    struct out_file f;
    struct error e;
    char text[16] = "";
    FILE *in;

    place_init(&p);
    ck_assert_int_eq(out_file_open(&f, p.path, &e), STATUS_OK);
    fputs("whole", f.stream);
    ck_assert_int_ne(access(p.path, F_OK), 0);
    ck_assert_int_eq(out_file_commit(&f, &e), STATUS_OK);
    in = fopen(p.path, "r");
    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, in));
    fclose(in);
    ck_assert_str_eq(text, "whole");
    place_free(&p);
}
END_TEST

START_TEST(test_out_file_abandon_leaves_the_old)
{
    struct place p;
    struct out_file f;
    struct error e;
    struct stat st;
    FILE *old;

    place_init(&p);
    old = fopen(p.path, "w");
    fputs("old", old);
    fclose(old);
    ck_assert_int_eq(out_file_open(&f, p.path, &e), STATUS_OK);
    fputs("half of the new", f.stream);
    out_file_abandon(&f);
    ck_assert_int_eq(stat(p.path, &st), 0);
    ck_assert_int_eq(st.st_size, 3);
    place_free(&p);
}
END_TEST

START_TEST(test_out_file_bad_path_is_named)
{
    struct out_file f;
    struct error e;

    ck_assert_int_eq(out_file_open(&f, "/no/such/folder/x", &e), STATUS_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, "/no/such/folder/x"));
    ck_assert_ptr_null(f.stream);
    out_file_abandon(&f);
}
END_TEST

START_TEST(test_out_file_device_is_written_not_replaced)
{
    struct out_file f;
    struct error e;
    struct stat st;

    ck_assert_int_eq(out_file_open(&f, "/dev/full", &e), STATUS_OK);
    ck_assert_str_eq(f.temporary, "");
    fputs("text", f.stream);
    ck_assert_int_eq(out_file_commit(&f, &e), STATUS_FILE);
    ck_assert_int_eq(stat("/dev/full", &st), 0);
    ck_assert(S_ISCHR(st.st_mode));
}
END_TEST

START_TEST(test_out_file_symbolic_link_stays)
{
    struct place p;
    struct out_file f;
    struct error e;
    struct stat st;
    char link_path[128];

    place_init(&p);
    snprintf(link_path, sizeof link_path, "%s/link", p.folder);
    fclose(fopen(p.path, "w"));
    ck_assert_int_eq(symlink("result", link_path), 0);
    ck_assert_int_eq(out_file_open(&f, link_path, &e), STATUS_OK);
    fputs("new", f.stream);
    ck_assert_int_eq(out_file_commit(&f, &e), STATUS_OK);
    ck_assert_int_eq(lstat(link_path, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert_int_eq(stat(p.path, &st), 0);
    ck_assert_int_eq(st.st_size, 3);
    unlink(link_path);
    place_free(&p);
}
END_TEST

START_TEST(test_out_file_folder_is_refused_at_once)
{
    struct out_file f;
    struct error e;

    ck_assert_int_eq(out_file_open(&f, "/tmp", &e), STATUS_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, "/tmp: cannot be written"));
    ck_assert_ptr_null(f.stream);
}
END_TEST

START_TEST(test_out_file_full_disk_is_an_error)
{
    struct place p;
    struct out_file f;
    struct error e;

    place_init(&p);
    ck_assert_int_eq(out_file_open(&f, p.path, &e), STATUS_OK);
    ck_assert_ptr_nonnull(freopen("/dev/full", "w", f.stream));
    fputs("text", f.stream);
    ck_assert_int_eq(out_file_commit(&f, &e), STATUS_FILE);
    ck_assert_int_ne(access(p.path, F_OK), 0);
    place_free(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("out_file");
    TCase *tc = tcase_create("whole");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_out_file_commit_makes_it_appear);
    tcase_add_test(tc, test_out_file_abandon_leaves_the_old);
    tcase_add_test(tc, test_out_file_bad_path_is_named);
    tcase_add_test(tc, test_out_file_device_is_written_not_replaced);
    tcase_add_test(tc, test_out_file_symbolic_link_stays);
    tcase_add_test(tc, test_out_file_folder_is_refused_at_once);
    tcase_add_test(tc, test_out_file_full_disk_is_an_error);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
