/*
 * Claim: a bundle is a newc archive that any reader takes: every path once,
 * parents first, the same bytes every time; files, directories and links of
 * the host travel to their paths.
 *
 * Source: Linux "initramfs buffer format".
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "workloads/load/bundle.h"

/* One record as a reader of its own sees it. */
struct entry {
    const char *name;
    unsigned mode, bytes, mtime, inode;
    const uint8_t *data;
};

static unsigned field(const uint8_t *header, unsigned index)
{
    char text[9];

    memcpy(text, header + 6 + 8 * index, 8);
    text[8] = '\0';
    return (unsigned)strtoul(text, NULL, 16);
}

/* Reads the record at *at and moves behind it; false at the trailer. */
static bool next_entry(const struct bundle *b, size_t *at, struct entry *entry)
{
    const uint8_t *h = b->data + *at;
    size_t name_at = *at + 110;
    size_t data_at;

    ck_assert_uint_le(name_at, b->bytes);
    ck_assert(memcmp(h, "070701", 6) == 0);
    data_at = (name_at + field(h, 11) + 3) / 4 * 4;
    *entry = (struct entry){.name = (const char *)b->data + name_at,
                            .inode = field(h, 0),
                            .mode = field(h, 1),
                            .mtime = field(h, 5),
                            .bytes = field(h, 6),
                            .data = b->data + data_at};
    if (entry->bytes < 4096)
        ck_assert_uint_eq(strlen(entry->name) + 1, field(h, 11));
    else
        ck_assert_uint_eq(data_at % 4096, 0);
    ck_assert_uint_le(field(h, 11), 4096);
    ck_assert_int_eq(entry->name[field(h, 11) - 1], 0);
    *at = (data_at + entry->bytes + 3) / 4 * 4;
    ck_assert_uint_le(*at, b->bytes);
    return strcmp(entry->name, "TRAILER!!!") != 0;
}

/* How often name is in the archive; *found is the last. */
static unsigned find(const struct bundle *b, const char *name,
                     struct entry *found)
{
    struct entry entry;
    unsigned count = 0;

    for (size_t at = 0; next_entry(b, &at, &entry);)
        if (strcmp(entry.name, name) == 0) {
            *found = entry;
            count++;
        }
    return count;
}

static void add(struct bundle *b, const char *path, const char *text)
{
    struct error e;

    ck_assert_int_eq(bundle_add(b,
                                &(struct bundle_item){path, S_IFREG | 0644,
                                                      text, strlen(text)},
                                &e),
                     STATUS_OK);
}

START_TEST(test_bundle_file_makes_parents_once)
{
    struct bundle b;
    struct entry entry;
    struct error e;
    size_t at = 0;

    bundle_init(&b);
    add(&b, "/a/b/one", "1");
    add(&b, "/a/b/two", "22");
    ck_assert_int_eq(bundle_finish(&b, &e), STATUS_OK);
    ck_assert_uint_eq(find(&b, "a", &entry), 1);
    ck_assert(S_ISDIR(entry.mode));
    ck_assert_uint_eq(find(&b, "a/b", &entry), 1);
    ck_assert_uint_eq(find(&b, "a/b/two", &entry), 1);
    ck_assert_uint_eq(entry.bytes, 2);
    ck_assert_mem_eq(entry.data, "22", 2);
    ck_assert_uint_eq(entry.mtime, 0);
    ck_assert(next_entry(&b, &at, &entry));
    ck_assert_str_eq(entry.name, "a");
    ck_assert_uint_eq(b.bytes % 4, 0);
    bundle_free(&b);
}
END_TEST

START_TEST(test_bundle_second_addition_is_dropped)
{
    struct bundle b;
    struct entry entry;
    struct error e;

    bundle_init(&b);
    add(&b, "/file", "first");
    add(&b, "/file", "other");
    ck_assert_int_eq(bundle_finish(&b, &e), STATUS_OK);
    ck_assert_uint_eq(find(&b, "file", &entry), 1);
    ck_assert_mem_eq(entry.data, "first", 5);
    bundle_free(&b);
}
END_TEST

