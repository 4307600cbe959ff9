/*
 * Claim: the host-files device answers as its data sheet says, shows nothing
 * outside its roots, and no request makes it fail.
 *
 * Source: sim/devices/host_files.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/devices/host_files.h"
#include "sim/devices/host_tree.h"
#include "tests/platform_fixture.h"

/* folder/root is shown as /r: a file, a directory, links in and out. */
struct place {
    char folder[64];
    struct host_tree tree;
    struct platform platform;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static void place_init(struct place *p, enum host_root_kind kind)
{
    struct platform_config c = platform_plain_config("pc");
    char root[128];
    struct error e;

    memset(p, 0, sizeof *p);
    strcpy(p->folder, "/tmp/ringside-files-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(p->folder));
    ck_assert_int_eq(chdir(p->folder), 0);
    ck_assert_int_eq(mkdir("root", 0755) | mkdir("root/sub", 0755), 0);
    ck_assert_int_eq(mkdir("root/shut", 0700), 0);
    write_file("secret", "secret", 0644);
    write_file("root/a", "hello", 0644);
    write_file("root/private", "mine", 0600);
    write_file("root/shut/x", "inside", 0644);
    write_file("root/sub/b", "world", 0644);
    ck_assert_int_eq(symlink("../secret", "root/up"), 0);
    ck_assert_int_eq(symlink("..", "root/out"), 0);
    ck_assert_int_eq(symlink("sub", "root/in"), 0);
    ck_assert_int_eq(mkfifo("root/fifo", 0666), 0);
    snprintf(root, sizeof root, "%s/root", p->folder);
    ck_assert(host_tree_add(&p->tree, "/r", root, kind));
    c.files = &p->tree;
    ck_assert_int_eq(platform_init(&p->platform, &c, &e), STATUS_OK);
}

static void place_free(struct place *p)
{
    char command[128];

    platform_free(&p->platform);
    host_tree_free(&p->tree);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", p->folder);
    ck_assert_int_eq(system(command), 0);
}

static void send(struct place *p, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        port_out(&p->platform, PORT_HOST_FILES_QUEUE, 1,
                 ((const uint8_t *)data)[i]);
}

static void take(struct place *p, void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)data)[i] =
            (uint8_t)port_in(&p->platform, PORT_HOST_FILES_QUEUE, 1);
}

static struct host_files_reply ask(struct place *p, enum host_files_op op,
                                   const char *path, uint64_t offset)
{
    struct host_files_request r = {op, (uint32_t)strlen(path) + 1, offset, 4096,
                                   0};
    struct host_files_reply reply;

    send(p, &r, sizeof r);
    send(p, path, r.path_bytes);
    port_out(&p->platform, PORT_HOST_FILES_CONTROL, 4, 1);
    take(p, &reply, sizeof reply);
    return reply;
}

static int status_of(struct place *p, const char *path)
{
    return ask(p, HOST_FILES_STAT, path, 0).status;
}

START_TEST(test_host_files_stat_and_read_give_the_file)
{
    struct host_files_node node;
    struct place p;
    char text[8] = "";

    place_init(&p, HOST_ROOT_SYSTEM);
    ck_assert_uint_eq(port_in(&p.platform, PORT_HOST_FILES_CONTROL, 4),
                      HOST_FILES_ID);
    ck_assert_int_eq(status_of(&p, "/r/a"), 0);
    take(&p, &node, sizeof node);
    ck_assert_uint_eq(node.mode, S_IFREG | 0644);
    ck_assert_uint_eq(node.bytes, 5);
    ck_assert_uint_eq(ask(&p, HOST_FILES_READ, "/r/a", 1).bytes, 4);
    take(&p, text, 6); /* zeros behind the end */
    ck_assert_str_eq(text, "ello");
    ck_assert_uint_eq(ask(&p, HOST_FILES_READ, "/r/a", 9).bytes, 0);
    ck_assert_int_eq(ask(&p, HOST_FILES_READ, "/r/sub", 0).status, -EINVAL);
    place_free(&p);
}
END_TEST