START_TEST(test_bundle_many_names_are_all_found)
{
    struct bundle b;
    char path[32];

    bundle_init(&b);
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(path, sizeof path, "/d%u/f%u", i % 7, i);
        add(&b, path, path);
    }
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(path, sizeof path, "/d%u/f%u", i % 7, i);
        ck_assert(bundle_has(&b, path));
    }
    ck_assert(!bundle_has(&b, "/d0/f1"));
    bundle_free(&b);
}
END_TEST

START_TEST(test_bundle_over_limit_is_refused)
{
    static const uint8_t byte = 0;
    struct bundle b;
    struct error e;

    bundle_init(&b);
    ck_assert_int_eq(
        bundle_add(&b,
                   &(struct bundle_item){"/big", S_IFREG | 0644, &byte,
                                         BUNDLE_LIMIT_BYTES},
                   &e),
        STATUS_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, "256 MiB"));
    bundle_free(&b);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

/* Makes tree/sub/{b,a}, tree/link -> sub/a, and changes into its parent. */
static void make_tree(char *folder)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("tree", 0755), 0);
    ck_assert_int_eq(mkdir("tree/sub", 0755), 0);
    write_file("tree/sub/b", "bee");
    write_file("tree/sub/a", "ay");
    ck_assert_int_eq(symlink("sub/a", "tree/link"), 0);
    ck_assert_int_eq(symlink("../tree", "tree/loop"), 0);
    ck_assert_int_eq(mkfifo("tree/pipe", 0644), 0);
}

static void remove_tree(const char *folder)
{
    unlink("tree/pipe");
    unlink("tree/loop");
    unlink("tree/link");
    unlink("tree/sub/a");
    unlink("tree/sub/b");
    rmdir("tree/sub");
    rmdir("tree");
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(folder);
}

static void add_tree(struct bundle *b, const char *folder)
{
    char host[128];
    struct error e;

    bundle_init(b);
    snprintf(host, sizeof host, "%s/tree", folder);
    ck_assert_int_eq(bundle_add_host(b, "/t/tree", host, &e), STATUS_OK);
    ck_assert_int_eq(bundle_finish(b, &e), STATUS_OK);
}

START_TEST(test_bundle_host_tree_travels)
{
    char folder[] = "/tmp/ringside-bundle-XXXXXX";
    struct bundle b, again;
    struct entry entry;

    make_tree(folder);
    add_tree(&b, folder);
    ck_assert_uint_eq(find(&b, "t/tree/sub/a", &entry), 1);
    ck_assert_mem_eq(entry.data, "ay", 2);
    ck_assert_uint_eq(find(&b, "t/tree/link", &entry), 1);
    ck_assert(S_ISLNK(entry.mode));
    ck_assert_mem_eq(entry.data, "sub/a", 5);
    ck_assert_uint_eq(find(&b, "t/tree/loop", &entry), 1);
    ck_assert_uint_eq(find(&b, "t/tree/pipe", &entry), 0);
    add_tree(&again, folder);
    ck_assert_uint_eq(b.bytes, again.bytes);
    ck_assert_mem_eq(b.data, again.data, b.bytes);
    bundle_free(&b);
    bundle_free(&again);
    remove_tree(folder);
}
END_TEST

/* As on most systems, where /bin is a link to usr/bin: loop -> ../tree. */
START_TEST(test_bundle_linked_folder_stays_a_link)
{
    char folder[] = "/tmp/ringside-bundle-XXXXXX", path[128], real[128];
    struct bundle b;
    struct error e;

    make_tree(folder);
    snprintf(path, sizeof path, "%s/tree/loop/sub/a", folder);
    snprintf(real, sizeof real, "%s/tree/sub/a", folder);
    bundle_init(&b);
    ck_assert_int_eq(bundle_add_host(&b, path, path, &e), STATUS_OK);
    ck_assert(!bundle_has(&b, path));
    ck_assert(bundle_has(&b, real));
    ck_assert(!bundle_is_link(&b, real));
    snprintf(path, sizeof path, "%s/tree/loop", folder);
    ck_assert(bundle_is_link(&b, path));
    bundle_free(&b);
    remove_tree(folder);
}
END_TEST