/* A link is shown with its target; nothing behind one that leaves is. */
START_TEST(test_host_files_links_do_not_lead_out)
{
    struct host_files_node node;
    struct place p;
    char target[16];

    place_init(&p, HOST_ROOT_GIVEN);
    ck_assert_int_eq(status_of(&p, "/r/up"), 0);
    take(&p, &node, sizeof node);
    ck_assert(S_ISLNK(node.mode));
    ck_assert_uint_eq(node.text_bytes, sizeof "../secret");
    take(&p, target, sizeof "../secret");
    ck_assert_str_eq(target, "../secret");
    ck_assert_int_eq(ask(&p, HOST_FILES_READ, "/r/up", 0).status, -EINVAL);
    ck_assert_int_eq(status_of(&p, "/r/in/b"), 0);
    ck_assert_int_eq(status_of(&p, "/r/out/secret"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/../secret"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/sub/../../secret"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/.."), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/secret"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/etc/passwd"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/rr"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/"), 0);
    ck_assert_int_eq(ask(&p, HOST_FILES_LIST, "/", 0).status, 1);
    place_free(&p);
}
END_TEST

/* A system's root shows what everybody may read, a given one what we may. */
START_TEST(test_host_files_private_ones_need_to_be_given)
{
    struct place p;

    place_init(&p, HOST_ROOT_SYSTEM);
    ck_assert_int_eq(status_of(&p, "/r/private"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/shut"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/shut/x"), -ENOENT);
    ck_assert_int_eq(status_of(&p, "/r/fifo"), -ENOENT);
    ck_assert_int_eq(ask(&p, HOST_FILES_LIST, "/r", 0).status, 5);
    place_free(&p);
    place_init(&p, HOST_ROOT_GIVEN);
    ck_assert_int_eq(status_of(&p, "/r/private"), 0);
    ck_assert_int_eq(status_of(&p, "/r/shut/x"), 0);
    ck_assert_int_eq(ask(&p, HOST_FILES_LIST, "/r", 0).status, 7);
    place_free(&p);
}
END_TEST

START_TEST(test_host_files_lists_in_order_piece_by_piece)
{
    static const char *const names[] = {"a", "in", "out", "sub", "up"};
    struct place p;

    place_init(&p, HOST_ROOT_SYSTEM);
    for (unsigned i = 0; i < 5; i++) {
        struct host_files_node node;
        char name[8];

        ck_assert_int_eq(ask(&p, HOST_FILES_LIST, "/r", i).status, 5 - (int)i);
        take(&p, &node, sizeof node);
        ck_assert_uint_eq(node.text_bytes, strlen(names[i]) + 1);
        take(&p, name, node.text_bytes);
        ck_assert_str_eq(name, names[i]);
    }
    ck_assert_int_eq(ask(&p, HOST_FILES_LIST, "/r", 5).status, 0);
    place_free(&p);
}
END_TEST

/* Whatever is written in whatever order: a reply, and its length is kept. */
START_TEST(test_host_files_wild_requests_are_contained)
{
    struct place p;
    uint64_t x = 88172645463325252u;

    place_init(&p, HOST_ROOT_SYSTEM);
    for (unsigned round = 0; round < 400; round++) {
        struct host_files_request r = {HOST_FILES_STAT, 0, 0, 0, 0};
        uint8_t path[6000];
        struct host_files_reply reply;
        size_t bytes;

        for (size_t i = 0; i < sizeof path; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            path[i] = (uint8_t) "/r.ab\0sub"[x % 9];
        }
        r.op = (uint32_t)(x >> 8) % 5;
        r.offset = x & 1 ? UINT64_MAX - (x >> 60) : x >> 56;
        r.bytes = (uint32_t)(x >> 16);
        r.path_bytes = x & 2 ? (uint32_t)x : (uint32_t)(x >> 20) % 64;
        bytes = round % 10 == 0 ? sizeof path : (size_t)(x >> 40) % 80;
        path[0] = '/';
        send(&p, &r, round % 7 == 0 ? 5 : sizeof r);
        send(&p, path, bytes);
        port_out(&p.platform, PORT_HOST_FILES_CONTROL, 4, (uint32_t)x);
        take(&p, &reply, sizeof reply);
        ck_assert_int_le(reply.status, 7);
        ck_assert_uint_le(reply.bytes, HOST_FILES_DATA_BYTES);
    }
    ck_assert_int_eq(status_of(&p, "/r/a"), 0); /* it still answers */
    place_free(&p);
}
END_TEST

START_TEST(test_host_files_without_a_tree_is_not_there)
{
    struct platform p;

    platform_make(&p, "pc");
    ck_assert_uint_eq(port_in(&p, PORT_HOST_FILES_CONTROL, 4), UINT32_MAX);
    port_out(&p, PORT_HOST_FILES_CONTROL, 4, 1);
    ck_assert_uint_eq(port_in(&p, PORT_HOST_FILES_QUEUE, 4), UINT32_MAX);
    platform_free(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_files");
    TCase *tc = tcase_create("contained");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, test_host_files_stat_and_read_give_the_file);
    tcase_add_test(tc, test_host_files_links_do_not_lead_out);
    tcase_add_test(tc, test_host_files_private_ones_need_to_be_given);
    tcase_add_test(tc, test_host_files_lists_in_order_piece_by_piece);
    tcase_add_test(tc, test_host_files_wild_requests_are_contained);
    tcase_add_test(tc, test_host_files_without_a_tree_is_not_there);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