START_TEST(test_bundle_folder_made_before_stays_a_directory)
{
    char folder[] = "/tmp/ringside-bundle-XXXXXX", path[128], loop[128];
    struct bundle_item directory = {.path = loop, .mode = S_IFDIR | 0755};
    struct bundle b;
    struct error e;

    make_tree(folder);
    snprintf(loop, sizeof loop, "%s/tree/loop", folder);
    snprintf(path, sizeof path, "%s/tree/loop/sub/a", folder);
    bundle_init(&b);
    ck_assert_int_eq(bundle_add(&b, &directory, &e), STATUS_OK);
    ck_assert_int_eq(bundle_add_host(&b, path, path, &e), STATUS_OK);
    ck_assert(!bundle_is_link(&b, loop));
    ck_assert(bundle_has(&b, path));
    bundle_free(&b);
    remove_tree(folder);
}
END_TEST

/* What a link points at beside the tree stays where it is. */
START_TEST(test_bundle_tree_follows_no_link)
{
    char folder[] = "/tmp/ringside-bundle-XXXXXX";
    unsigned unreadable = 7;
    char host[128];
    struct bundle b;
    struct entry entry;
    struct error e;

    make_tree(folder);
    write_file("beside", "not given");
    ck_assert_int_eq(symlink("../beside", "tree/out"), 0);
    ck_assert_int_eq(chmod("tree/sub", 01750), 0);
    bundle_init(&b);
    snprintf(host, sizeof host, "%s/tree", folder);
    ck_assert_int_eq(bundle_add_tree(&b, "/t/tree", host, &unreadable, &e),
                     STATUS_OK);
    ck_assert_int_eq(bundle_finish(&b, &e), STATUS_OK);
    ck_assert_uint_eq(unreadable, 0);
    ck_assert_uint_eq(find(&b, "t/tree/out", &entry), 1);
    ck_assert(S_ISLNK(entry.mode));
    ck_assert_uint_eq(find(&b, "t/beside", &entry), 0);
    ck_assert_uint_eq(find(&b, "t/tree/sub/a", &entry), 1);
    ck_assert_uint_eq(find(&b, "t/tree/sub", &entry), 1);
    ck_assert_uint_eq(entry.mode, S_IFDIR | 01750);
    bundle_free(&b);
    unlink("tree/out");
    unlink("beside");
    remove_tree(folder);
}
END_TEST

START_TEST(test_bundle_missing_file_is_named)
{
    struct bundle b;
    struct error e;

    bundle_init(&b);
    ck_assert_int_eq(bundle_add_host(&b, "/x", "/no/such/file", &e),
                     STATUS_FILE);
    ck_assert_ptr_nonnull(strstr(e.text, "/no/such/file"));
    bundle_free(&b);
}
END_TEST

struct path_case {
    const char *base, *path, *expected;
};

START_TEST(test_bundle_normalize_joins_and_cleans)
{
    static const struct path_case cases[] = {
        {"/a/b", "c", "/a/b/c"},         {"/a/b", "../c", "/a/c"},
        {"/a/b", "/c//d/./e", "/c/d/e"}, {"/", "x", "/x"},
        {"/a", "../../..", "/"},         {"/a", ".", "/a"},
        {"/a", "...", "/a/..."},         {"/a", "b/", "/a/b"},
    };
    char out[64];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert(
            bundle_normalize(cases[i].base, cases[i].path, out, sizeof out));
        ck_assert_str_eq(out, cases[i].expected);
    }
    ck_assert(!bundle_normalize("/", "12345678", out, 8));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bundle");
    TCase *tc = tcase_create("archive");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_bundle_file_makes_parents_once);
    tcase_add_test(tc, test_bundle_second_addition_is_dropped);
    tcase_add_test(tc, test_bundle_many_names_are_all_found);
    tcase_add_test(tc, test_bundle_over_limit_is_refused);
    tcase_add_test(tc, test_bundle_host_tree_travels);
    tcase_add_test(tc, test_bundle_linked_folder_stays_a_link);
    tcase_add_test(tc, test_bundle_folder_made_before_stays_a_directory);
    tcase_add_test(tc, test_bundle_tree_follows_no_link);
    tcase_add_test(tc, test_bundle_missing_file_is_named);
    tcase_add_test(tc, test_bundle_normalize_joins_and_cleans);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
